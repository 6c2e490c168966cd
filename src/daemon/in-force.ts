import { cloudAccounts } from '../credentials/cloud-accounts.ts';
import { findActiveProviders } from '../credentials/find-active-providers.ts';
import type { FoundProviders } from '../credentials/find-active-providers.ts';
import { resolveApiKey, type StoredCredentials } from '../credentials/stored-credentials.ts';
import type { Profile } from '../canonical/profile.ts';
import { environmentWith } from '../config/settings.ts';
import type { Settings } from '../config/settings.ts';
import type { NamedServer } from '../discovery/discovery.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import type { ClientKey } from '../server/callers.ts';
import type { Secret } from '../std/secret.ts';
import { masterClientKey } from './client-keys.ts';
import type { LookoutPlan } from './lookout.ts';
import { postForm } from './post-form.ts';
import { readText } from './read-text.ts';

export interface InForceOptions {
  readonly settings: Settings;
  readonly stored: StoredCredentials;
  readonly env: NodeJS.ProcessEnv;
  /** Where llmgw itself listens. */
  readonly ownPort: number;
}

/**
 * What the config and the credentials say together, worked out once: the providers of each profile, the servers with
 * their keys. Made anew when either changes.
 */
export class InForce {
  readonly settings: Settings;
  readonly stored: StoredCredentials;
  /** The servers and providers to look for. */
  readonly plan: LookoutPlan;
  /** The config's master key, if it has one that can be read now. */
  readonly masterKeys: readonly ClientKey[];
  /** Sentences about credentials that were found and cannot be used; they never hold one. */
  readonly problems: readonly string[];
  /** Every provider that some profile can use, and those whose key is locked, in the order of the table. */
  readonly providers: FoundProviders;
  readonly #masterSecret: Secret | null;
  readonly #byProfile: ReadonlyMap<string, FoundProviders>;

  constructor({ settings, stored, env, ownPort }: InForceOptions) {
    this.settings = settings;
    this.stored = stored;
    const around = environmentWith(settings, env);
    const accounts = cloudAccounts({ env: around, read: readText, post: postForm, now: Date.now });
    const find = (names: ReadonlyMap<string, string>): FoundProviders =>
      findActiveProviders({ env: around, configured: settings.providers, ownPort, stored, names, accounts });
    const unnamed = find(new Map());
    this.#byProfile = new Map(
      settings.profiles.map(({ name, credentials }) => [name, credentials.size === 0 ? unnamed : find(credentials)]),
    );
    const { servers, problems } = namedServers(settings, stored);
    const master = resolveApiKey(settings.server.masterKey, stored);
    if (master.problem !== null) problems.push(`server.master_key: ${master.problem}`);
    this.masterKeys = master.secret === null ? [] : [masterClientKey(master.secret)];
    this.#masterSecret = master.secret;
    const found = [unnamed, ...this.#byProfile.values()];
    const locked = new Map(found.flatMap((one) => one.locked).map((one) => [one.id, one]));
    this.providers = {
      ...unnamed,
      active: eachOnce(found.flatMap(({ active }) => active)),
      locked: [...locked.values()],
    };
    this.plan = { discovery: discoveryOf(settings), servers, providers: this.providers.active };
    this.problems = [...new Set([...stored.problems, ...problems, ...found.flatMap((one) => one.problems)])];
  }

  providersOf(profile: Profile): FoundProviders {
    return this.#byProfile.get(profile.name) ?? this.providers;
  }

  /** Every credential that is used, for the log to keep out. */
  *secrets() {
    const found = [...this.#byProfile.values(), this.providers];
    for (const { active } of found) {
      for (const { credential, headers } of active) {
        if (credential !== null) yield credential;
        yield* headers.values();
      }
    }
    if (this.#masterSecret !== null) yield this.#masterSecret;
    for (const { apiKey } of this.plan.servers) if (apiKey !== null) yield apiKey;
  }
}

function eachOnce(active: readonly ActiveProvider[]): ActiveProvider[] {
  const byId = new Map<string, ActiveProvider>();
  for (const one of active) if (!byId.has(one.provider.id)) byId.set(one.provider.id, one);
  return [...byId.values()];
}

function namedServers(
  settings: Settings,
  stored: StoredCredentials,
): { servers: readonly NamedServer[]; problems: string[] } {
  const problems: string[] = [];
  const servers = settings.servers.map((server) => {
    const { secret, problem } = resolveApiKey(server.apiKey, stored);
    if (problem !== null) problems.push(`servers: ${server.name}: ${problem}`);
    return { ...server, apiKey: secret };
  });
  return { servers, problems };
}

/** A look at the servers is the probe of the deployments on them, so that it comes as often as either is wanted. */
function discoveryOf({ discovery, routing }: Settings): Settings['discovery'] {
  return { ...discovery, intervalMs: Math.min(discovery.intervalMs, routing.healthCheckIntervalMs ?? Infinity) };
}
