import type { ModelServer } from '../canonical/model.ts';
import type { Logger } from '../std/log.ts';
import { comparable } from './comparable.ts';

type BySlot = ReadonlyMap<string, ModelServer>;

/** Whether nothing has changed that anybody needs to know. */
export function isSameServerState(before: BySlot, after: BySlot): boolean {
  return (
    before.size === after.size && [...after].every(([slot, server]) => describe(before.get(slot)) === describe(server))
  );
}

/** One line for each server that came, went, or changed; what is loaded changes often and is said at debug level. */
export function logChanges(logger: Logger, before: BySlot, after: BySlot): void {
  for (const [slot, server] of before) {
    if (!after.has(slot)) logger.info(factsOf(server), `model server ${server.name} is gone`);
  }
  for (const [slot, server] of after) {
    const old = before.get(slot);
    if (old === undefined) logNew(logger, server);
    else if (describe(old) !== describe(server)) logChange(logger, old, server);
  }
}

function logNew(logger: Logger, server: ModelServer): void {
  if (server.state === 'ready') {
    const models = server.models.length === 1 ? '1 model' : `${server.models.length} models`;
    logger.info(factsOf(server), `model server ${server.name} found at ${server.origin} with ${models}`);
    return;
  }
  const said = `model server ${server.name} at ${server.origin} is ${server.state}: ${server.problem ?? ''}`;
  logger.info(factsOf(server), said);
}

function logChange(logger: Logger, old: ModelServer, server: ModelServer): void {
  if (old.kind !== server.kind || old.origin !== server.origin || old.state !== server.state) {
    logNew(logger, server);
    return;
  }
  const before = idsOf(old);
  const after = idsOf(server);
  const added = [...after].filter((id) => !before.has(id));
  const removed = [...before].filter((id) => !after.has(id));
  if (added.length === 0 && removed.length === 0) {
    logger.debug(factsOf(server), `model server ${server.name} changed`);
    return;
  }
  const summary = summaryOf([...added.map((id) => `+${id}`), ...removed.map((id) => `-${id}`)]);
  const facts = { ...factsOf(server), added: added.length, removed: removed.length };
  logger.info(facts, `model server ${server.name} changed its models: ${summary}`);
}

/** A list of thousands must not fill the log each time that it changes. */
const MAX_NAMED = 10;

function summaryOf(changes: readonly string[]): string {
  const more = changes.length - MAX_NAMED;
  const named = changes.slice(0, MAX_NAMED).join(' ');
  return more > 0 ? `${named} and ${more.toLocaleString('en-US')} more` : named;
}

function idsOf(server: ModelServer): ReadonlySet<string> {
  return new Set(server.models.map((model) => model.id));
}

function factsOf(server: ModelServer): Record<string, unknown> {
  const { name, kind, origin, version, state, models } = server;
  return { server: name, kind, origin, version, state, models: models.length };
}

function describe(server: ModelServer | undefined): string {
  if (server === undefined) return '';
  return JSON.stringify({ ...server, apiKey: null, models: comparable(server.models) });
}
