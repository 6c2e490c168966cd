import { GatewayError } from '../canonical/errors.ts';
import type { GatewayErrorOptions } from '../canonical/errors.ts';
import { DEV_PROFILE, PROD_PROFILE } from '../canonical/profile.ts';
import { nearest } from '../std/nearest.ts';
import { settle } from './candidate.ts';
import type { PassedOver, Settled } from './candidate.ts';
import { mayChat } from './chat-models.ts';
import { knownNames } from './known-names.ts';
import { targetsOfGroup } from './name-book.ts';
import { DEFAULT_TAG, resolveExact, statedMeaning, wasLocal } from './resolve.ts';
import type { RouteTable } from './route-table.ts';

const NEAREST_NAMES = 3;
const OTHER_NAMES_HINT = '`llmgw models` lists the names that can be used.';

/** Why a name has no target, most specific cause first. */
export function whyNot(table: RouteTable, name: string, { passedOver }: Settled): GatewayError {
  const walled = passedOver.find((passed) => passed.walled && !passed.candidate.unproven);
  if (walled !== undefined) return beyondTheWall(table, name, walled);
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const server = table.servers.get(first)?.server;
  if (server?.state === 'locked') {
    const hint = server.problem ?? 'Name it in `servers:` with its api_key.';
    return new GatewayError('no_credential', `The server \`${server.name}\` is locked.`, { param: 'model', hint });
  }
  const unproven = passedOver.find((passed) => passed.candidate.unproven);
  if (unproven !== undefined) return notAnswering(table, name, unproven);
  const stated = statedMeaning(table, name);
  if (stated !== null) {
    const targets = targetsOfGroup(stated.group).join(', ');
    return notFound(`The model \`${name}\` stands for ${targets}, of which none can be reached now.`, { case: 'away' });
  }
  if (wasLocal(table, name)) return notRunning(table, name);
  const provider = table.providers.get(first) ?? table.providers.get(table.makerOf(name) ?? '');
  if (provider?.usable === false) {
    const { hint } = provider;
    return new GatewayError('no_credential', `The model \`${name}\` needs a credential.`, { param: 'model', hint });
  }
  if (server === undefined && wasLocal(table, name.slice(slash + 1))) return notRunning(table, name);
  return unknownName(table, name);
}

/** Why a cloud model's name that may be stood in for has nobody to do it. */
export function noStandIn(table: RouteTable, name: string, asked: Settled): GatewayError {
  const { standIn, allow, profile } = table;
  if (standIn.kind === 'target') {
    const message =
      `In the profile \`${profile}\` the model \`${standIn.target}\` answers for \`${name}\`, ` +
      'and it cannot be used now.';
    const hint = `\`llmgw route ${standIn.target} --profile ${profile}\` tells why.`;
    return new GatewayError('no_local_model', message, { param: 'model', hint });
  }
  // Where the cloud is allowed, what keeps the name from its own model is what can be mended.
  if (allow !== 'local') return whyNot(table, name, asked);
  const message =
    `The profile \`${profile}\` allows local models only, ` +
    `and there is none that can chat to answer for \`${name}\`.`;
  const hint =
    'Start a model server with a chat model (Ollama, LM Studio, llama.cpp; `llmgw scan` looks for it at once), ' +
    `or switch to the cloud with \`llmgw profile use ${PROD_PROFILE}\`.${howToTrust(table)}`;
  return new GatewayError('no_local_model', message, { param: 'model', hint });
}

/** What to do about a server on this machine that is only taken for cloud because nobody recognises it. */
function howToTrust({ servers }: RouteTable): string {
  const stranger = [...servers.values()]
    .map(({ server }) => server)
    .find(({ state, kind, locality }) => state === 'ready' && kind === 'openai-compatible' && locality === 'cloud');
  if (stranger === undefined) return '';
  const { origin } = stranger;
  const entry = `servers: [{name: mine, base_url: "${origin}", local: true}]`;
  return ` The server at ${origin} is not recognised, it may be a gateway; if it runs its models itself: \`${entry}\`.`;
}

/** Vectors of two models do not mix: an index that was made by one is of no use to the other. */
export function embeddingRefused(table: RouteTable, name: string, asked: Settled): GatewayError {
  if (table.allow !== 'local') return whyNot(table, name, asked);
  const local = [...table.localModels.values()]
    .flat()
    .find(({ model }) => model.locality === 'local' && !mayChat(model));
  const target = local === undefined ? 'SERVER/MODEL' : `${local.routed.server.name}/${local.model.id}`;
  const entry = `profiles.${table.profile}.models: {"${name}": ${target}}`;
  return notFound(
    `The profile \`${table.profile}\` allows local models only, and no other model stands in for the embedding model ` +
      `\`${name}\`: vectors of two models do not mix.`,
    { hint: `To have a local one answer, name it in the config: \`${entry}\`.` },
  );
}

