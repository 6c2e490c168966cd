import { isLoopbackHost } from '../std/loopback.ts';
import { hasLiteralPart } from './environment.ts';
import { shownValue } from './explain.ts';
import { isKeychainReference } from './fields.ts';
import type { ConfigPath, Finding } from './problem.ts';
import { partAt, textsAt } from './tree.ts';
import type { LocatedText, Tree } from './tree.ts';

const ENTRIES: readonly ConfigPath[] = [
  ['servers', '*'],
  ['providers', '*'],
];

/** Where a file can hold keys. */
const KEYS: readonly ConfigPath[] = [
  ['server', 'master_key'],
  ...ENTRIES.map((entry) => [...entry, 'api_key']),
  ['providers', '*', 'aws', '*'],
];

/** Where llmgw's own form has headers. */
export const NATIVE_HEADERS: readonly ConfigPath[] = [
  ['providers', '*', 'headers', '*'],
  ['models', '*', 'deployments', '*', 'headers', '*'],
];
/** Headers whose values are keys. */
const KEY_HEADER = /auth|cookie|key|secret|token/i;

/** What is said of each of them. */
export const READABLE_KEY =
  'other users of this machine can read this key; `chmod 600` the file, or write "${NAME}" for it';

/** Keys that are written out in a file that others can read. */
export function exposedKeys(tree: Tree): Finding[] {
  const keys = [...KEYS.flatMap((place) => textsAt(tree, place)), ...keyHeaders(tree, NATIVE_HEADERS)];
  return keys.flatMap(({ at, path }) => {
    const part = partAt(tree, path);
    if (part?.kind !== 'scalar' || !hasLiteralPart(part.written) || isKeychainReference(part.written)) return [];
    return [{ at, path, message: READABLE_KEY }];
  });
}

/** The headers at these places whose values are keys. */
export function keyHeaders(tree: Tree, places: readonly ConfigPath[]): LocatedText[] {
  const headers = places.flatMap((place) => textsAt(tree, place));
  return headers.filter(({ path }) => KEY_HEADER.test(String(path.at(-1))));
}

/** Keys that anybody on the way can read. */
export function keysInClear(tree: Tree): Finding[] {
  return ENTRIES.flatMap((entry) => textsAt(tree, [...entry, 'base_url'])).flatMap(({ at, path, text }) => {
    const url = new URL(text.trim());
    const hasKey = partAt(tree, [...path.slice(0, -1), 'api_key']) !== null;
    if (url.protocol !== 'http:' || isLoopbackHost(url.hostname) || !hasKey) return [];
    return [{ at, path, message: 'the api_key goes over the network unencrypted; use https:// if the server can' }];
  });
}

/** Shorter keys can be found by trying. */
const LEAST_CHARACTERS = 16;
/** What LiteLLM's documentation has, and so every scanner tries first. */
const WELL_KNOWN = 'sk-1234';

/** Whether a key of the user's own is good on this machine only: whoever can reach the port would guess it. */
export function isWeakMasterKey(key: string): boolean {
  return key.length < LEAST_CHARACTERS || key.startsWith(WELL_KNOWN);
}

export function weakMasterKey(tree: Tree): Finding[] {
  const [key] = textsAt(tree, ['server', 'master_key']);
  const [host] = textsAt(tree, ['server', 'host']);
  if (key === undefined || host === undefined || isLoopbackHost(host.text.trim())) return [];
  return isKeychainReference(key.text) || !isWeakMasterKey(key.text.trim()) ? [] : [weakAt(tree, key, host)];
}

function weakAt(tree: Tree, key: LocatedText, host: LocatedText): Finding {
  const message =
    `is easily guessed while server.host ${shownValue(tree, host.path)} can be reached from elsewhere; ` +
    `take one of ${LEAST_CHARACTERS} characters or more, as \`openssl rand -hex 24\` gives`;
  return { at: key.at, path: key.path, message };
}

/** A master key that is asked of nobody. */
export function idleMasterKey(tree: Tree): Finding[] {
  const [auth] = textsAt(tree, ['server', 'auth']);
  const [key] = textsAt(tree, ['server', 'master_key']);
  if (auth?.text !== 'open' || key === undefined) return [];
  return [{ at: key.at, path: key.path, message: 'is asked of no caller while server.auth is `open`' }];
}
