import { setTimeout as wait } from 'node:timers/promises';
import type { ModelFacts, ModelServer } from '../canonical/model.ts';
import type { Probe } from '../canonical/probe.ts';
import type { Settings } from '../config/settings.ts';
import { startCloudCatalog, type CloudCatalog } from '../discovery/cloud-models.ts';
import { startDiscovery, type Discovery, type DiscoveryOptions, type NamedServer } from '../discovery/discovery.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import type { Logger } from '../std/log.ts';
import type { Secret } from '../std/secret.ts';

/** What is looked for. */
export interface LookoutPlan {
  readonly discovery: Settings['discovery'];
  /** The config's `servers:`, with their keys. */
  readonly servers: readonly NamedServer[];
  readonly providers: readonly ActiveProvider[];
}

export interface LookoutOptions {
  readonly plan: LookoutPlan;
  readonly env: NodeJS.ProcessEnv;
  readonly probe: Probe;
  readonly cacheFolder: string;
  /** Where this program itself listens, which it must not take for a model server. */
  readonly ownAddresses: DiscoveryOptions['ownAddresses'];
  readonly logger: Logger;
  readonly onChange: () => void;
}

/** How long what is known of the servers may outlive a change of the config, while the new look is under way. */
const NEW_LOOK_LIMIT_MS = 2_000;

/** What is found outside: model servers on this machine, the models of cloud providers. */
export class Lookout {
  readonly #options: LookoutOptions;
  #discovery: Discovery;
  /** The look that takes over once it has been everywhere. */
  #next: Discovery | null = null;
  #catalog: CloudCatalog;
  #firstRoundDone = false;
  #catalogSettled = false;
  #stopped = false;

  constructor(options: LookoutOptions) {
    this.#options = options;
    this.#discovery = this.#startDiscovery(options.plan);
    this.#catalog = this.#startCatalog(options.plan.providers);
    void this.#discovery.firstRound.then(() => (this.#firstRoundDone = true));
  }

  servers(): readonly ModelServer[] {
    const known = this.#discovery.servers();
    if (this.#next === null) return known;
    const named = this.#next.servers().filter(({ fromConfig }) => fromConfig);
    return [...named.map((server) => withKnownModels(server, known)), ...known.filter(({ fromConfig }) => !fromConfig)];
  }

  /** The ids of a provider's models. */
  models(providerId: string): readonly string[] {
    return this.#catalog.models(providerId);
  }

  /** What the provider's list says of one of them. */
  facts(providerId: string, modelId: string): ModelFacts {
    return this.#catalog.facts(providerId, modelId);
  }

  /** Every place was asked once for a model server. */
  get firstRound(): Promise<void> {
    return this.#discovery.firstRound;
  }

  /** Every provider was asked once for its models. */
  get catalogSettled(): Promise<void> {
    return this.#catalog.settled;
  }

  firstRoundDone(): boolean {
    return this.#firstRoundDone;
  }

  isCatalogSettled(): boolean {
    return this.#catalogSettled;
  }

  scan(): Promise<readonly ModelServer[]> {
    return this.#discovery.scan();
  }

  /** Lists the models of these providers from now on; what is known of them is on the disk. */
  followProviders(providers: readonly ActiveProvider[]): void {
    if (this.#stopped) return;
    this.#catalog.stop();
    this.#catalog = this.#startCatalog(providers);
  }

  /**
   * Looks for servers in another way. What the plan says of its servers holds at once, also that one is not local any
   * more; what was known of the others stays until the new look has been everywhere once, or for some seconds.
   */
  async followServers(plan: LookoutPlan): Promise<void> {
    if (this.#stopped) return;
    const overtaken = this.#next;
    const next = this.#startDiscovery(plan);
    this.#next = next;
    this.#options.onChange();
    await overtaken?.stop();
    await Promise.race([next.firstRound, wait(NEW_LOOK_LIMIT_MS, undefined, { ref: false })]);
    // A later plan took over, or the end came: they stop this one.
    if (this.#next !== next) return;
    const before = this.#discovery;
    this.#discovery = next;
    this.#next = null;
    this.#options.onChange();
    await before.stop();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#catalog.stop();
    const next = this.#next;
    this.#next = null;
    await Promise.all([this.#discovery.stop(), next?.stop()]);
  }

  #startDiscovery({ discovery, servers }: LookoutPlan): Discovery {
    const { env, probe, ownAddresses, logger, onChange } = this.#options;
    const { enabled, intervalMs, ignoredPorts } = discovery;
    return startDiscovery({ probe, servers, enabled, intervalMs, ignoredPorts, env, ownAddresses, logger, onChange });
  }

  #startCatalog(providers: readonly ActiveProvider[]): CloudCatalog {
    const { probe, cacheFolder, logger, onChange } = this.#options;
    const catalog = startCloudCatalog({ providers, probe, cacheFolder, logger, onChange });
    this.#catalogSettled = false;
    void catalog.settled.then(() => {
      if (this.#catalog === catalog) this.#catalogSettled = true;
    });
    return catalog;
  }
}

/** A server that was not asked again yet and is where it was, and as local as it was, has the models that it had. */
function withKnownModels(server: ModelServer, known: readonly ModelServer[]): ModelServer {
  if (server.state !== 'down') return server;
  const before = known.find((one) => one.fromConfig && one.name === server.name);
  const isSame =
    before?.origin === server.origin && before.locality === server.locality && isSameKey(before.apiKey, server.apiKey);
  return isSame ? before : server;
}

function isSameKey(one: Secret | null, other: Secret | null): boolean {
  return one?.reveal() === other?.reveal();
}
