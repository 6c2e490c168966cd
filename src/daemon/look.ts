import { setTimeout as wait } from 'node:timers/promises';
import { DEV_PROFILE, PROD_PROFILE } from '../canonical/profile.ts';
import { NOTHING_STORED, readStoredCredentials } from '../credentials/stored-credentials.ts';
import { loadPriceBook } from '../pricing/load-price-book.ts';
import type { Places } from '../std/places.ts';
import { createProber } from '../upstream/probe.ts';
import { chooseProfile } from './active-profile.ts';
import { readDaemonFile } from './daemon-file.ts';
import { describeServer } from './describe-server.ts';
import { InForce } from './in-force.ts';
import { openLocalIds } from './local-ids.ts';
import { createSilentLogger } from './log.ts';
import { Lookout } from './lookout.ts';
import { DeploymentHealth } from './deployment-health.ts';
import { HealthBook } from '../routing/health-book.ts';
import { describeModels } from './model-names.ts';
import { createRouting, type Known } from './routing.ts';
import { readStartSettings } from './start-settings.ts';
import type { ModelsDocument, ScanDocument } from './status.ts';
import { hasLocalChatModel } from './try-model.ts';

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
    await lookout.firstRound;
    const servers = lookout.servers().map(describeServer);
    return { v: 1, took_ms: Math.round(performance.now() - startedAtMs), servers };
  });
}

/** The names that a daemon started now could be asked for, in a profile; `null`: in the one that it would start in. */
export async function modelsOnce(options: LookOptions, profile: string | null): Promise<ModelsDocument> {
  const book = await loadPriceBook();
  return lookAround(options, { withProviders: true }, async ({ inForce, lookout }) => {
    await lookout.firstRound;
    await Promise.race([lookout.catalogSettled, wait(CATALOG_LIMIT_MS, undefined, { ref: false })]);
    const { places, command } = options;
    const { settings } = inForce;
    const localIds = openLocalIds(places.state, createSilentLogger());
    const known = { inForce, lookout };
    const health = new DeploymentHealth(new HealthBook());
    const routing = createRouting({ known, demo: false, localIds, prices: () => book, health, command });
    routing.recompile(known);
    const byFinding = hasLocalChatModel(lookout.servers()) ? DEV_PROFILE : PROD_PROFILE;
    return describeModels(routing.table(chooseProfile({ asked: profile, settings, places })?.name ?? byFinding));
  });
}

type Around = Known & { readonly lookout: Lookout };

async function lookAround<Result>(
  options: LookOptions,
  { withProviders }: { withProviders: boolean },
  look: (around: Around) => Promise<Result>,
): Promise<Result> {
  const { places, env, config } = options;
  const { settings } = readStartSettings(places, env, config === null ? {} : { config });
  const ownPort = readDaemonFile(places)?.port ?? settings.server.port;
  const stored = withProviders ? await readStoredCredentials({ dataFolder: places.data, env }) : NOTHING_STORED;
  const inForce = new InForce({ settings, stored, env, ownPort });
  const prober = createProber();
  const lookout = new Lookout({
    plan: withProviders ? inForce.plan : { ...inForce.plan, providers: [] },
    env,
    probe: prober.probe,
    cacheFolder: places.cache,
    ownAddresses: () => [],
    logger: createSilentLogger(),
    onChange: () => undefined,
  });
  try {
    return await look({ inForce, lookout });
  } finally {
    await lookout.stop();
    await prober.close();
  }
}
