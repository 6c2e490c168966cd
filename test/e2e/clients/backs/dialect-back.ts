import type { Asked, Played } from '../scenario.ts';

export type Failure = 'rate-limited' | 'overflow' | 'overloaded' | 'malformed';

/** A request as it arrived. */
export interface Arrived {
  /** Path and query below the server's address. */
  readonly url: string;
  readonly body: unknown;
}

/** How a provider is played in its own wire format. */
export interface DialectBack {
  /** Below the address of the server: what is put before the dialect's paths. */
  readonly basePath: string;
  readonly streamType: string;
  /** Reads a request as strictly as the provider does. Throws a `Refusal`. */
  readonly read: (arrived: Arrived) => Asked;
  readonly whole: (played: Played, asked: Asked) => unknown;
  /** The texts of a stream, each whole: an event or a line. */
  readonly stream: (played: Played, asked: Asked) => readonly string[];
  readonly failure: (failure: Failure, message: string) => { readonly status: number; readonly body: unknown };
  /** An error within a stream. */
  readonly failureInStream: (failure: 'overloaded' | 'broken') => string;
}

/** A request that the provider would not take: 400 in its dialect. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export function refuseUnless(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Refusal(message);
}
