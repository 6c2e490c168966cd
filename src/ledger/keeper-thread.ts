import { Worker } from 'node:worker_threads';
import type { Logger } from '../std/log.ts';
import { entryUrl } from '../std/entry-url.ts';
import type { KeeperMessage, KeeperReport, KeeperStart } from './keeper-messages.ts';

/** Deaths after which it is not started again. */
const MAX_DEATHS = 3;
const CLOSING_LIMIT_MS = 5_000;
const MEMORY = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4, stackSizeMb: 2 };

/**
 * The ledger's end of the keeper (keeper.ts): starts the thread at the first message, since an idle daemon needs none,
 * and again when it died, a few times. `onGivenUp` is called once when it will not be started any more.
 */
export class KeeperThread {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #onGivenUp: () => void;
  readonly #pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #worker: Worker | null = null;
  #deaths = 0;
  #closing = false;

  constructor(path: string, logger: Logger, onGivenUp: () => void) {
    this.#path = path;
    this.#logger = logger;
    this.#onGivenUp = onGivenUp;
  }

  /** The keeper wants the write lock: the next batch should wait a few milliseconds. */
  get wantsLock(): boolean {
    return Atomics.load(this.#pause, 0) !== 0;
  }

  /** Dropped when the keeper has been given up: all of its work can wait for the next start. */
  post(message: KeeperMessage): void {
    if (this.#closing || this.#deaths >= MAX_DEATHS) return;
    this.#worker ??= this.#start();
    this.#worker.postMessage(message);
  }

  /** Lets it finish what it has been asked for, with a limit. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#closing = true;
    if (worker === null) return;
    worker.postMessage({ kind: 'close' } satisfies KeeperMessage);
    worker.ref();
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const limit = setTimeout(() => {
      this.#logger.warn('the ledger keeper did not end in time and was stopped');
      void worker.terminate();
    }, CLOSING_LIMIT_MS);
    await ended;
    clearTimeout(limit);
  }

  /** The thread while it runs; tests end it. */
  get worker(): Worker | null {
    return this.#worker;
  }

  #start(): Worker {
    const start: KeeperStart = { path: this.#path, pause: this.#pause };
    const worker = new Worker(entryUrl('ledger-keeper'), {
      name: 'ledger-keeper',
      workerData: start,
      resourceLimits: MEMORY,
    });
    worker.unref();
    worker.on('message', (report: KeeperReport) => {
      this.#logger.warn({ problem: report.failure }, 'the ledger keeper could not finish a piece of work');
    });
    worker.on('error', (error) => this.#logger.error({ err: error }, 'the ledger keeper failed'));
    worker.on('exit', () => this.#onExit(worker));
    return worker;
  }

  #onExit(worker: Worker): void {
    if (this.#worker === worker) this.#worker = null;
    Atomics.store(this.#pause, 0, 0);
    if (this.#closing) return;
    this.#deaths++;
    if (this.#deaths < MAX_DEATHS) {
      this.#logger.warn({ deaths: this.#deaths }, 'the ledger keeper died; it is started again when there is work');
      return;
    }
    this.#logger.error({ deaths: this.#deaths }, 'the ledger keeper died too often and is not started again');
    this.#onGivenUp();
  }
}
