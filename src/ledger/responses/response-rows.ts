import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import type { Connection, Statement } from '../database.ts';
import type { ResponseToStore, StoredResponse } from './response-store.ts';

/** Rows that one step of tidying up deletes, and their bytes: a step holds every request up. */
const ROWS_PER_STEP = 200;
const BYTES_PER_STEP = 4 * 1024 * 1024;
/** Pages of 4 KB that one step gives back to the disk. */
const PAGES_PER_STEP = 1_000;

/** A response as text, ready to be written. */
export interface ResponseTexts {
  readonly input: string;
  readonly response: string;
  /** Of both, as they are stored. */
  readonly bytes: number;
}

interface Row {
  readonly id: string;
  readonly previous_id: string | null;
  readonly model: string;
  readonly created_at: number;
  readonly bytes: number;
  readonly input: string;
  readonly response: string;
}

export interface FoundResponse {
  readonly stored: StoredResponse;
  readonly bytes: number;
}

export function textsOf({ input, response }: ResponseToStore): ResponseTexts {
  const texts = { input: JSON.stringify(input), response: JSON.stringify(response) };
  return { ...texts, bytes: Buffer.byteLength(texts.input) + Buffer.byteLength(texts.response) };
}

/** The statements of the file, prepared once. What SQLite throws goes through. */
export class ResponseRows {
  readonly #connection: Connection;
  readonly #put: Statement;
  readonly #get: Statement;
  readonly #delete: Statement;
  readonly #deleteNumber: Statement;
  readonly #oldest: Statement;
  readonly #outOfTime: Statement;
  readonly #usedBytes: Statement;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#put = connection.prepare(
      `INSERT OR REPLACE INTO responses (id, owner, previous_id, model, created_at, bytes, input, response)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#get = connection.prepare(
      `SELECT id, previous_id, model, created_at, bytes, input, response FROM responses
       WHERE id = ? AND owner = ? AND created_at > ?`,
    );
    this.#delete = connection.prepare('DELETE FROM responses WHERE id = ? AND owner = ?');
    this.#deleteNumber = connection.prepare('DELETE FROM responses WHERE number = ?');
    this.#oldest = connection.prepare('SELECT number, bytes FROM responses ORDER BY number LIMIT ?');
    // Those of a future that a clock was set back from would otherwise stay for as long as it was wrong.
    this.#outOfTime = connection.prepare(
      'SELECT number, bytes FROM responses WHERE created_at <= ? OR created_at > ? LIMIT ?',
    );
    this.#usedBytes = connection
      .prepare(
        `SELECT (page_count - freelist_count) * page_size
         FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
      )
      .pluck();
  }

  put({ id, keyId, previousId, model, createdAt }: ResponseToStore, { input, response, bytes }: ResponseTexts): void {
    this.#put.run(id, ownerOf(keyId), previousId, model, createdAt, bytes, input, response);
  }

  /** `after`: one that is not younger is not there any more. */
  get(id: string, keyId: string | null, after: number): FoundResponse | null {
    const row = this.#get.get(id, ownerOf(keyId), after) as Row | undefined;
    if (row === undefined) return null;
    const stored: StoredResponse = {
      id: row.id,
      model: row.model,
      previousId: row.previous_id,
      createdAt: row.created_at,
      input: (JSON.parse(row.input) as unknown[]).filter(isObject),
      response: JSON.parse(row.response) as JsonObject,
    };
    return { stored, bytes: row.bytes };
  }

  delete(id: string, keyId: string | null): boolean {
    return this.#delete.run(id, ownerOf(keyId)).changes > 0;
  }

  /** The file's size without what is free in it. */
  usedBytes(): number {
    return Number(this.#usedBytes.get());
  }

  /**
   * One step of deleting what is older than `after` or younger than `before` (UTC milliseconds). Gives how many there
   * were: 0 when nothing is left to do.
   */
  deleteOutOfTime(after: number, before: number): number {
    return this.#deleteSome(this.#outOfTime.all(after, before, ROWS_PER_STEP));
  }

  /** One step of deleting the oldest until no more than `maxBytes` are used. Gives how many there were. */
  deleteOldest(maxBytes: number): number {
    const excess = this.usedBytes() - maxBytes;
    if (excess <= 0) return 0;
    return this.#deleteSome(this.#oldest.all(ROWS_PER_STEP), Math.min(excess, BYTES_PER_STEP));
  }

  /** One step of making the file smaller by what is free in it. Gives whether more is left. */
  giveBack(): boolean {
    this.#connection.pragma(`incremental_vacuum(${PAGES_PER_STEP})`);
    return Number(this.#connection.pragma('freelist_count', { simple: true })) > 0;
  }

  /** So that what was deleted is not left in the write-ahead log either. */
  clearLog(): void {
    this.#connection.pragma('wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#connection.close();
  }

  /** The first of these until so many bytes are gone; one at least. */
  #deleteSome(rows: readonly unknown[], bytes: number = BYTES_PER_STEP): number {
    let gone = 0;
    let count = 0;
    const deleteThem = this.#connection.transaction(() => {
      for (const row of rows as readonly { number: number; bytes: number }[]) {
        if (gone >= bytes) return;
        this.#deleteNumber.run(row.number);
        gone += row.bytes;
        count++;
      }
    });
    deleteThem.immediate();
    return count;
  }
}

/** The key's id as it is stored; callers without a key are one owner, whom no key can be. */
function ownerOf(keyId: string | null): string {
  return keyId === null ? '' : `key:${keyId}`;
}
