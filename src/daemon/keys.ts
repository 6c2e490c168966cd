import { copyFileSync, constants, linkSync, readFileSync, rmSync, statSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes, randomInt } from 'node:crypto';
import { OWN_KEY_PREFIX } from '../server/callers.ts';
import { PRIVATE_FILE_MODE, writeFileAtomically } from '../std/atomic-write.ts';
import { Secret } from '../std/secret.ts';
import { errorCode, Problem } from './problem.ts';

/** The client key that every installation has. Its text is kept, so that it can be shown again. */
export interface DefaultKey {
  readonly id: typeof DEFAULT_KEY_ID;
  readonly secret: Secret;
}

export interface Keys {
  readonly clientKey: DefaultKey;
  /** Asked for by everything under `/llmgw/`. */
  readonly adminToken: Secret;
  /** What was found wrong and put right, in sentences. */
  readonly warnings: readonly string[];
}

export const DEFAULT_KEY_ID = 'default';
/** Base 62, so that a double click selects the whole key and no shell minds it. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 40 characters of 62 are 238 bits. */
const RANDOM_CHARACTERS = 40;
/** Shorter ones, written by hand, could be guessed. */
const LEAST_CHARACTERS = 16;
const MOST_BYTES = 4096;

/** The keys in the data folder, made where they are missing. */
export function loadKeys(dataFolder: string): Keys {
  const warnings: string[] = [];
  const clientKey = loadClientKey(dataFolder, warnings);
  const adminToken = loadKey(adminTokenFile(dataFolder), 'llmgw-admin-', warnings);
  return { clientKey, adminToken, warnings };
}

/** The key that clients send, made where it is missing. */
export function loadClientKey(dataFolder: string, warnings: string[] = []): DefaultKey {
  return { id: DEFAULT_KEY_ID, secret: loadKey(clientKeyFile(dataFolder), OWN_KEY_PREFIX, warnings) };
}

/** Where the default key is. */
export function clientKeyFile(dataFolder: string): string {
  return join(dataFolder, 'client-key');
}

/** A key for a client that nobody has had before. */
export function newClientKey(): Secret {
  return new Secret(OWN_KEY_PREFIX + randomText(RANDOM_CHARACTERS));
}

/** The admin token, for talking to a daemon that runs; `null`: no daemon ever made one. */
export function readAdminToken(dataFolder: string): Secret | null {
  return readKey(adminTokenFile(dataFolder));
}

function adminTokenFile(dataFolder: string): string {
  return join(dataFolder, 'admin-token');
}

function loadKey(path: string, prefix: string, warnings: string[]): Secret {
  const found = readKey(path) ?? makeKey(path, prefix);
  const warning = tighten(path);
  if (warning !== null) warnings.push(warning);
  return found;
}

function readKey(path: string): Secret | null {
  let size;
  try {
    size = statSync(path).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw unreadable(path, error);
  }
  const text = size > MOST_BYTES ? '' : readText(path).trim();
  if (text.length < LEAST_CHARACTERS || !/^[\x21-\x7e]+$/.test(text)) {
    throw new Problem('files', `${path} does not hold a key of at least ${LEAST_CHARACTERS} printable characters.`, {
      hint: 'Delete the file: a new key is made at the next start, and clients must be given that one.',
    });
  }
  return new Secret(text);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): Problem {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Problem('files', `The key file ${path} cannot be used: ${why}`, { cause });
}

/**
 * Makes a key under a temporary name and links it to its own, which fails when somebody else did so first: two
 * processes that start at once agree on one key, and nobody ever reads half of one.
 */
function makeKey(path: string, prefix: string): Secret {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const text = prefix + randomText(RANDOM_CHARACTERS);
  try {
    writeFileAtomically(temporary, `${text}\n`);
    putInPlace(temporary, path);
    return new Secret(text);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw unreadable(path, error);
  } finally {
    rmSync(temporary, { force: true });
  }
  const theirs = readKey(path);
  if (theirs === null) throw unreadable(path, new Error('it appeared and vanished while it was read'));
  return theirs;
}

/** Some file systems know no hard links; there the copy that refuses to overwrite must do. */
function putInPlace(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EOPNOTSUPP') throw error;
    copyFileSync(temporary, path, constants.COPYFILE_EXCL);
  }
}

function randomText(characters: number): string {
  let text = '';
  for (let count = 0; count < characters; count += 1) text += ALPHABET.charAt(randomInt(ALPHABET.length));
  return text;
}

/** Windows keeps permissions elsewhere: the folder in AppData is its owner's alone. */
function tighten(path: string): string | null {
  if (process.platform === 'win32') return null;
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return null;
  chmodSync(path, PRIVATE_FILE_MODE);
  const was = `could be read by others (mode ${mode.toString(8)})`;
  return `${path} ${was}; it is now 600. Make a new key if someone may have read it.`;
}
