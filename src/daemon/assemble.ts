import { watchConfig } from '../config/watch.ts';
import { openKeychainProcess } from '../credentials/keychain-process.ts';
import { readStoredCredentials } from '../credentials/stored-credentials.ts';
import { createDemo } from '../gateway/demo.ts';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import { MediaRoom } from '../gateway/media-room.ts';
import { ledgerPath } from '../ledger/ledger-path.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openSqliteLedger } from '../ledger/sqlite-ledger.ts';
import type { ResponseStore, ResponseStoreRules } from '../ledger/responses/response-store.ts';
import { responsesPath } from '../ledger/responses/responses-path.ts';
import { openResponseStore } from '../ledger/responses/sqlite-response-store.ts';
import type { Caps } from '../limits/caps.ts';
import { createTokenEstimator, type TokenEstimator } from '../pricing/token-estimate.ts';
import { HealthBook } from '../routing/health-book.ts';
import { Stickiness } from '../routing/stickiness.ts';
import { createEventFeed, OLLAMA_DOOR_HOST, startServer } from '../server/server.ts';
import type { EventFeed, GatewayServer } from '../server/server.ts';
import { VERSION } from '../std/version.ts';
import { createProber } from '../upstream/probe.ts';
import { createMediaFetcher } from '../upstream/fetch-media.ts';
import { watchNetwork } from '../upstream/network-watch.ts';
import { createUpstream } from '../upstream/upstream.ts';
import { profileCaps } from './caps.ts';
import { loadClientKeys } from './client-keys.ts';
import { closeAll, type Closing } from './close-all.ts';
import { Control, type ControlOptions } from './control.ts';
import { describeSnapshot } from './describe-snapshot.ts';
import { describeStatus } from './describe-status.ts';
import { DeploymentHealth } from './deployment-health.ts';
import { createGate } from './gate.ts';
import { openLocalIds } from './local-ids.ts';
import { liteLlmKnowledge } from './lite-llm-knowledge.ts';
import { Lookout } from './lookout.ts';
import { createManagement } from './management.ts';
import type { AssembleOptions } from './parts.ts';
import { Prices } from './prices.ts';
import { createRouting, type Routing } from './routing.ts';
import { loadOptionsOf } from './start-settings.ts';
import type { StatusDocument } from './status.ts';
import { hasLocalChatModel } from './try-model.ts';

/** Everything that runs, wired together. */
export interface Assembly {
  readonly address: { readonly host: string; readonly port: number };
  readonly startedAt: Date;
  status(): StatusDocument;
  inFlight(): number;
  saveLedger(): Promise<void>;
  /** Drains and closes everything, the ledger last: how many requests had to be cut off. */
  close(drainLimitMs: number): Promise<number>;
}

/** Requests wait this long at most for the first look at the local servers: one that hangs delays nobody further. */
const FIRST_LOOK_LIMIT_MS = 1_500;
/** At the very first start they wait longer: what is found decides whether they may cost money. */
const FIRST_CHOICE_LIMIT_MS = 15_000;

/** Wires the rooms: the ledger, then the server, which answers from then on, then all that is looked for outside. */
export async function assemble(options: AssembleOptions): Promise<Assembly> {
  const closing: Closing = [];
  try {
    return await wire(options, closing);
  } catch (error) {
    // Why it could not start is what a person must be told, not what went wrong while it was taken down.
    await closeAll(closing).catch((err: unknown) => {
      options.log.logger.error({ err }, 'what had been opened could not be closed');
    });
    throw error;
  }
}

async function wire(options: AssembleOptions, closing: Closing): Promise<Assembly> {
  const { places, start, log, startedAt } = options;
  const { logger } = log;
  const ledger = openSqliteLedger({ path: ledgerPath(places), logger });
  closing.push(() => ledger.close());
  const responses = openResponses(options, () => control.settings.responses, closing);
  const prices = new Prices();
  const localIds = openLocalIds(places.state, logger);
  const control = wireControl(
    options,
    { onChange: (known) => routing.recompile(known), tell: (event) => events.publish(event) },
    closing,
  );
  const health = new DeploymentHealth(new HealthBook());
  const routing = createRouting({
    known: control,
    demo: start.demo === true,
    localIds,
    prices: () => prices.book,
    health,
    command: options.command,
  });
  const caps = profileCaps({
    settings: () => control.settings,
    prices: () => prices.book,
    ledger: ledgerPath(places),
    logger,
  });
  const firstLook = createGate(control.active.isChosen ? FIRST_LOOK_LIMIT_MS : FIRST_CHOICE_LIMIT_MS);
  // The stored keys too: without them one of the environment would be used. Reading them has a limit of its own.
  const stored = createGate(null);
  const ready = Promise.all([firstLook.opened, stored.opened]).then(() => undefined);
  const events: EventFeed = createEventFeed({
    describe: () => describeSnapshot(options, control),
    inFlight: () => gateway.exchanges(),
    tellProgress: () => gateway.tellProgress(),
    now: Date.now,
  });
  const parts = { ledger, responses, prices, routing, health, control, caps, events, ready };
  const { gateway, estimator } = wireGateway(options, parts, closing);
  const describe = (): StatusDocument =>
    describeStatus({ ...options, address: server, ledger, responses, gateway, routing, health, control });
  const server = await listen(options, { gateway, prices, control, caps, routing, health, events, describe, ledger });
  closing.push(() => server.close());

  lookOutside(options, { control, server, health }, closing);
  const priced = prices.load(logger, () => control.lookoutChanged());
  const readKeys = control.reloadCredentials().catch((err: unknown) => {
    logger.error({ err }, 'the stored credentials cannot be read');
  });
  void readKeys.then(stored.open);
  const looked = control.lookout?.firstRound.then(() => {
    control.chooseProfile(hasLocalChatModel(control.lookout?.servers() ?? []));
  });
  void Promise.all([looked, priced]).then(firstLook.open);
  return {
    address: { host: server.host, port: server.port },
    startedAt,
    status: describe,
    inFlight: () => server.inFlight(),
    saveLedger: () => ledger.flush(),
    close: async (drainLimitMs) => {
      // Counting the tokens of exchanges that are over must not hold the end up: then they are booked without.
      const limit = setTimeout(() => void estimator.close(), drainLimitMs);
      try {
        return await server.drain(drainLimitMs);
      } finally {
        clearTimeout(limit);
        await closeAll(closing);
      }
    },
  };
}