/** Who draws, speaks or judges cannot be stood in for by a model that chats. */
export function relayRefused(table: RouteTable, name: string, asked: Settled): GatewayError {
  if (table.allow !== 'local') return whyNot(table, name, asked);
  const message =
    `The profile \`${table.profile}\` allows local models only, and none stands in for \`${name}\` here: ` +
    'a model that chats makes no pictures, sounds, verdicts or rankings.';
  const hint = `Switch to the cloud with \`llmgw profile use ${PROD_PROFILE}\`, or name a model of a local server.`;
  return new GatewayError('no_local_model', message, { param: 'model', hint });
}

function beyondTheWall({ allow, profile, servers }: RouteTable, name: string, walled: PassedOver): GatewayError {
  const { target } = walled.candidate;
  const is = target.name === name ? 'is' : `means \`${target.name}\`,`;
  const where = target.locality === 'cloud' ? 'in the cloud' : 'local';
  const message = `The profile \`${profile}\` allows ${allow} models only, and \`${name}\` ${is} ${where}.`;
  const other = allow === 'local' ? PROD_PROFILE : DEV_PROFILE;
  const server = target.via.kind === 'network' ? servers.get(target.via.endpoint.provider)?.server : undefined;
  const ownServer =
    allow === 'local' && server !== undefined
      ? ` If ${server.name} runs its models itself, name it under \`servers:\` with \`local: true\`.`
      : '';
  const hint =
    `Switch with \`llmgw profile use ${other}\`, ` + `or send the header \`x-llmgw-profile: ${other}\`.${ownServer}`;
  return new GatewayError('profile_wall', message, { param: 'model', hint });
}

function notAnswering({ allow, profile, servers }: RouteTable, name: string, { candidate }: PassedOver): GatewayError {
  const { via } = candidate.target;
  const server = via.kind === 'network' ? servers.get(via.endpoint.provider)?.server : undefined;
  const message =
    `The server of \`${name}\` does not answer now, ` +
    `and the profile \`${profile}\` sends nothing to what is not known to be ${allow}.`;
  const problem = server?.problem ?? null;
  return new GatewayError('upstream_refused', message, {
    param: 'model',
    ...(problem === null ? {} : { hint: problem }),
  });
}

/** The prompts do not go to the cloud by themselves, but whoever asks for it by its provider's name gets it. */
function notRunning(table: RouteTable, name: string): GatewayError {
  const message = `The model \`${name}\` was on a local server that is not running now.`;
  const maker = table.providers.get(table.makerOf(name) ?? '');
  const inItsCloud = maker?.usable === true ? `${maker.endpoint.provider}/${name}` : null;
  const canBeHad = inItsCloud !== null && settle(table.allow, resolveExact(table, inItsCloud)).admitted.length > 0;
  const elsewhere = canBeHad ? `, or ask for \`${inItsCloud}\`` : '';
  const hint = `Start the server again (\`llmgw scan\` looks for it at once)${elsewhere}.`;
  return notFound(message, { hint, case: 'away' });
}

function unknownName(table: RouteTable, name: string): GatewayError {
  const close = nearestNames(table, name);
  const suggestion = close.length === 0 ? '' : ` Did you mean ${close.map((other) => `\`${other}\``).join(' or ')}?`;
  return notFound(`The model \`${name}\` is not known here.${suggestion}`, { case: 'unknown_name' });
}

/** Of `server/id` the ids of that server first; `:latest` counts for no wrong letters, since it need not be written. */
function nearestNames(table: RouteTable, name: string): readonly string[] {
  const wanted = withoutTag(name);
  const slash = wanted.indexOf('/');
  const server = slash < 0 ? undefined : table.servers.get(wanted.slice(0, slash))?.server;
  const ids = server?.models.map((model) => withoutTag(model.id)) ?? [];
  const there = nearest(wanted.slice(slash + 1), ids, NEAREST_NAMES);
  if (there.length > 0) return there.map((id) => `${wanted.slice(0, slash)}/${id}`);
  return nearest(wanted, knownNames(table).map(withoutTag), NEAREST_NAMES);
}

function withoutTag(name: string): string {
  return name.endsWith(DEFAULT_TAG) ? name.slice(0, -DEFAULT_TAG.length) : name;
}

function notFound(message: string, more: Pick<GatewayErrorOptions, 'hint' | 'case'> = {}): GatewayError {
  return new GatewayError('model_not_found', message, { param: 'model', hint: OTHER_NAMES_HINT, ...more });
}
