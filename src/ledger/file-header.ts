import { closeSync, existsSync, openSync, readSync } from 'node:fs';

/** https://www.sqlite.org/fileformat2.html#the_database_header */
const MAGIC = 'SQLite format 3\0';
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;
/** The first page's kind and number of cells: with none the database has no table. */
const PAGE_KIND_OFFSET = 100;
const CELL_COUNT_OFFSET = 103;
const LEAF_OF_TABLE = 0x0d;
/** As much as is read of the file: its header and the beginning of its first page. */
const HEADER_BYTES = 108;

/** What a file says of itself. Where there is a write-ahead log beside it, that may say something newer. */
export type FileHeader =
  /** There is no file, or an empty one. */
  | { readonly kind: 'blank' }
  | { readonly kind: 'no database' }
  | {
      readonly kind: 'database';
      /** SQLite's `user_version` and `application_id`; 0: never set. */
      readonly version: number;
      readonly application: number;
      readonly hasTables: boolean;
    };

/**
 * Reads the header itself: opening another program's or a newer file, even to look, could change it, and opening one
 * that is no database makes SQLite delete the log beside it.
 */
export function readFileHeader(path: string): FileHeader {
  if (!existsSync(path)) return { kind: 'blank' };
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(path, 'r');
  let length: number;
  try {
    length = readSync(descriptor, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  if (length === 0) return { kind: 'blank' };
  if (length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) return { kind: 'no database' };
  return {
    kind: 'database',
    version: header.readUInt32BE(USER_VERSION_OFFSET),
    application: header.readUInt32BE(APPLICATION_ID_OFFSET),
    hasTables: header[PAGE_KIND_OFFSET] !== LEAF_OF_TABLE || header.readUInt16BE(CELL_COUNT_OFFSET) !== 0,
  };
}
