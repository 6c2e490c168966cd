import type { AttemptOpening, AttemptSettlement, Ledger, LedgerStatus, OnCommitted } from '../../src/ledger/ledger.ts';

export interface LedgerRow {
  readonly opening: AttemptOpening;
  readonly settlements: readonly AttemptSettlement[];
}

/**
 * A ledger that keeps its rows in memory, for tests that look at what was recorded. Like the one in SQLite it commits
 * what was queued in one turn of the event loop at its end, and like it, it can fail to.
 */
export class MemoryLedger implements Ledger {
  /** While set, nothing can be written. */
  failure: Error | null = null;
  /** While `true`, what was queued is not committed. */
  held = false;
  readonly #rows = new Map<string, { opening: AttemptOpening; settlements: AttemptSettlement[] }>();
  #queue: (() => void)[] = [];
  #watchers: (() => void)[] = [];
  #lost = 0;

  /** In the order in which they were opened. */
  get rows(): readonly LedgerRow[] {
    return [...this.#rows.values()];
  }

  open(opening: AttemptOpening, onCommitted: OnCommitted): void {
    this.#enqueue(() => {
      if (this.failure === null) this.#insert(opening);
      else this.#lost++;
      onCommitted(this.failure);
    });
  }

  settle(settlement: AttemptSettlement): void {
    this.#enqueue(() => {
      const row = this.#rows.get(keyOf(settlement));
      if (row === undefined) throw new Error('a row was settled that was not opened');
      row.settlements.push(settlement);
    });
  }

  refuse(opening: AttemptOpening, settlement: AttemptSettlement): void {
    this.#enqueue(() => {
      this.#insert(opening).settlements.push(settlement);
    });
  }

  /** Commits what was held back. */
  release(): void {
    this.held = false;
    this.#drain();
  }

  /** Resolves when so many rows are settled. */
  async settled(count: number): Promise<void> {
    while (this.rows.filter(({ settlements }) => settlements.length > 0).length < count) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  flush(): Promise<void> {
    return new Promise((resolve) => this.#enqueue(resolve));
  }

  status(): LedgerStatus {
    const problem = this.failure?.message ?? null;
    const writable = problem === null;
    return { path: ':memory:', writable, problem, lostRows: this.#lost, keptAside: null, abandonedAtStart: 0 };
  }

  close(): Promise<void> {
    return this.flush();
  }

  #insert(opening: AttemptOpening): { settlements: AttemptSettlement[] } {
    const key = keyOf(opening);
    if (this.#rows.has(key)) throw new Error('a row was opened twice');
    const row = { opening, settlements: [] };
    this.#rows.set(key, row);
    return row;
  }

  #enqueue(step: () => void): void {
    this.#queue.push(step);
    if (this.#queue.length === 1) setImmediate(() => this.#drain());
  }

  #drain(): void {
    if (this.held) return;
    const steps = this.#queue;
    this.#queue = [];
    for (const step of steps) step();
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watch of watchers) watch();
  }
}

function keyOf({ exchangeId, number }: { exchangeId: string; number: number }): string {
  return `${exchangeId} ${number}`;
}