function openResponses(
  { places, log }: AssembleOptions,
  rules: () => ResponseStoreRules,
  closing: Closing,
): ResponseStore {
  const store = openResponseStore({ path: responsesPath(places), rules, logger: log.logger });
  closing.push(() => store.close());
  return store;
}

function wireControl(
  { places, env, start, started, log }: AssembleOptions,
  listeners: Pick<ControlOptions, 'onChange' | 'tell'>,
  closing: Closing,
): Control {
  const keychain = openKeychainProcess(env);
  closing.push(() => keychain.close());
  return new Control({
    started,
    start,
    places,
    env,
    logger: log.logger,
    know: (secret) => log.know(secret),
    readStored: () => readStoredCredentials({ dataFolder: places.data, env, keychain }),
    ...listeners,
  });
}

/** Begins to look for servers and lists of models, and follows the config file. */
function lookOutside(
  { places, env, start, started, log }: AssembleOptions,
  { control, server, health }: Pick<ServerParts, 'control' | 'health'> & { readonly server: GatewayServer },
  closing: Closing,
): void {
  const { logger } = log;
  const prober = createProber();
  closing.push(() => prober.close());
  closing.push(watchNetwork(health.book.network));
  control.begin(server.port, (plan) => {
    const lookout = new Lookout({
      plan,
      env,
      probe: prober.probe,
      cacheFolder: places.cache,
      ownAddresses: () => ownAddresses(server),
      logger,
      onChange: () => control.lookoutChanged(),
    });
    closing.push(() => lookout.stop());
    return lookout;
  });
  const watcher = watchConfig({
    ...loadOptionsOf(places, env, start),
    inForce: started,
    onChange: (change) => control.configChanged(change),
  });
  closing.push(() => watcher.close());
}

/** Where looking for servers would find ourselves. */
function ownAddresses({ host, port, ollamaPort }: GatewayServer): readonly OwnAddress[] {
  return [{ host, port }, ...(ollamaPort === null ? [] : [{ host: OLLAMA_DOOR_HOST, port: ollamaPort }])];
}

interface OwnAddress {
  readonly host: string;
  readonly port: number;
}

interface GatewayParts {
  readonly ledger: Ledger;
  readonly responses: ResponseStore;
  readonly prices: Prices;
  readonly routing: Routing;
  readonly health: DeploymentHealth;
  readonly control: Control;
  readonly caps: Caps;
  readonly events: EventFeed;
  readonly ready: Promise<void>;
}

interface WiredGateway {
  readonly gateway: Gateway;
  readonly estimator: TokenEstimator;
}

function wireGateway(options: AssembleOptions, parts: GatewayParts, closing: Closing): WiredGateway {
  const { ledger, responses, prices, routing, health, control, caps, events, ready } = parts;
  const { logger } = options.log;
  const upstream = createUpstream(() => control.settings.timeouts);
  closing.push(() => upstream.close());
  const estimator = createTokenEstimator({
    onFailure: (error) => logger.error({ err: error }, 'the thread that counts tokens failed'),
  });
  closing.push(() => estimator.close());
  const gateway = createGateway({
    ready,
    ledger,
    routes: (profile) => routing.table(profile ?? control.active.chosen.name),
    health: health.book,
    stickiness: new Stickiness(),
    prices: () => prices.book,
    limits: caps,
    responses,
    feed: events,
    upstream,
    fetchMedia: createMediaFetcher(),
    mediaRoom: new MediaRoom(),
    dropsParams: () => control.settings.dropParams,
    marksPrompts: () => control.settings.promptCaching === 'auto',
    demo: createDemo(),
    estimateTokens: (input) => estimator.estimate(input),
    maxAnswerBytes: options.started.settings.server.maxAnswerBytes,
    now: Date.now,
    random: Math.random,
    logger,
  });
  return { gateway, estimator };
}

interface ServerParts extends Omit<GatewayParts, 'responses' | 'ready'> {
  readonly gateway: Gateway;
  readonly describe: () => StatusDocument;
}

function listen(options: AssembleOptions, parts: ServerParts): Promise<GatewayServer> {
  const { gateway, control, events } = parts;
  const { started, keys, log, places } = options;
  const { logger } = log;
  let clientKeys = loadClientKeys(places.data);
  const reloadKeys = (): void => {
    clientKeys = loadClientKeys(places.data);
  };
  return startServer({
    rules: { ...started.settings.server, ollamaPort: started.settings.ollamaPort },
    clientKeys: () => [...control.inForce.masterKeys, ...clientKeys],
    adminToken: keys.adminToken,
    profiles: {
      has: (name) => control.settings.profiles.some((profile) => profile.name === name),
      names: () => control.settings.profiles.map(({ name }) => name),
    },
    gateway,
    events,
    liteLlm: liteLlmKnowledge(parts),
    management: createManagement({ ...parts, reloadKeys, onShutdown: options.onShutdown }),
    version: VERSION,
    isLiteLlm: () => control.settings.isLiteLlm,
    logger,
  });
}
