import { Worker } from 'node:worker_threads';
import { entryUrl } from '../std/entry-url.ts';
import type { TokenCounts, TokenJob, TokenJobResult } from './token-job.ts';

const MAX_QUEUED_JOBS = 100;
/** Bodies that wait to be counted, in bytes. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
const JOB_LIMIT_MS = 5_000;
const IDLE_LIMIT_MS = 60_000;
/** The young generation is small: by itself it grows to as much as the tables take. */
const THREAD_MEMORY = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 4 };

const UNKNOWN: TokenCounts = { inputTokens: null, outputTokens: null };

export interface EstimateInput {
  readonly model: string;
  /** The body of the request. */
  readonly request: Uint8Array;
  /** The body of the answer, in the pieces that it came in. */
  readonly answer: readonly Uint8Array[];
  readonly answerKind: 'json' | 'sse' | 'text';
}

/** Counts tokens where an upstream did not say how many it used. What it says is an estimate and marked as such. */
export interface TokenEstimator {
  /** Never rejects; `null` counts when there is too much to do, or what was asked cannot be counted. */
  estimate(input: EstimateInput): Promise<TokenCounts>;
  /** Ends the thread; what is still asked gets `null`. */
  close(): Promise<void>;
}

export interface TokenEstimatorOptions {
  /** The built file of the counting thread. */
  readonly entry?: URL;
  readonly idleLimitMs?: number;
  readonly jobLimitMs?: number;
  /** Told when the thread failed: its file is missing, it ran out of memory. */
  readonly onFailure?: (error: Error) => void;
}

/**
 * Makes an estimator whose thread starts with the first question, answers one at a time, and ends when nobody asks for
 * a minute. A question that takes longer than its limit ends the thread: counting cannot be interrupted otherwise.
 */
export function createTokenEstimator(options: TokenEstimatorOptions = {}): TokenEstimator {
  return new ThreadedEstimator(options);
}

interface Waiting {
  readonly job: TokenJob;
  readonly bytes: number;
  readonly resolve: (counts: TokenCounts) => void;
}

class ThreadedEstimator implements TokenEstimator {
  readonly #entry: URL;
  readonly #idleLimitMs: number;
  readonly #jobLimitMs: number;
  readonly #onFailure: (error: Error) => void;
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  #worker: Worker | null = null;
  #running: Waiting | null = null;
  #timer: NodeJS.Timeout | undefined;
  #nextId = 1;
  #closed = false;

  constructor(options: TokenEstimatorOptions) {
    this.#entry = options.entry ?? entryUrl('token-counter');
    this.#idleLimitMs = options.idleLimitMs ?? IDLE_LIMIT_MS;
    this.#jobLimitMs = options.jobLimitMs ?? JOB_LIMIT_MS;
    this.#onFailure = options.onFailure ?? (() => undefined);
  }

  estimate(input: EstimateInput): Promise<TokenCounts> {
    const bytes = input.answer.reduce((sum, piece) => sum + piece.length, input.request.length);
    const isFull = this.#queue.length >= MAX_QUEUED_JOBS || this.#queuedBytes + bytes > MAX_QUEUED_BYTES;
    if (this.#closed || isFull) return Promise.resolve(UNKNOWN);
    const job: TokenJob = {
      id: this.#nextId++,
      model: input.model,
      request: ownBytes([input.request], input.request.length),
      answer: ownBytes(input.answer, bytes - input.request.length),
      answerKind: input.answerKind,
    };
    return new Promise((resolve) => {
      this.#queue.push({ job, bytes, resolve });
      this.#queuedBytes += bytes;
      this.#runNext();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting.resolve(UNKNOWN);
    this.#queuedBytes = 0;
    await this.#endThread();
  }

  #runNext(): void {
    if (this.#running !== null) return;
    clearTimeout(this.#timer);
    const next = this.#queue.shift();
    if (next === undefined) {
      this.#after(this.#idleLimitMs, () => void this.#endThread());
      return;
    }
    this.#queuedBytes -= next.bytes;
    try {
      this.#worker ??= this.#startThread();
    } catch (error) {
      this.#onFailure(error instanceof Error ? error : new Error(String(error)));
      next.resolve(UNKNOWN);
      this.#runNext();
      return;
    }
    this.#running = next;
    this.#worker.postMessage(next.job, [next.job.request.buffer as ArrayBuffer, next.job.answer.buffer as ArrayBuffer]);
    this.#after(this.#jobLimitMs, () => void this.#endThread());
  }

  #startThread(): Worker {
    const worker = new Worker(this.#entry, { name: 'llmgw-token-counter', resourceLimits: THREAD_MEMORY });
    worker.unref();
    worker.on('message', (result: TokenJobResult) => {
      if (result.id === this.#running?.job.id) this.#finish(result);
    });
    // A thread that fails takes its job with it; `exit` follows, and the next job starts another.
    worker.on('error', (error: Error) => this.#onFailure(error));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#finish(UNKNOWN);
    });
    return worker;
  }

  #finish(counts: TokenCounts): void {
    const done = this.#running;
    this.#running = null;
    done?.resolve({ inputTokens: counts.inputTokens, outputTokens: counts.outputTokens });
    if (!this.#closed) this.#runNext();
  }

  async #endThread(): Promise<void> {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = null;
    const ended = worker?.terminate();
    if (this.#running !== null) this.#finish(UNKNOWN);
    await ended;
  }

  #after(delayMs: number, act: () => void): void {
    this.#timer = setTimeout(act, delayMs);
    this.#timer.unref();
  }
}

/** A copy in a buffer of its own: pieces of the network's shared buffers would take all of these along. */
function ownBytes(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
