import type Database from 'better-sqlite3';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { NativeBindingMissingError } from './ledger-errors.ts';

export type Connection = Database.Database;
export type Statement = Database.Statement;
type DatabaseClass = typeof Database;

const loaded = new Map<string, DatabaseClass>();

/**
 * better-sqlite3, loaded at the first call and not before: `llmgw --help` has no need of it.
 * Throws `NativeBindingMissingError` when its compiled part cannot be loaded. `from`: the file it is resolved from.
 */
export function loadDatabase(from: string = import.meta.url): DatabaseClass {
  const known = loaded.get(from);
  if (known !== undefined) return known;
  const require = createRequire(from);
  try {
    const found = require('better-sqlite3') as DatabaseClass;
    // The compiled part is loaded by the first connection, not by the module.
    new found(':memory:').close();
    loaded.set(from, found);
    return found;
  } catch (error) {
    if (isBindingFailure(error)) throw new NativeBindingMissingError(installFolder(require), error);
    throw error;
  }
}

/** Opens a file. Throws what `loadDatabase` and SQLite throw. */
export function openDatabase(path: string, options: Database.Options): Connection {
  return new (loadDatabase())(path, options);
}

function isBindingFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.message.startsWith('Could not locate the bindings file')) return true;
  return 'code' in error && (error.code === 'ERR_DLOPEN_FAILED' || error.code === 'MODULE_NOT_FOUND');
}

/** The folder whose `node_modules` holds better-sqlite3: where `npm rebuild` has to be run. */
function installFolder(require: NodeJS.Require): string {
  const [nearest] = require.resolve.paths('better-sqlite3') ?? [];
  try {
    return dirname(dirname(dirname(require.resolve('better-sqlite3/package.json'))));
  } catch (error) {
    if (!isBindingFailure(error)) throw error;
    return nearest === undefined ? process.cwd() : dirname(nearest);
  }
}
