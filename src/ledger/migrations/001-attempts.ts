import type { Migration } from './migration.ts';

/**
 * One row per attempt. There is no index but the unique one: each costs every exchange 1 to 6 µs (bench/ledger.js).
 * What would be looked up by time is found by `first_pending_id` instead, the id below which every row is settled and
 * in the roll-up. `room` holds zeros until the row is settled, so that settling does not make the row longer than
 * its place, which would split pages (15 % of an exchange at one connection).
 */
export const attempts: Migration = {
  number: 1,
  name: 'attempts',
  sql: `
    CREATE TABLE attempts (
      id INTEGER PRIMARY KEY,
      exchange_id TEXT NOT NULL,
      number INTEGER NOT NULL,
      opened_at INTEGER NOT NULL,
      endpoint TEXT NOT NULL,
      target TEXT,
      provider TEXT,
      local INTEGER,
      requested_model TEXT,
      stream INTEGER NOT NULL,
      client TEXT,
      key_id TEXT,
      profile TEXT NOT NULL,
      demo INTEGER NOT NULL,
      room BLOB,
      outcome TEXT,
      final INTEGER,
      status INTEGER,
      error_code TEXT,
      actual_model TEXT,
      upstream_request_id TEXT,
      upstream_response_id TEXT,
      first_token_at INTEGER,
      settled_at INTEGER,
      input_tokens INTEGER,
      output_tokens INTEGER,
      cache_read_tokens INTEGER,
      cache_write_5m_tokens INTEGER,
      cache_write_1h_tokens INTEGER,
      input_audio_tokens INTEGER,
      output_audio_tokens INTEGER,
      image_tokens INTEGER,
      reasoning_tokens INTEGER,
      estimated INTEGER,
      cost_pico INTEGER,
      unpriced INTEGER,
      price_version TEXT,
      stood_in_for TEXT,
      saved_pico INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX attempts_by_exchange ON attempts (exchange_id, number);
    CREATE TABLE ledger_state (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      rolled_up_until INTEGER NOT NULL,
      first_pending_id INTEGER NOT NULL
    ) STRICT;
    INSERT INTO ledger_state (only, rolled_up_until, first_pending_id) VALUES (1, 0, 1);
  `,
};
