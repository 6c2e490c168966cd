import type { Connection } from './database.ts';

/** The unit of the roll-up: every time zone's hours and days begin on one. */
export const QUARTER_MS = 15 * 60 * 1000;

/** What a report can group by, and what of an attempt's row that is. `total` is one group, for reports by time. */
export const GROUPINGS = {
  total: `''`,
  // The model as its provider knows it; of an exchange refused before one was chosen, what the client asked for.
  model: `coalesce(
    CASE WHEN substr(target, 1, length(provider) + 1) = provider || '/' THEN substr(target, length(provider) + 2)
    ELSE target END, requested_model, '')`,
  provider: `coalesce(provider, '')`,
  profile: 'profile',
  key: `coalesce(key_id, '')`,
  client: `coalesce(client, '')`,
} as const;
export type Grouping = keyof typeof GROUPINGS;

/** What is summed, by name. No row that is not settled may be among those summed. A sum of nothing known is NULL. */
export const MEASURES = {
  requests: 'sum(final)',
  attempts: 'sum(number > 0)',
  failed: `sum(final = 1 AND outcome IN ('failed', 'refused', 'abandoned'))`,
  estimated: 'coalesce(sum(estimated), 0)',
  unpriced: 'coalesce(sum(unpriced), 0)',
  input_tokens: 'sum(input_tokens)',
  output_tokens: 'sum(output_tokens)',
  cache_read_tokens: 'sum(cache_read_tokens)',
  cache_write_tokens: `sum(CASE WHEN cache_write_5m_tokens IS NOT NULL OR cache_write_1h_tokens IS NOT NULL
    THEN coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0) END)`,
  reasoning_tokens: 'sum(reasoning_tokens)',
  local_tokens: 'sum(CASE WHEN local = 1 THEN coalesce(input_tokens, 0) + coalesce(output_tokens, 0) END)',
  cost_pico: 'sum(cost_pico)',
  saved_pico: 'sum(saved_pico)',
} as const;
export const MEASURE_NAMES = Object.keys(MEASURES) as readonly (keyof typeof MEASURES)[];

/** Rows written in one transaction: what the ledger's own writes may have to wait for. */
const ROWS_PER_TRANSACTION = 500;

/**
 * Closes every quarter before `until`, a quarter's beginning before which nothing will be settled any more. What is
 * summed is put together in a temporary table, which locks nobody out; the ledger is locked only to copy the result, a
 * few quarters at a time. A crash between two of these loses nothing: the rest is done anew the next time.
 */
export function rollUpUntil(connection: Connection, until: number, rowsPerTransaction = ROWS_PER_TRANSACTION): void {
  const state = readState(connection);
  if (until <= state.rolledUpUntil) return;
  collect(connection, state, until);
  try {
    for (const [from, to] of spans(connection, rowsPerTransaction)) copyQuarters(connection, from, to);
    finish(connection, state, until);
  } finally {
    connection.exec('DROP TABLE temp.collected; DROP TABLE temp.collected_quarters;');
  }
}

/** How far the roll-up goes. */
export interface RollUpState {
  /** Everything that was settled before this time is in the roll-up, nothing that was settled later is. */
  readonly rolledUpUntil: number;
  /** Every row with a smaller id is settled and in the roll-up. */
  readonly firstPendingId: number;
}

export function readState(connection: Connection): RollUpState {
  const statement = connection.prepare('SELECT rolled_up_until, first_pending_id FROM ledger_state').raw();
  const [rolledUpUntil, firstPendingId] = statement.get() as [number, number];
  return { rolledUpUntil, firstPendingId };
}

/**
 * The clock was ahead once, and quarters of the future were closed: nothing could be settled before these any more. The
 * roll-up is emptied then; the next one puts it together anew from all attempts.
 */
export function forgetFuture(connection: Connection, now: number): void {
  if (readState(connection).rolledUpUntil <= now + QUARTER_MS) return;
  connection
    .transaction(() => {
      connection.exec('DELETE FROM roll_up; DELETE FROM quarters;');
      connection.exec('UPDATE ledger_state SET rolled_up_until = 0, first_pending_id = 1');
    })
    .immediate();
}

function collect(connection: Connection, state: RollUpState, until: number): void {
  const settled = 'FROM attempts WHERE id >= ? AND settled_at >= ? AND settled_at < ?';
  const quarter = `settled_at / ${QUARTER_MS}`;
  const bounds = [state.firstPendingId, state.rolledUpUntil, until];
  connection.exec(`
    DROP TABLE IF EXISTS temp.collected;
    DROP TABLE IF EXISTS temp.collected_quarters;
    CREATE TEMP TABLE collected AS SELECT * FROM roll_up WHERE false;
    CREATE TEMP TABLE collected_quarters AS SELECT * FROM quarters WHERE false;
  `);
  const measures = MEASURE_NAMES.map((name) => MEASURES[name]).join(', ');
  for (const [grouping, value] of Object.entries(GROUPINGS)) {
    connection
      .prepare(
        `
      INSERT INTO temp.collected (grouping, value, demo, quarter, ${MEASURE_NAMES.join(', ')})
      SELECT '${grouping}', ${value}, demo, ${quarter}, ${measures} ${settled} GROUP BY ${quarter}, ${value}, demo
    `,
      )
      .run(...bounds);
  }
  connection
    .prepare(
      `
    INSERT INTO temp.collected_quarters SELECT ${quarter}, min(id), max(id) ${settled} GROUP BY ${quarter} ORDER BY 1
  `,
    )
    .run(...bounds);
  connection.exec('CREATE INDEX temp.collected_by_quarter ON collected (quarter)');
}

/** Runs of quarters, each with few enough rows for one transaction (or a single quarter). Both ends included. */
function spans(connection: Connection, rowsPerTransaction: number): [number, number][] {
  const counts = connection
    .prepare('SELECT quarter, count(*) FROM temp.collected GROUP BY quarter ORDER BY quarter')
    .raw()
    .all() as [number, number][];
  const result: [number, number][] = [];
  let held = 0;
  for (const [quarter, rows] of counts) {
    const last = result.at(-1);
    if (last !== undefined && held + rows <= rowsPerTransaction) {
      last[1] = quarter;
      held += rows;
    } else {
      result.push([quarter, quarter]);
      held = rows;
    }
  }
  return result;
}

function copyQuarters(connection: Connection, from: number, to: number): void {
  connection
    .transaction(() => {
      const within = 'WHERE quarter BETWEEN ? AND ?';
      connection.prepare(`INSERT INTO roll_up SELECT * FROM temp.collected ${within}`).run(from, to);
      connection.prepare(`INSERT INTO quarters SELECT * FROM temp.collected_quarters ${within}`).run(from, to);
      connection.prepare('UPDATE ledger_state SET rolled_up_until = ?').run((to + 1) * QUARTER_MS);
    })
    .immediate();
}

function finish(connection: Connection, state: RollUpState, until: number): void {
  // One statement, so one view of the file: between two, a row could be opened that neither of them saw.
  const firstPending = connection
    .prepare(
      `
      SELECT coalesce(
        (SELECT min(id) FROM attempts WHERE id >= ? AND (settled_at IS NULL OR settled_at >= ?)),
        (SELECT max(id) + 1 FROM attempts),
        1)
    `,
    )
    .pluck()
    .get(state.firstPendingId, until);
  connection
    .prepare('UPDATE ledger_state SET rolled_up_until = ?, first_pending_id = ?')
    .run(until, Number(firstPending));
}
