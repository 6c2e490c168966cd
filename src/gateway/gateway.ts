import type { ExchangeView } from '../canonical/feed-events.ts';
import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { RouteTable } from '../routing/route-table.ts';
import { TokenCount } from './count-tokens.ts';
import type { GatewayDependencies, GatewayOptions, KeptResponses, TokenCounts } from './dependencies.ts';
import { Exchange } from './exchange.ts';
import type { InferenceCall } from './inference-call.ts';
import { WaitingRoom } from './waiting-room.ts';

const NOT_COUNTED: TokenCounts = { inputTokens: null, outputTokens: null };

export interface Gateway {
  /** Runs one exchange; everything that comes of it is answered, booked and logged. Never throws. */
  run(call: InferenceCall): void;
  /** Answers how many tokens the prompt of a call has; its face has a `countAnswer`. Never throws. */
  countTokens(call: InferenceCall): void;
  routes(profile: string | null): RouteTable;
  /** What is kept for clients of the Responses API. */
  readonly responses: KeptResponses;
  /** Exchanges whose answer is not at its end, or whose tokens are being counted; and prompts that are counted. */
  inFlight(): number;
  /** Those of them that have an attempt and are not settled, as they are now. */
  exchanges(): readonly ExchangeView[];
  /** Publishes how far each of them has come since the last time. */
  tellProgress(): void;
  /** Nobody waits any more for a time or for room: those who do are answered that the gateway ends. */
  endWaits(): void;
  /** Resolves when none is in flight. */
  idle(): Promise<void>;
}

export function createGateway(options: GatewayOptions): Gateway {
  // Not a set: its table, once replaced, keeps what was in it alive until a full collection.
  const running: Exchange[] = [];
  let held: InferenceCall[] | null = options.ready === undefined ? null : [];
  let waiting: (() => void)[] = [];
  let counts = 0;
  const inFlight = (): number => running.length + counts + (held?.length ?? 0);
  const lookIdle = (): void => {
    if (inFlight() > 0) return;
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  };
  const ended = (exchange: Exchange): void => {
    const at = running.indexOf(exchange);
    if (at < 0) return;
    const last = running.pop();
    if (last !== undefined && at < running.length) running[at] = last;
    lookIdle();
  };
  const waitingRoom = new WaitingRoom();
  const dependencies: GatewayDependencies = { ...options, waiting: waitingRoom, countTokens: counterOf(options) };
  const start = (call: InferenceCall): void => {
    const exchange = new Exchange(call, dependencies, ended);
    running.push(exchange);
    exchange.run();
  };
  void options.ready?.then(() => {
    const calls = held ?? [];
    held = null;
    for (const call of calls) start(call);
  });
  return {
    run(call) {
      if (held === null) start(call);
      else held.push(call);
    },
    countTokens(call) {
      counts++;
      const count = new TokenCount(call, dependencies, () => {
        counts--;
        lookIdle();
      });
      if (held === null) count.run();
      else void options.ready?.then(() => count.run());
    },
    routes: options.routes,
    responses: options.responses,
    inFlight,
    exchanges: () => [...running].flatMap((exchange) => exchange.inFlight() ?? []),
    tellProgress: () => {
      for (const exchange of running) exchange.tellProgress();
    },
    endWaits: () => waitingRoom.close(),
    idle: () => (inFlight() === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}

/** Counts tokens and never fails: what cannot be counted is not known. */
function counterOf({ estimateTokens, logger }: GatewayOptions): GatewayDependencies['countTokens'] {
  return (input, done) => {
    void estimateTokens(input)
      .catch((error: unknown) => {
        logger.error({ err: error }, 'tokens could not be counted');
        return NOT_COUNTED;
      })
      .then((counts) => {
        const known = counts.inputTokens !== null || counts.outputTokens !== null;
        done(known ? { ...UNKNOWN_USAGE, ...counts } : null, known);
      });
  };
}
