import type { Writable } from 'node:stream';
import type { GatewayError } from '../canonical/errors.ts';
import type { Usage } from '../canonical/usage.ts';
import type { CallControl } from '../upstream/upstream.ts';

/** What is known of a streamed answer, at any time. */
export interface StreamFacts {
  readonly usage: Usage | null;
  readonly responseId: string | null;
  readonly model: string | null;
  /** Of the sound that was heard, where that is what is paid for. */
  readonly audioSeconds?: number | null;
}

/**
 * Takes a stream as it comes from an upstream and gives it to the client. The first event of the answer is the commit
 * point: before it nothing has been written.
 */
export interface Relay {
  readonly facts: StreamFacts;
  /** UTC milliseconds; `null`: no event of the answer has come. */
  readonly firstEventAt: number | null;
  /** Pieces of the answer that have come: about as many as its tokens. */
  readonly pieceCount: number;
  /** Something has been written. */
  readonly committed: boolean;
  /** The answer as it came, for counting tokens; `null` once it is too long to keep. */
  readonly kept: KeptAnswer | null;
  /** The stream has said itself that nothing comes behind this, but perhaps its usage. */
  readonly sawDone: boolean;
  /** So, and its usage is known: nothing is to be waited for. */
  readonly endsAtOnce: boolean;
  /** `GatewayError`: the stream failed before its first event; nothing was written. */
  push(chunk: Buffer, control: CallControl): GatewayError | null;
  /**
   * Ends the stream after the upstream ended it. `GatewayError`: it was not whole; when committed, the client was told
   * in-band.
   */
  end(): GatewayError | null;
  /** Ends a committed stream with an error in-band, unless it is left open for another one to go on with. */
  fail(error: GatewayError): void;
  /** Whether the answer is complete, whatever happens to the connection now. */
  isWhole(): boolean;
}

/** An answer for counting its tokens: as it came in OpenAI's shapes, or the texts of it. */
export interface KeptAnswer {
  readonly kind: 'json' | 'sse' | 'text';
  readonly pieces: readonly Buffer[];
}

/**
 * What comes before the first event is held back, so that an early failure can still be a status; but not longer than
 * this, so that a client's patience is not tried.
 */
export const OPENING_HELD_MS = 15_000;
/** How much of it is held back, however long that is. */
export const MOST_HELD_BYTES = 64 * 1024;

/** Writes to a client, and stops reading from the upstream while it does not keep up. */
export function writeTo(response: Writable, bytes: Buffer | string, control: CallControl): void {
  if (response.write(bytes)) return;
  control.pause();
  response.once('drain', () => {
    control.resume();
  });
}
