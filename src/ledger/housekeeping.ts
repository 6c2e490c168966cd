import type { Logger } from '../std/log.ts';
import { KeeperThread } from './keeper-thread.ts';
import type { OpenedFile } from './ledger-file.ts';
import { QUARTER_MS } from './roll-up.ts';

/** The log's growth after which the keeper copies it into the file: about 4 MB. */
const CHECKPOINT_PAGES = 1_000;
/** Pages that a transaction writes besides one for every few rows. */
const PAGES_PER_BATCH = 3;
const ROWS_PER_PAGE = 8;
/** After a quarter's end, so that what ends with it is settled in it. */
const ROLL_UP_DELAY_MS = 2_000;
const FIRST_ROLL_UP_DELAY_MS = 1_000;
/** Where there is no keeper any more, SQLite checkpoints by itself, on this thread. */
const FALLBACK_CHECKPOINT_PAGES = 1_000;

/** Says when the keeper has something to do: after so much was written, and when a quarter hour is over. */
export class Housekeeping {
  readonly #keeper: KeeperThread;
  readonly #now: () => number;
  #closedUntil: number;
  #pagesSinceCheckpoint = 0;
  #rollUpTimer: NodeJS.Timeout | null = null;

  constructor(path: string, file: OpenedFile, logger: Logger, now: () => number) {
    this.#now = now;
    this.#closedUntil = file.rolledUpUntil;
    this.#keeper = new KeeperThread(path, logger, () => {
      file.connection.pragma(`wal_autocheckpoint = ${FALLBACK_CHECKPOINT_PAGES}`);
    });
    if (file.hasPending) this.#armRollUp(FIRST_ROLL_UP_DELAY_MS);
  }

  /** Promised to the keeper: nothing will be settled at an earlier time. */
  get closedUntil(): number {
    return this.#closedUntil;
  }

  /** A batch should wait a little: a checkpoint is about to end. */
  get wantsLock(): boolean {
    return this.#keeper.wantsLock;
  }

  afterBatch(rows: number): void {
    this.#pagesSinceCheckpoint += PAGES_PER_BATCH + rows / ROWS_PER_PAGE;
    if (this.#pagesSinceCheckpoint >= CHECKPOINT_PAGES) {
      this.#pagesSinceCheckpoint = 0;
      this.#keeper.post({ kind: 'checkpoint' });
    }
    if (this.#rollUpTimer === null) this.#armRollUp(QUARTER_MS - (this.#now() % QUARTER_MS) + ROLL_UP_DELAY_MS);
  }

  async close(): Promise<void> {
    if (this.#rollUpTimer !== null) clearTimeout(this.#rollUpTimer);
    await this.#keeper.close();
  }

  #armRollUp(ms: number): void {
    this.#rollUpTimer = setTimeout(() => {
      this.#rollUpTimer = null;
      const now = this.#now();
      const until = now - (now % QUARTER_MS);
      if (until <= this.#closedUntil) return;
      this.#closedUntil = until;
      this.#keeper.post({ kind: 'roll-up', until });
    }, ms);
    // A process with nothing else to do may end: the next start closes the quarter.
    this.#rollUpTimer.unref();
  }
}
