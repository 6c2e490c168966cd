import type { ServerResponse } from 'node:http';
import { watchDeparture } from '../gateway/departure.ts';
import { RETRY } from './feed-blocks.ts';

export interface FeedWatcherOptions {
  readonly response: ServerResponse;
  /** Bytes that may wait for it. */
  readonly waitingBytes: number;
  /** It has read all that waited, and has missed something. */
  readonly onBehind: () => void;
  /** Its connection is closed. */
  readonly onGone: () => void;
}

/**
 * One who watches. Nobody waits for it: while too much waits to be read by it, events are left out and counted. Once it
 * has read all, it is to be told how many they were and how everything is now.
 */
export class FeedWatcher {
  readonly #response: ServerResponse;
  readonly #waitingBytes: number;
  /** How many events it has missed since it was told. */
  #missed = 0;

  constructor({ response, waitingBytes, onBehind, onGone }: FeedWatcherOptions) {
    this.#response = response;
    this.#waitingBytes = waitingBytes;
    const stopWatching = watchDeparture(response, () => {
      stopWatching();
      onGone();
    });
    response.on('error', () => {
      response.destroy();
    });
    response.on('drain', () => {
      if (this.#missed > 0) onBehind();
    });
  }

  /** How many events it has missed, when it can be told now; 0: none, or it still has to read. */
  get toBeTold(): number {
    return this.#response.writableNeedDrain ? 0 : this.#missed;
  }

  begin(snapshot: string): void {
    this.#response.write(RETRY + snapshot);
  }

  /** `count`: how many events the blocks are; `missed`: how many more there were that nobody gets. */
  send(blocks: string, count: number, missed: number): void {
    const response = this.#response;
    this.#missed += missed;
    const isFull = response.writableLength + blocks.length > this.#waitingBytes;
    if (isFull || this.#missed > 0) this.#missed += count;
    else response.write(blocks);
  }

  /** Tells it what it has missed: how many events, and how everything is now. */
  catchUp(blocks: string): void {
    this.#missed = 0;
    this.#response.write(blocks);
  }

  keepAlive(comment: string): void {
    if (!this.#response.writableNeedDrain) this.#response.write(comment);
  }

  /** What it has not read by now is not waited for. */
  end(): void {
    if (this.#response.writableNeedDrain) this.#response.destroy();
    else this.#response.end();
  }
}
