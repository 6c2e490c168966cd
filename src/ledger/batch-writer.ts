import { writeFileSync } from 'node:fs';
import { attemptRows } from './attempt-rows.ts';
import type { AttemptRows } from './attempt-rows.ts';
import type { Connection, Statement } from './database.ts';
import type { AttemptOpening, AttemptSettlement, OnCommitted } from './ledger.ts';
import { isBusy, isDamage, LedgerWriteError, sqliteCode } from './ledger-errors.ts';
import { damageMark } from './ledger-file.ts';

/** A row that waits to be inserted: an attempt about to be sent, or (with a `refusal`) one that is settled already. */
export interface QueuedOpening {
  readonly opening: AttemptOpening;
  readonly refusal: AttemptSettlement | null;
  readonly onCommitted: OnCommitted | null;
}

/** A refusal is over, and a local call goes on without its row; a paid one is not made, so nothing of it is lost. */
export function isLost({ opening, refusal }: QueuedOpening): boolean {
  return refusal !== null || opening.locality === 'local';
}

export type BatchResult =
  /** Everything is in the file but the rows that failed by themselves (a second row for one attempt). */
  | {
      readonly kind: 'written';
      readonly openingFailures: ReadonlyMap<QueuedOpening, Error>;
      readonly lostSettlements: number;
    }
  /** Another program has the lock; nothing was written. */
  | { readonly kind: 'busy' }
  /** Nothing was written. */
  | { readonly kind: 'failed'; readonly error: LedgerWriteError };

const NO_FAILURES: ReadonlyMap<QueuedOpening, Error> = new Map();

/** Writes batches, each in one transaction, and says how it went; never throws for what the disk or a row does. */
export class BatchWriter {
  readonly #path: string;
  readonly #connection: Connection;
  readonly #rows: AttemptRows;
  readonly #begin: Statement;
  readonly #commit: Statement;

  constructor(path: string, connection: Connection) {
    this.#path = path;
    this.#connection = connection;
    this.#rows = attemptRows(connection);
    this.#begin = connection.prepare('BEGIN IMMEDIATE');
    this.#commit = connection.prepare('COMMIT');
  }

  /** `earliest`: the time before which nothing may be settled any more. */
  write(openings: readonly QueuedOpening[], settlements: readonly AttemptSettlement[], earliest: number): BatchResult {
    try {
      this.#begin.run();
      const openingFailures = this.#insert(openings, earliest);
      const lostSettlements = this.#settle(settlements, earliest);
      this.#commit.run();
      return { kind: 'written', openingFailures, lostSettlements };
    } catch (thrown) {
      const error = this.#rollBack() ?? thrown;
      if (isBusy(error)) return { kind: 'busy' };
      if (isDamage(error)) markDamage(this.#path);
      return { kind: 'failed', error: new LedgerWriteError(problemOf(error, this.#path), error) };
    }
  }

  close(): void {
    this.#connection.close();
  }

  /** After a full disk SQLite has rolled back by itself. Gives what went wrong with it. */
  #rollBack(): unknown {
    if (!this.#connection.inTransaction) return null;
    try {
      this.#connection.exec('ROLLBACK');
      return null;
    } catch (error) {
      return error;
    }
  }

  #insert(openings: readonly QueuedOpening[], earliest: number): ReadonlyMap<QueuedOpening, Error> {
    let failures: Map<QueuedOpening, Error> | null = null;
    for (const queued of openings) {
      try {
        if (queued.refusal === null) this.#rows.open(queued.opening);
        else this.#rows.refuse(queued.opening, queued.refusal, earliest);
      } catch (error) {
        if (!isFaultOfRow(error)) throw error;
        failures ??= new Map();
        failures.set(queued, error);
      }
    }
    return failures ?? NO_FAILURES;
  }

  #settle(settlements: readonly AttemptSettlement[], earliest: number): number {
    let lost = 0;
    for (const settlement of settlements) {
      try {
        if (!this.#rows.settle(settlement, earliest)) lost++;
      } catch (error) {
        if (!isFaultOfRow(error)) throw error;
        lost++;
      }
    }
    return lost;
  }
}

/** A value or key that the table refuses: the others of the batch are none the worse for it. */
function isFaultOfRow(error: unknown): error is Error {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return sqliteCode(error)?.startsWith('SQLITE_CONSTRAINT') ?? false;
}

/** So that the next start keeps the file aside: its own check does not read the middle of a large file. */
function markDamage(path: string): void {
  try {
    writeFileSync(damageMark(path), '');
  } catch {
    // A disk that takes no mark either: the damage is met again after the next start, and the status tells of it now.
    return;
  }
}

/** What is wrong, in a sentence for a person. */
export function problemOf(error: unknown, path: string): string {
  const code = sqliteCode(error) ?? '';
  if (code.startsWith('SQLITE_FULL')) return `the disk is full: the ledger ${path} cannot be written`;
  if (code.startsWith('SQLITE_BUSY')) return `another program has locked the ledger ${path}`;
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(code)) {
    return `the ledger ${path} is not writable: check its permissions`;
  }
  if (isDamage(error)) return `the ledger ${path} is damaged: restart llmgw, which keeps it aside and begins a new one`;
  const detail = error instanceof Error ? error.message : String(error);
  return `the ledger ${path} cannot be written: ${detail}`;
}
