import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { RouteTable } from '../routing/route-table.ts';
import type { GatewayDependencies, GatewayOptions } from './dependencies.ts';
import { Exchange } from './exchange.ts';
import type { InferenceCall } from './inference-call.ts';

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
      options
        .estimateTokens(input)
        .then((counts) => {
          const known = counts.inputTokens !== null || counts.outputTokens !== null;
          done(known ? { ...UNKNOWN_USAGE, ...counts } : null, known);
        })
        .catch((error: unknown) => {
          options.logger.error({ err: error }, 'tokens could not be counted');
          done(null, false);
        })
        .finally(ended);
    },
  };
  return {
    run(call) {
      inFlight++;
      new Exchange(call, dependencies, ended).run();
    },
    routes: options.routes,
    inFlight: () => inFlight,
    idle: () => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
