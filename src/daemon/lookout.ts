import type { ModelServer } from '../canonical/model.ts';
import type { Probe } from '../canonical/probe.ts';
import type { Settings } from '../config/settings.ts';
import { startCloudCatalog, type CloudCatalog } from '../discovery/cloud-models.ts';
import { startDiscovery, type Discovery, type DiscoveryOptions, type NamedServer } from '../discovery/discovery.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import type { Logger } from '../std/log.ts';

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
    return this.#discovery.servers();
  }

  /** The ids of a provider's models. */
  models(providerId: string): readonly string[] {
    return this.#catalog.models(providerId);
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

  /** Looks for servers in another way: those that were known stay until it has been everywhere once. */
  async followServers(plan: LookoutPlan): Promise<void> {
    if (this.#stopped) return;
    const before = this.#discovery;
    const next = this.#startDiscovery(plan);
    await Promise.race([next.firstRound, limit(NEW_LOOK_LIMIT_MS)]);
    // Stopped or followed by another meanwhile: that one is in force.
    if (this.#discovery === before && !this.#isStopped()) this.#discovery = next;
    else await next.stop();
    this.#options.onChange();
    if (this.#discovery !== before) await before.stop();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#catalog.stop();
    await this.#discovery.stop();
  }

  #isStopped(): boolean {
    return this.#stopped;
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

function limit(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
