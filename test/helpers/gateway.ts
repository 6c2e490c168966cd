import { pino } from 'pino';
import { picoUsd } from '../../src/canonical/money.ts';
import { createDemo } from '../../src/gateway/demo.ts';
import type { GatewayOptions, KeptResponses } from '../../src/gateway/dependencies.ts';
import type { FeedSink } from '../../src/gateway/feed.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { MediaRoom } from '../../src/gateway/media-room.ts';
import { FREE_ADMISSION } from '../../src/limits/limits.ts';
import type { Limits } from '../../src/limits/limits.ts';
import type { PriceBook } from '../../src/pricing/price-book.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { Stickiness } from '../../src/routing/stickiness.ts';
import type { Logger } from '../../src/std/log.ts';
import { createMediaFetcher } from '../../src/upstream/fetch-media.ts';
import { createUpstream } from '../../src/upstream/upstream.ts';
import type { CallLimits } from '../../src/upstream/upstream.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { routeTable } from './routes.ts';
import type { TableParts } from './routes.ts';

/** Two pico-dollars for a token of input, three for one of output, of models of `acme` and `openai`. */
export const TEST_PRICES: PriceBook = {
  priceOf: ({ inputTokens, outputTokens }, provider, model) => {
    if (inputTokens === null || outputTokens === null || !['acme', 'openai'].includes(provider)) return null;
    return { costPico: picoUsd(inputTokens * 2 + outputTokens * 3), priceVersion: `test ${provider}/${model}` };
  },
  priceOfAudio: () => null,
  providerOf: (model) => (model.startsWith('gpt-') ? 'openai' : null),
  contextLength: () => null,
};

/** Nothing is kept, as while the config says so. */
const NOTHING_KEPT: KeptResponses = {
  keeps: () => false,
  put: () => 'off',
  get: () => null,
  chain: () => null,
  inputItems: () => null,
  delete: () => false,
};

/** Lets everything through. */
const UNLIMITED: Limits = { admit: () => FREE_ADMISSION };

const LIMITS: CallLimits = { connectMs: 2_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 20_000 };

/** For a gateway without a feed. */
const UNWATCHED: FeedSink = { watched: false, hasRoom: () => false, publish: () => undefined };

export interface TestGateway {
  readonly gateway: Gateway;
  readonly ledger: MemoryLedger;
  /** What was logged as an error. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  readonly routes: TableParts;
  readonly limits?: Partial<CallLimits>;
  readonly overrides?: Partial<GatewayOptions>;
}

/** A gateway with everything real but the ledger, which keeps its rows in memory, and the prices. */
export function testGateway({ routes, limits, overrides }: TestGatewayOptions): TestGateway {
  const ledger = new MemoryLedger();
  const { logger, errors } = testLogger();
  const upstream = createUpstream(() => ({ ...LIMITS, ...limits }));
  const table = routeTable(routes);
  const gateway = createGateway({
    ledger,
    routes: () => table,
    health: new HealthBook(),
    stickiness: new Stickiness(),
    prices: () => TEST_PRICES,
    limits: UNLIMITED,
    responses: NOTHING_KEPT,
    feed: UNWATCHED,
    upstream,
    fetchMedia: createMediaFetcher(),
    mediaRoom: new MediaRoom(),
    dropsParams: () => true,
    marksPrompts: () => true,
    demo: createDemo(),
    // One token for each byte.
    estimateTokens: ({ request, answer }) =>
      Promise.resolve({
        inputTokens: request.length,
        outputTokens: answer.reduce((sum, { length }) => sum + length, 0),
      }),
    maxAnswerBytes: 1024 * 1024,
    now: Date.now,
    random: Math.random,
    logger,
    ...overrides,
  });
  return { gateway, ledger, errors, close: () => upstream.close() };
}

export function testLogger(): { logger: Logger; errors: string[] } {
  const errors: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  return { logger, errors };
}
