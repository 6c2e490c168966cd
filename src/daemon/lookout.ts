import type { Probe } from '../canonical/probe.ts';
import type { Settings } from '../config/settings.ts';
import { startCloudCatalog, type CloudCatalog } from '../discovery/cloud-models.ts';
import { startDiscovery, type Discovery, type DiscoveryOptions } from '../discovery/discovery.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import type { Logger } from '../std/log.ts';

export interface LookoutOptions {
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  readonly probe: Probe;
  readonly cacheFolder: string;
  readonly providers: readonly ActiveProvider[];
  /** Where this program itself listens, which it must not take for a model server. */
  readonly ownAddresses: DiscoveryOptions['ownAddresses'];
  readonly logger: Logger;
  readonly onChange: () => void;
}

/** What is found outside: model servers on this machine, the models of cloud providers. */
export interface Lookout {
  readonly discovery: Discovery;
  readonly catalog: CloudCatalog;
  /** Every place was asked once for a model server. */
  firstRoundDone(): boolean;
  /** Every provider was asked once for its models. */
  catalogSettled(): boolean;
  stop(): Promise<void>;
}

export function startLookout(options: LookoutOptions): Lookout {
  const { settings, env, probe, cacheFolder, providers, ownAddresses, logger, onChange } = options;
  const { enabled, intervalMs, ignoredPorts } = settings.discovery;
  const { servers } = settings;
  const discovery = startDiscovery({
    probe,
    servers,
    enabled,
    intervalMs,
    ignoredPorts,
    env,
    ownAddresses,
    logger,
    onChange,
  });
  const catalog = startCloudCatalog({ providers, probe, cacheFolder, logger, onChange });
  let firstRoundDone = false;
  let catalogSettled = false;
  void discovery.firstRound.then(() => (firstRoundDone = true));
  void catalog.settled.then(() => (catalogSettled = true));
  return {
    discovery,
    catalog,
    firstRoundDone: () => firstRoundDone,
    catalogSettled: () => catalogSettled,
    stop: async () => {
      catalog.stop();
      await discovery.stop();
    },
  };
}
