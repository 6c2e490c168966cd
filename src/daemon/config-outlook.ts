import type { ErrorCode } from '../canonical/errors.ts';
import type { ModelGroup } from '../canonical/model-group.ts';
import { SERVER_KINDS, UNKNOWN_FACTS } from '../canonical/model.ts';
import type { ModelServer, ServedModel, ServerKind } from '../canonical/model.ts';
import type { Allowed, Profile } from '../canonical/profile.ts';
import { PLAIN_CHAT } from '../canonical/request-needs.ts';
import type { Settings } from '../config/settings.ts';
import { readKeyIndex } from '../credentials/key-index.ts';
import { NOTHING_STORED } from '../credentials/stored-credentials.ts';
import type { StoredCredentials } from '../credentials/stored-credentials.ts';
import { downServer } from '../discovery/model-server.ts';
import type { NamedServer } from '../discovery/discovery.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import { PLAIN_FACTS } from '../routing/auto-rules.ts';
import { compileRoutes } from '../routing/compile.ts';
import { explainRoute } from '../routing/explain.ts';
import type { RoutedProvider, RouteTable } from '../routing/route-table.ts';
import { Secret } from '../std/secret.ts';
import { priceLookup } from './comparable-prices.ts';
import { InForce } from './in-force.ts';
import { makerLookup, routedProviders } from './routed-providers.ts';

/** What a config would do, as far as the file, the environment and the list of stored keys tell. */
export interface ConfigOutlook {
  readonly profiles: readonly ProfileOutlook[];
  /** Deployments in the cloud whose tokens have no price, each once for each name. */
  readonly unpriced: readonly UnpricedDeployment[];
  /** How many deployments there are in all. */
  readonly deployments: number;
}

export interface ProfileOutlook {
  readonly profile: string;
  readonly allow: Allowed;
  readonly answers: readonly NameOutlook[];
}

export interface NameOutlook {
  readonly name: string;
  /** Who can be asked, those of the lowest order first; empty: nobody. */
  readonly targets: readonly string[];
  /** A local model answers in place of the one that was named. */
  readonly standsIn: boolean;
  /** Why nobody is asked; `null`: somebody is. */
  readonly refusal: Refusal | null;
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Who was thought of, and why not. */
  readonly passedOver: readonly { readonly target: string; readonly why: string }[];
}

export interface UnpricedDeployment {
  readonly name: string;
  readonly target: string;
}

export interface OutlookOptions {
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  readonly dataFolder: string;
  readonly prices: PriceBook;
  /** The names to ask for. */
  readonly names: readonly string[];
}

/** Works it out without a daemon, a network or the keychain: as if every server of the file answered. */
export function configOutlook(options: OutlookOptions): ConfigOutlook {
  const { settings, env, dataFolder, names } = options;
  const inForce = new InForce({ settings, stored: listedKeys(dataFolder), env, ownPort: settings.server.port });
  const servers = answeringServers(settings, inForce.plan.servers);
  const tableFor = (profile: Profile, allUsable: boolean): RouteTable =>
    compileRoutes({
      profile: profile.name,
      allow: profile.allow,
      standIn: profile.standIn,
      aliases: profile.aliases,
      models: settings.models,
      routing: settings.routing,
      servers,
      providers: providersFor(profile, inForce, options).map((one) => (allUsable ? { ...one, usable: true } : one)),
      demo: false,
      knownLocalIds: new Set(),
      makerOf: makerLookup(() => options.prices),
      priceOf: priceLookup(() => options.prices, Date.now),
      memory: { totalBytes: 0, isShared: false },
    });
  const whole = tableFor(ANY_PROFILE, true);
  return {
    profiles: settings.profiles.map((profile) => {
      const table = tableFor(profile, false);
      return { profile: profile.name, allow: profile.allow, answers: names.map((name) => answerFor(table, name)) };
    }),
    unpriced: settings.models.flatMap((group) => unpricedOf(whole, group)),
    deployments: settings.models.reduce((sum, { deployments }) => sum + deployments.length, 0),
  };
}

/** For what does not depend on a profile. */
const ANY_PROFILE: Profile = {
  name: 'any',
  allow: 'any',
  standIn: { kind: 'none' },
  aliases: [],
  credentials: new Map(),
  cap: null,
  builtIn: false,
};

