import type { ServerResponse } from 'node:http';
import { hasLeft } from './departure.ts';

export interface KeepAliveOptions {
  readonly response: ServerResponse;
  /** Milliseconds until the first sign, and between any two. */
  readonly everyMs: number;
  /** Writes status and headers; called once, right before the first sign. */
  readonly begin: () => void;
  /** What the client's dialect skips. */
  readonly sign: () => string;
}

/**
 * Tells a client that waits for a stream that it is not forgotten, from the end of the first interval on until the
 * answer begins. With its first sign the status is 200 for good, so that it is not given any earlier.
 */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #timer: NodeJS.Timeout;
  #hasBegun = false;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#ring(), options.everyMs);
    options.response.once('close', this.stop);
  }

  /** Whether a status was sent on its behalf. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  readonly stop = (): void => {
    clearInterval(this.#timer);
    this.#options.response.off('close', this.stop);
  };

  #ring(): void {
    const { response, begin, sign } = this.#options;
    // An answer that waits behind another one of its connection is never told that it is closed.
    if (hasLeft(response)) {
      this.stop();
      return;
    }
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      begin();
    }
    // Who does not even read the signs gets no more of them.
    if (!response.writableNeedDrain) response.write(sign());
  }
}
