import type { Migration } from './migration.ts';

/**
 * The roll-up: what was settled in a quarter hour, once for each way of grouping. Every report groups by one thing, so
 * sums per thing and quarter are all it needs; the product of all things would have as many rows as there are attempts
 * when a team uses many models with many keys. The key's order lets a report sum without sorting.
 * `quarters` says between which ids the attempts of a closed quarter lie, for reports that begin or end within one.
 */
export const rollUp: Migration = {
  number: 2,
  name: 'roll-up',
  sql: `
    CREATE TABLE roll_up (
      grouping TEXT NOT NULL,
      value TEXT NOT NULL,
      demo INTEGER NOT NULL,
      quarter INTEGER NOT NULL,
      requests INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      estimated INTEGER NOT NULL,
      unpriced INTEGER NOT NULL,
      input_tokens INTEGER,
      output_tokens INTEGER,
      cache_read_tokens INTEGER,
      cache_write_tokens INTEGER,
      reasoning_tokens INTEGER,
      local_tokens INTEGER,
      cost_pico INTEGER,
      saved_pico INTEGER,
      PRIMARY KEY (grouping, value, demo, quarter)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE quarters (
      quarter INTEGER PRIMARY KEY,
      first_id INTEGER NOT NULL,
      last_id INTEGER NOT NULL
    ) STRICT;
  `,
};