function answerFor(table: RouteTable, name: string): NameOutlook {
  const decision = explainRoute(table, name, PLAIN_CHAT, PLAIN_FACTS);
  if (decision.kind === 'refused') {
    const { code, message } = decision.error;
    const passedOver = decision.passedOver.map(({ candidate, why }) => ({ target: candidate.target.name, why }));
    return { name, targets: [], standsIn: false, refusal: { code, message, passedOver } };
  }
  const { targets } = decision.plan;
  // Only who stands in is chosen by what a request needs.
  const standsIn = decision.dependsOnNeeds;
  return { name, targets: [...new Set(targets.map((one) => one.name))], standsIn, refusal: null };
}

/** Of pictures, speech and the like tokens are not what is paid for. */
const PAID_BY_TOKENS = new Set(['chat', 'completion', 'embedding']);
const PAID_OTHERWISE = /dall-e|image|imagen|canvas|reel|\bveo|sora|tts|whisper|transcribe|realtime|rerank|moderation/i;

function unpricedOf(table: RouteTable, { name, rules }: ModelGroup): UnpricedDeployment[] {
  if (rules.length > 0 || name.includes('*')) return [];
  const decision = explainRoute(table, name, PLAIN_CHAT, PLAIN_FACTS);
  if (decision.kind === 'refused') return [];
  return decision.plan.group.deployments
    .filter(({ price, mode, changes, target }) => {
      const isByTokens = mode === null ? !PAID_OTHERWISE.test(target.model) : PAID_BY_TOKENS.has(mode);
      return price === null && isByTokens && (changes?.mock ?? null) === null;
    })
    .map(({ target }) => ({ name, target: target.name }));
}

function providersFor(profile: Profile, inForce: InForce, { settings, prices }: OutlookOptions): RoutedProvider[] {
  return routedProviders({
    found: inForce.providersOf(profile),
    configured: settings.providers,
    keyNames: profile.credentials,
    modelsOf: () => [],
    listedFacts: () => UNKNOWN_FACTS,
    prices: () => prices,
    command: 'llmgw',
  });
}

/** The keychain is not opened: that a key is listed is enough. */
function listedKeys(dataFolder: string): StoredCredentials {
  const accounts = new Set(readKeyIndex(dataFolder).keys.map(({ account }) => account));
  return {
    ...NOTHING_STORED,
    find: (account) =>
      accounts.has(account)
        ? { kind: 'found', credential: { secret: new Secret('listed'), where: 'keychain' } }
        : { kind: 'missing' },
  };
}

/** The servers of the file, and those of a kind that it names without an entry, with the models that it names. */
function answeringServers(settings: Settings, named: readonly NamedServer[]): ModelServer[] {
  const models = new Map<string, Set<string>>();
  for (const target of targetsOf(settings)) {
    const slash = target.indexOf('/');
    if (slash < 0 || target.includes('*')) continue;
    const at = target.slice(0, slash);
    models.set(at, (models.get(at) ?? new Set()).add(target.slice(slash + 1)));
  }
  const known = new Set(named.map(({ name }) => name));
  const found = SERVER_KINDS.filter((kind) => models.has(kind) && !known.has(kind)).map(serverOfKind);
  return [...named, ...found].map((one) => {
    const server = downServer(one, 'not-asked', null);
    const ids = [...(models.get(server.name) ?? [])];
    return { ...server, state: 'ready', problem: null, models: ids.map((id) => modelOn(server, id)) };
  });
}

function targetsOf({ models, profiles }: Settings): string[] {
  const aliased = profiles.flatMap(({ aliases }) => aliases.flatMap(({ targets }) => targets));
  return [...models.flatMap(({ deployments }) => deployments.map(({ target }) => target)), ...aliased];
}

function serverOfKind(kind: ServerKind): NamedServer {
  return { name: kind, baseUrl: 'http://127.0.0.1:9', apiKey: null, kind, local: null, insecureTls: false };
}

/** Ollama relays models whose tag says so: `gpt-oss:120b-cloud`, `minimax-m2.5:cloud`. */
const RELAYED = /[:-]cloud$/;

function modelOn({ kind, locality }: ModelServer, id: string): ServedModel {
  return {
    id,
    locality: kind === 'ollama' && RELAYED.test(id) ? 'cloud' : locality,
    capabilities: null,
    contextLength: null,
    sizeBytes: null,
    parameterSize: null,
    quantization: null,
    loaded: null,
    createdAt: null,
  };
}
