import { findActiveProviders } from '../credentials/find-active-providers.ts';
import { createDemo } from '../gateway/demo.ts';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import { ledgerPath } from '../ledger/ledger-path.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openSqliteLedger } from '../ledger/sqlite-ledger.ts';
import { loadPriceBook } from '../pricing/load-price-book.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import { createTokenEstimator, type TokenEstimator } from '../pricing/token-estimate.ts';
import { startServer, type GatewayServer, type Management } from '../server/server.ts';
import { VERSION } from '../std/version.ts';
import { createProber } from '../upstream/probe.ts';
import { createUpstream } from '../upstream/upstream.ts';
import { closeAll, type Closing } from './close-all.ts';
import { describeServer } from './describe-server.ts';
import { describeStatus } from './describe-status.ts';
import { openLocalIds } from './local-ids.ts';
import type { Log } from './log.ts';
import { startLookout } from './lookout.ts';
import { describeModels } from './model-names.ts';
import type { AssembleOptions, Found } from './parts.ts';
import { createRouting, type Routing } from './routing.ts';
import type { ScanDocument, StatusDocument } from './status.ts';

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

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** Opens when it is told to, or after the limit. */
function createGate(limitMs: number): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  setTimeout(open, limitMs).unref();
  return { opened, open };
}

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
  const { places, env, started, log, startedAt } = options;
  const { logger } = log;
  const ledger = openSqliteLedger({ path: ledgerPath(places), logger });
  closing.push(() => ledger.close());
  const prices = new Prices();
  const localIds = openLocalIds(places.state, logger);
  const routing = createRouting({ started, localIds, prices: () => prices.book, command: options.command });
  const firstLook = createGate(FIRST_LOOK_LIMIT_MS);
  const { gateway, estimator } = wireGateway(options, { ledger, prices, routing, ready: firstLook.opened }, closing);
  const found: Found = { lookout: null, providers: { active: [], problems: [] } };
  const describe = (): StatusDocument =>
    describeStatus({ ...options, ...found, address: server, ledger, gateway, routing });
  const server: GatewayServer = await listen(options, gateway, managementOf(options, found, routing, describe));
  closing.push(() => server.close());
  const { port } = server;

  found.providers = findActiveProviders({ env, configured: started.settings.providers, ownPort: port });
  for (const { credential } of found.providers.active) if (credential !== null) log.know(credential);
  for (const { apiKey } of started.settings.servers) if (apiKey !== null) log.know(apiKey);
  for (const problem of found.providers.problems) logger.warn(problem);
  const prober = createProber();
  closing.push(() => prober.close());
  const lookout = startLookout({
    settings: started.settings,
    env,
    probe: prober.probe,
    cacheFolder: places.cache,
    providers: found.providers.active,
    ownAddresses: () => [{ host: server.host, port }],
    logger,
    onChange: () => routing.recompile(found),
  });
  closing.push(() => lookout.stop());
  found.lookout = lookout;
  routing.recompile(found);
  const priced = prices.load(logger, () => routing.recompile(found));
  void Promise.all([lookout.discovery.firstRound, priced]).then(firstLook.open);
  return {
    address: { host: server.host, port },
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

interface GatewayParts {
  readonly ledger: Ledger;
  readonly prices: Prices;
  readonly routing: Routing;
  readonly ready: Promise<void>;
}

interface WiredGateway {
  readonly gateway: Gateway;
  readonly estimator: TokenEstimator;
}

function wireGateway(options: AssembleOptions, parts: GatewayParts, closing: Closing): WiredGateway {
  const { ledger, prices, routing, ready } = parts;
  const { logger } = options.log;
  const { timeouts, server } = options.started.settings;
  const upstream = createUpstream(timeouts);
  closing.push(() => upstream.close());
  const estimator = createTokenEstimator({
    onFailure: (error) => logger.error({ err: error }, 'the thread that counts tokens failed'),
  });
  closing.push(() => estimator.close());
  const gateway = createGateway({
    ready,
    ledger,
    routes: () => routing.table(),
    prices: () => prices.book,
    upstream,
    demo: createDemo(),
    estimateTokens: (input) => estimator.estimate(input),
    maxAnswerBytes: server.maxAnswerBytes,
    now: Date.now,
    logger,
  });
  return { gateway, estimator };
}

function listen(options: AssembleOptions, gateway: Gateway, management: Management): Promise<GatewayServer> {
  const { started, keys, log } = options;
  return startServer({
    rules: started.settings.server,
    clientKeys: [keys.clientKey],
    adminToken: keys.adminToken,
    gateway,
    management,
    version: VERSION,
    logger: log.logger,
  });
}

function managementOf(
  options: AssembleOptions,
  found: Found,
  routing: Routing,
  status: () => StatusDocument,
): Management {
  return {
    status,
    models: () => describeModels(routing.table()),
    scan: async (): Promise<ScanDocument> => {
      const startedAtMs = performance.now();
      const servers = (await found.lookout?.discovery.scan()) ?? [];
      return { v: 1, took_ms: Math.round(performance.now() - startedAtMs), servers: servers.map(describeServer) };
    },
    shutdown: options.onShutdown,
  };
}

/** The price data takes 30 ms to read, so it is read once the server listens; requests wait for it. */
class Prices {
  book: PriceBook = { priceOf: () => null, providerOf: () => null, contextLength: () => null };

  /** Resolves also when the data cannot be read: then nothing has a price. */
  load(logger: Log['logger'], onLoaded: () => void): Promise<void> {
    return loadPriceBook().then(
      (book) => {
        this.book = book;
        onLoaded();
      },
      (error: unknown) => logger.error({ err: error }, 'the price data cannot be read: nothing has a price'),
    );
  }
}
