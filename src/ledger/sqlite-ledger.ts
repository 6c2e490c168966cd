import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../std/log.ts';
import { BatchWriter, isLost, problemOf } from './batch-writer.ts';
import type { BatchResult, QueuedOpening } from './batch-writer.ts';
import { Housekeeping } from './housekeeping.ts';
import { openLedgerFile } from './ledger-file.ts';
import type { OpenedFile } from './ledger-file.ts';
import type { AttemptOpening, AttemptSettlement, Ledger, LedgerStatus, OnCommitted } from './ledger.ts';
import { isFaultOfSystem, LedgerWriteError } from './ledger-errors.ts';

export interface SqliteLedgerOptions {
  readonly path: string;
  readonly logger: Logger;
  /** UTC milliseconds. */
  readonly now?: () => number;
  /** How long a batch waits for another program's lock before it fails; default 1 s. */
  readonly lockPatienceMs?: number;
  /** The file may not grow over this many pages of 4 KB; tests fill the disk with it. */
  readonly maxPages?: number;
}

/** Rows written in one transaction; what is queued beyond waits for the next turn. */
const MAX_BATCH = 1_000;
/** Openings that wait, and settlements that are kept while the ledger cannot be written. */
const MAX_QUEUED = 10_000;
/** A settlement waits this long for an opening to share its transaction: at one connection that halves their number. */
const SETTLEMENT_DELAY_MS = 4;
/** From this many settlements on there is no waiting. */
const SETTLEMENTS_AT_ONCE = 64;
const BUSY_RETRY_MS = 2;
const FAILURE_RETRY_MS = 1_000;
/** How long the start waits for another program's lock. */
const OPENING_PATIENCE_MS = 2_000;

/**
 * The ledger in a SQLite file. Everything queued in one turn of the event loop is one transaction, run at its end.
 * Throws `LedgerTooNewError`, `LedgerForeignError`, `NativeBindingMissingError`; a file that cannot be opened for now
 * (a full disk, a lock) is tried again, and `status()` tells of it.
 */
export function openSqliteLedger(options: SqliteLedgerOptions): Ledger {
  return new SqliteLedger(options);
}

class SqliteLedger implements Ledger {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #lockPatienceMs: number;
  readonly #maxPages: number | null;
  /** `null`: the file could not be opened yet. */
  #writer: BatchWriter | null = null;
  #housekeeping: Housekeeping | null = null;
  #keptAside: string | null = null;
  #abandonedAtStart = 0;
  #openings: QueuedOpening[] = [];
  #settlements: AttemptSettlement[] = [];
  #scheduled = false;
  #timer: NodeJS.Timeout | null = null;
  #timerDue = 0;
  #reopenDue = 0;
  #busySince: number | null = null;
  #problem: string | null = null;
  #lostRows = 0;
  #failedBatches = 0;
  #closing: Promise<void> | null = null;

  constructor(options: SqliteLedgerOptions) {
    this.#path = options.path;
    this.#logger = options.logger;
    this.#now = options.now ?? Date.now;
    this.#lockPatienceMs = options.lockPatienceMs ?? 1_000;
    this.#maxPages = options.maxPages ?? null;
    this.#openFile({ atStart: true });
  }

  open(opening: AttemptOpening, onCommitted: OnCommitted): void {
    this.#enqueue({ opening, refusal: null, onCommitted });
  }

  refuse(opening: AttemptOpening, settlement: AttemptSettlement): void {
    this.#enqueue({ opening, refusal: settlement, onCommitted: null });
  }

