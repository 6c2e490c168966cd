/** The file was written by a newer llmgw. It is refused and left as it is. */
export class LedgerTooNewError extends Error {
  readonly path: string;

  constructor(path: string, fileVersion: number, knownVersion: number) {
    super(
      `the ledger ${path} has format ${fileVersion}, this llmgw knows formats up to ${knownVersion}: ` +
        'update llmgw, or move the file away to begin a new one',
    );
    this.name = 'LedgerTooNewError';
    this.path = path;
  }
}

/** The file is a database of another program. It is refused and left as it is. */
export class LedgerForeignError extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} is a SQLite database of another program, not a ledger of llmgw: move it away`);
    this.name = 'LedgerForeignError';
    this.path = path;
  }
}

/** A row could not be written: the disk is full, the file is locked, read-only or damaged. */
export class LedgerWriteError extends Error {
  constructor(problem: string, cause: unknown) {
    super(problem, { cause });
    this.name = 'LedgerWriteError';
  }
}

/** better-sqlite3 is there but its compiled part is not, or is one for another Node. One sentence, with the command. */
export class NativeBindingMissingError extends Error {
  constructor(folder: string, cause: unknown) {
    super(
      `the compiled part of better-sqlite3 is missing or is for another Node than ${process.version}: ` +
        `run \`npm rebuild better-sqlite3\` in ${folder}`,
      { cause },
    );
    this.name = 'NativeBindingMissingError';
  }
}

/** SQLite's name of a failure (`SQLITE_FULL`, `SQLITE_BUSY_SNAPSHOT`), or `null` when the error is not SQLite's. */
export function sqliteCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return error.code.startsWith('SQLITE_') ? error.code : null;
}

/** The file is no database, or one that is damaged. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB'));
}

/** Somebody else holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith('SQLITE_BUSY') ?? false;
}

/** What the disk, its permissions or another program's lock does: it can be over at the next try. */
export function isFaultOfSystem(error: unknown): boolean {
  if (sqliteCode(error) !== null) return true;
  return error instanceof Error && 'code' in error && SYSTEM_CODES.has(String(error.code));
}

const SYSTEM_CODES = new Set(['EACCES', 'EPERM', 'ENOSPC', 'EROFS', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'EBUSY']);

/** The file cannot be read: it is damaged, locked, or somebody else's. */
export class LedgerReadError extends Error {
  constructor(path: string, cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    super(
      isDamage(cause)
        ? `the ledger ${path} is damaged; the next start of the daemon keeps it aside and begins a new one`
        : `the ledger ${path} cannot be read: ${detail}`,
      { cause },
    );
    this.name = 'LedgerReadError';
  }
}
