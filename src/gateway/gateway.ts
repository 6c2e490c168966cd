import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { RouteTable } from '../routing/route-table.ts';
import type { GatewayDependencies, GatewayOptions, TokenCounts } from './dependencies.ts';
import { Exchange } from './exchange.ts';
import type { InferenceCall } from './inference-call.ts';

const NOT_COUNTED: TokenCounts = { inputTokens: null, outputTokens: null };

export interface Gateway {
  /** Runs one exchange; everything that comes of it is answered, booked and logged. Never throws. */
  run(call: InferenceCall): void;
  routes(): RouteTable;
  /** Exchanges whose answer is not at its end, and settlements that wait for a count. */
  inFlight(): number;
  /** Resolves when none is in flight. */
  idle(): Promise<void>;
}

export function createGateway(options: GatewayOptions): Gateway {
  let inFlight = 0;
  let waiting: (() => void)[] = [];
  const ended = (): void => {
    if (--inFlight > 0) return;
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  };
  const dependencies: GatewayDependencies = {
    ...options,
    countTokens(input, done) {
      inFlight++;
      void options
        .estimateTokens(input)
        .catch((error: unknown) => {
          options.logger.error({ err: error }, 'tokens could not be counted');
          return NOT_COUNTED;
        })
        .then((counts) => {
          const known = counts.inputTokens !== null || counts.outputTokens !== null;
          done(known ? { ...UNKNOWN_USAGE, ...counts } : null, known);
        })
        .finally(ended);
    },
  };
  const start = (call: InferenceCall): void => {
    new Exchange(call, dependencies, ended).run();
  };
  let held: InferenceCall[] | null = options.ready === undefined ? null : [];
  void options.ready?.then(() => {
    const calls = held ?? [];
    held = null;
    for (const call of calls) start(call);
  });
  return {
    run(call) {
      inFlight++;
      if (held === null) start(call);
      else held.push(call);
    },
    routes: options.routes,
    inFlight: () => inFlight,
    idle: () => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