  settle(settlement: AttemptSettlement): void {
    if (this.#closing !== null) {
      this.#lostRows++;
      return;
    }
    this.#settlements.push(settlement);
    this.#dropOldest();
    if (this.#scheduled) return;
    const isWell = this.#problem === null && this.#busySince === null;
    if (isWell && this.#settlements.length >= SETTLEMENTS_AT_ONCE) this.#schedule();
    else this.#wakeWithin(this.#problem === null ? SETTLEMENT_DELAY_MS : FAILURE_RETRY_MS);
  }

  async flush(): Promise<void> {
    const failedBefore = this.#failedBatches;
    while (this.#failedBatches === failedBefore && (this.#openings.length > 0 || this.#settlements.length > 0)) {
      if (this.#writeQueued() === 'busy') await delay(BUSY_RETRY_MS);
    }
    if (this.#failedBatches === failedBefore) return;
    throw new LedgerWriteError(this.#problem ?? 'a batch of rows could not be written', null);
  }

  status(): LedgerStatus {
    return {
      path: this.#path,
      writable: this.#problem === null,
      problem: this.#problem,
      lostRows: this.#lostRows,
      keptAside: this.#keptAside,
      abandonedAtStart: this.#abandonedAtStart,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      if (!(error instanceof LedgerWriteError)) throw error;
      for (const queued of this.#openings.splice(0)) this.#turnAway(queued, error.message);
      // Emptied, so that a turn which is still to come finds nothing to try again.
      const rows = this.#settlements.splice(0).length;
      this.#lostRows += rows;
      this.#logger.error({ problem: error.message, rows }, 'the ledger is closed with rows unwritten');
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#housekeeping?.close();
    this.#writer?.close();
  }

  /** A file that cannot be opened now (a full disk, a lock) is one that cannot be written: it is tried again. */
  #openFile({ atStart }: { atStart: boolean }): void {
    try {
      const file = openLedgerFile(this.#path, this.#now(), atStart ? OPENING_PATIENCE_MS : 0);
      if (this.#maxPages !== null) file.connection.pragma(`max_page_count = ${this.#maxPages}`);
      this.#writer = new BatchWriter(this.#path, file.connection);
      this.#housekeeping = new Housekeeping(this.#path, file, this.#logger, this.#now);
      this.#keptAside = file.keptAside;
      this.#abandonedAtStart = file.abandoned;
      this.#tellOfStart(file);
    } catch (error) {
      if (atStart && !isFaultOfSystem(error)) throw error;
      if (this.#problem === null) this.#logger.error({ err: error }, 'the ledger cannot be opened');
      this.#problem = problemOf(error, this.#path);
      this.#reopenDue = performance.now() + FAILURE_RETRY_MS;
    }
  }

  #tellOfStart({ keptAside, abandoned }: OpenedFile): void {
    if (keptAside !== null) {
      this.#logger.error({ keptAside }, 'the ledger was damaged; it is kept aside and a new one begun');
    }
    if (abandoned > 0) {
      this.#logger.warn({ rows: abandoned }, 'attempts left open by a crash are settled as abandoned');
    }
  }

  #enqueue(queued: QueuedOpening): void {
    if (this.#closing !== null) {
      this.#turnAway(queued, 'the ledger is closed');
    } else if (this.#openings.length >= MAX_QUEUED) {
      this.#turnAway(queued, 'too many rows wait for the ledger');
    } else {
      this.#openings.push(queued);
      if (this.#busySince === null) this.#schedule();
    }
  }

  #turnAway(queued: QueuedOpening, problem: string): void {
    if (isLost(queued)) this.#lostRows++;
    queueMicrotask(() => this.#tell(queued, new LedgerWriteError(problem, null)));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#scheduled = false;
    this.#writeQueued();
  };

  #wakeWithin(ms: number): void {
    const due = performance.now() + ms;
    if (this.#timer !== null) {
      if (this.#timerDue <= due) return;
      clearTimeout(this.#timer);
    }
    this.#timerDue = due;
    this.#timer = setTimeout(this.#onTimer, ms);
  }

  readonly #onTimer = (): void => {
    this.#timer = null;
    this.#writeQueued();
  };

  /** One batch. Never throws: it runs where nobody could catch it. */
  #writeQueued(): BatchResult['kind'] {
    const openings = this.#openings.splice(0, MAX_BATCH);
    const settlements = this.#settlements.splice(0, MAX_BATCH);
    if (openings.length === 0 && settlements.length === 0) return 'written';
    const result = this.#write(openings, settlements);
    switch (result.kind) {
      case 'written':
        this.#onWritten(openings, settlements.length, result);
        return 'written';
      case 'busy':
        return this.#onBusy(openings, settlements);
      case 'failed':
        this.#onFailed(openings, settlements, result.error);
        return 'failed';
    }
  }

  #write(openings: readonly QueuedOpening[], settlements: readonly AttemptSettlement[]): BatchResult {
    if (this.#writer === null && performance.now() >= this.#reopenDue) this.#openFile({ atStart: false });
    if (this.#housekeeping?.wantsLock === true) return { kind: 'busy' };
    if (this.#writer !== null) return this.#writer.write(openings, settlements, this.#housekeeping?.closedUntil ?? 0);
    return { kind: 'failed', error: new LedgerWriteError(this.#problem ?? 'the ledger is not open', null) };
  }

  #onWritten(openings: readonly QueuedOpening[], settlements: number, result: BatchResult & { kind: 'written' }): void {
    this.#busySince = null;
    if (this.#problem !== null) {
      this.#problem = null;
      this.#logger.info({ lostRows: this.#lostRows }, 'the ledger can be written again');
    }
    if (result.lostSettlements > 0) {
      this.#lostRows += result.lostSettlements;
      this.#logger.warn({ rows: result.lostSettlements }, 'attempts ended whose rows could not be opened before');
    }
    for (const queued of openings) {
      const failure = result.openingFailures.get(queued) ?? null;
      if (failure !== null) this.#onFaultyRow(queued, failure);
      this.#tell(queued, failure);
    }
    if (this.#openings.length > 0 || this.#settlements.length >= SETTLEMENTS_AT_ONCE) this.#schedule();
    else if (this.#settlements.length > 0) this.#wakeWithin(SETTLEMENT_DELAY_MS);
    this.#housekeeping?.afterBatch(openings.length + settlements);
  }

  #onFaultyRow(queued: QueuedOpening, failure: Error): void {
    if (isLost(queued)) this.#lostRows++;
    this.#logger.error({ err: failure, exchange: queued.opening.exchangeId }, 'a row does not fit the ledger');
  }

  /** Another program's short lock is waited for; a long one is a failure. While it lasts, batches fail at once. */
  #onBusy(openings: QueuedOpening[], settlements: AttemptSettlement[]): 'busy' | 'failed' {
    this.#busySince ??= performance.now();
    if (this.#problem === null && performance.now() - this.#busySince < this.#lockPatienceMs) {
      this.#openings = openings.concat(this.#openings);
      this.#settlements = settlements.concat(this.#settlements);
      this.#wakeWithin(BUSY_RETRY_MS);
      return 'busy';
    }
    const cause = Object.assign(new Error('the lock was not released in time'), { code: 'SQLITE_BUSY' });
    this.#onFailed(openings, settlements, new LedgerWriteError(problemOf(cause, this.#path), cause));
    return 'failed';
  }

  #onFailed(openings: readonly QueuedOpening[], settlements: AttemptSettlement[], error: LedgerWriteError): void {
    this.#busySince = null;
    if (this.#problem === null) this.#logger.error({ err: error }, 'the ledger cannot be written');
    this.#problem = error.message;
    this.#failedBatches++;
    this.#settlements = settlements.concat(this.#settlements);
    this.#dropOldest();
    this.#lostRows += openings.filter(isLost).length;
    for (const queued of openings) this.#tell(queued, error);
    if (this.#openings.length > 0) this.#schedule();
    if (this.#settlements.length > 0) this.#wakeWithin(FAILURE_RETRY_MS);
  }

  #dropOldest(): void {
    const excess = this.#settlements.length - MAX_QUEUED;
    if (excess <= 0) return;
    this.#settlements.splice(0, excess);
    this.#lostRows += excess;
  }

  #tell(queued: QueuedOpening, failure: Error | null): void {
    try {
      queued.onCommitted?.(failure);
    } catch (error) {
      // The others of the batch must hear of their rows all the same.
      const exchange = queued.opening.exchangeId;
      this.#logger.error({ err: error, exchange }, 'what followed on a committed row failed');
    }
  }
}
