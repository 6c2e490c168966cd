import { findActiveProviders } from '../credentials/find-active-providers.ts';
import { loadPriceBook } from '../pricing/load-price-book.ts';
import type { Places } from '../std/places.ts';
import { createProber } from '../upstream/probe.ts';
import { readDaemonFile } from './daemon-file.ts';
import { describeServer } from './describe-server.ts';
import { openLocalIds } from './local-ids.ts';
import { createSilentLogger } from './log.ts';
import { startLookout, type Lookout } from './lookout.ts';
import { describeModels } from './model-names.ts';
import { createRouting } from './routing.ts';
import { readStartSettings, type StartSettings } from './start-settings.ts';
import type { ModelsDocument, ScanDocument } from './status.ts';

/** How long lists of models of cloud providers are waited for. */
const CATALOG_LIMIT_MS = 10_000;

export interface LookOptions {
  readonly places: Places;
  readonly env: NodeJS.ProcessEnv;
  /** The config file that was named; `null`: the one in its place. */
  readonly config: string | null;
  readonly command: string;
}

/** Looks for model servers once, without a daemon. */
export async function scanOnce(options: LookOptions): Promise<ScanDocument> {
  const startedAtMs = performance.now();
  return lookAround(options, { withProviders: false }, async ({ lookout }) => {
    await lookout.discovery.firstRound;
    const servers = lookout.discovery.servers().map(describeServer);
    return { v: 1, took_ms: Math.round(performance.now() - startedAtMs), servers };
  });
}

/** The names that a daemon started now could be asked for. */
export async function modelsOnce(options: LookOptions): Promise<ModelsDocument> {
  const book = await loadPriceBook();
  return lookAround(options, { withProviders: true }, async ({ started, lookout, providers }) => {
    await lookout.discovery.firstRound;
    await Promise.race([lookout.catalog.settled, limit(CATALOG_LIMIT_MS)]);
    const localIds = openLocalIds(options.places.state, createSilentLogger());
    const routing = createRouting({ started, localIds, prices: () => book, command: options.command });
    routing.recompile({ lookout, providers });
    return describeModels(routing.table());
  });
}

interface Around {
  readonly started: StartSettings;
  readonly lookout: Lookout;
  readonly providers: ReturnType<typeof findActiveProviders>;
}

async function lookAround<Result>(
  options: LookOptions,
  { withProviders }: { withProviders: boolean },
  look: (around: Around) => Promise<Result>,
): Promise<Result> {
  const { places, env, config } = options;
  const started = readStartSettings(places, env, config === null ? {} : { config });
  const { settings } = started;
  const ownPort = readDaemonFile(places)?.port ?? settings.server.port;
  const providers = withProviders
    ? findActiveProviders({ env, configured: settings.providers, ownPort })
    : { active: [], problems: [] };
  const prober = createProber();
  const lookout = startLookout({
    settings,
    env,
    probe: prober.probe,
    cacheFolder: places.cache,
    providers: providers.active,
    ownAddresses: () => [],
    logger: createSilentLogger(),
    onChange: () => undefined,
  });
  try {
    return await look({ started, lookout, providers });
  } finally {
    await lookout.stop();
    await prober.close();
  }
}

function limit(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
