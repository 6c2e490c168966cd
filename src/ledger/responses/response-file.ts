import { rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makePrivateFolder } from '../../std/atomic-write.ts';
import { openDatabase } from '../database.ts';
import type { Connection } from '../database.ts';
import { readFileHeader } from '../file-header.ts';
import { isDamage } from '../ledger-errors.ts';
import { makePrivateFile } from '../private-file.ts';

/** `LLMR`, in the file's header: how the file is told from another program's database. */
export const RESPONSES_APPLICATION_ID = 0x4c4c4d52;
/** What the file holds is there for a day: one of another format is begun anew, there is nothing to migrate. */
export const RESPONSES_FORMAT = 1;

/** Files up to this size are checked when they are opened; damage in a larger one is met when it is used. */
const CHECKED_BYTES = 2 * 1024 * 1024;
/** What the write-ahead log is cut back to when it is begun anew. */
const LOG_BYTES = 4 * 1024 * 1024;

/** Content stands last, so that a row's other columns are read without it. `owner`: see `ownerOf`. */
const SCHEMA = `
  CREATE TABLE responses (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    previous_id TEXT,
    model TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    input TEXT NOT NULL,
    response TEXT NOT NULL,
    UNIQUE (id, owner)
  ) STRICT;
  CREATE INDEX responses_by_age ON responses (created_at);
`;

export interface OpenedResponses {
  readonly connection: Connection;
  /** The file was damaged, or of another format: what it held is gone. */
  readonly begunAnew: boolean;
}

/** The file is a database of another program. It is refused and left as it is. */
export class ResponsesForeignError extends Error {
  constructor(path: string) {
    super(`${path} is a SQLite database of another program, not of llmgw: move it away`);
    this.name = 'ResponsesForeignError';
  }
}

/**
 * Opens the file, which is made when it is missing, and made anew when it is damaged: a copy kept aside would keep what
 * was promised to be gone in a day. Throws `ResponsesForeignError`, and what the system says when it cannot be opened.
 */
export function openResponseFile(path: string): OpenedResponses {
  makePrivateFolder(dirname(path));
  const header = readFileHeader(path);
  let begunAnew = header.kind === 'no database';
  if (header.kind === 'database') {
    const isOurs = header.application === RESPONSES_APPLICATION_ID;
    if (!isOurs && (header.application !== 0 || header.version !== 0 || header.hasTables)) {
      throw new ResponsesForeignError(path);
    }
    begunAnew = isOurs && header.version !== RESPONSES_FORMAT;
  }
  if (begunAnew) removeResponseFile(path);
  try {
    return { connection: openWhole(path), begunAnew };
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  removeResponseFile(path);
  return { connection: openWhole(path), begunAnew: true };
}

/** Removes the file and the two that SQLite has beside it. */
export function removeResponseFile(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

function openWhole(path: string): Connection {
  makePrivateFile(path);
  const connection = openDatabase(path, { timeout: 0 });
  try {
    // Takes effect only before the first table; by it a file becomes smaller again.
    connection.pragma('auto_vacuum = INCREMENTAL');
    connection.pragma('journal_mode = WAL');
    // Nothing here is worth a wait for the disk, which would hold every request up. A program that crashes loses
    // nothing by it; a machine that does may leave a damaged file, which is begun anew.
    connection.pragma('synchronous = OFF');
    connection.pragma(`journal_size_limit = ${LOG_BYTES}`);
    // What is deleted is overwritten with zeros.
    connection.pragma('secure_delete = ON');
    makeTables(connection, path);
    if (statSync(path).size <= CHECKED_BYTES) check(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function makeTables(connection: Connection, path: string): void {
  const format = Number(connection.pragma('user_version', { simple: true }));
  const application = Number(connection.pragma('application_id', { simple: true }));
  if (application === RESPONSES_APPLICATION_ID) {
    if (format === RESPONSES_FORMAT) return;
    throw new DamagedResponsesError(`its format is ${format}`);
  }
  const tables = Number(connection.prepare('SELECT count(*) FROM sqlite_schema').pluck().get());
  // The header may have been blank while the write-ahead log was not.
  if (application !== 0 || format !== 0 || tables !== 0) throw new ResponsesForeignError(path);
  connection
    .transaction(() => {
      connection.exec(SCHEMA);
      connection.pragma(`application_id = ${RESPONSES_APPLICATION_ID}`);
      connection.pragma(`user_version = ${RESPONSES_FORMAT}`);
    })
    .immediate();
}

function check(connection: Connection): void {
  const verdict = connection.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw new DamagedResponsesError(String(verdict));
}

class DamagedResponsesError extends Error {
  readonly code = 'SQLITE_CORRUPT';
}
