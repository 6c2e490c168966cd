import { RESERVED_PROVIDER_NAMES } from '../canonical/reserved-names.ts';
import { PROVIDERS } from '../providers/table.ts';
import { isLoopbackHost } from '../std/loopback.ts';
import { nearest } from '../std/nearest.ts';
import { findCycles } from './cycles.ts';
import { shownValue } from './explain.ts';
import type { Finding } from './problem.ts';
import { groupConflicts } from './group-rules.ts';
import { profileConflicts } from './profile-rules.ts';
import { weakMasterKey } from './secret-places.ts';
import { childrenOf, keyOffsetAt, partAt, textsAt } from './tree.ts';
import type { LocatedText, Tree } from './tree.ts';

/**
 * What must hold between the parts of the file. Works on what the file says and not on what the schema made of it, so
 * that one wrong value somewhere does not hide these mistakes until the next try.
 */
export function findConflicts(tree: Tree): Finding[] {
  return [
    ...openBeyondLoopback(tree),
    ...weakMasterKey(tree),
    ...claimsToOneName(tree),
    ...providersWithoutAddress(tree),
    ...accountsOfOthers(tree),
    ...groupConflicts(tree),
    ...profileConflicts(tree),
    ...findCycles(tree),
  ];
}

/** Without a key every program that reaches the port could spend: only programs of this machine may. */
function openBeyondLoopback(tree: Tree): Finding[] {
  const [auth] = textsAt(tree, ['server', 'auth']);
  const [host] = textsAt(tree, ['server', 'host']);
  if (auth?.text !== 'open' || host === undefined || isLoopbackHost(host.text.trim())) return [];
  const message =
    `is \`open\` while server.host ${shownValue(tree, host.path)} can be reached from elsewhere; ` +
    'write `auth: key`, or listen on 127.0.0.1';
  return [{ at: auth.at, path: auth.path, message }];
}

/** `name/model` must mean one place: servers, configured providers and known providers share their names. */
function claimsToOneName(tree: Tree): Finding[] {
  const known = new Set(PROVIDERS.map(({ id }) => id));
  const configured = new Set(childrenOf(partAt(tree, ['providers'])).map(([id]) => String(id)));
  const seen = new Map<string, LocatedText>();
  const findings: Finding[] = [];
  for (const server of textsAt(tree, ['servers', '*', 'name'])) {
    const owner = ownerOf(server.text, known, configured, seen);
    seen.set(server.text, seen.get(server.text) ?? server);
    if (owner === null) continue;
    const message = `${shownValue(tree, server.path)} ${owner}; choose another name`;
    findings.push({ at: server.at, path: server.path, message });
  }
  for (const id of configured) {
    if (!RESERVED_PROVIDER_NAMES.has(id)) continue;
    const path = ['providers', id];
    const message = `the name \`${id}\` is used by llmgw itself; choose another`;
    findings.push({ at: keyOffsetAt(tree, path), path, message });
  }
  return findings;
}

function ownerOf(
  name: string,
  known: ReadonlySet<string>,
  configured: ReadonlySet<string>,
  seen: ReadonlyMap<string, LocatedText>,
): string | null {
  const other = seen.get(name);
  if (other !== undefined) return `is the name of servers[${String(other.path[1])}] already`;
  if (RESERVED_PROVIDER_NAMES.has(name)) return 'is used by llmgw itself';
  if (configured.has(name)) return 'is one of `providers:` in this file already';
  return known.has(name) ? 'is the name of a cloud provider' : null;
}

function providersWithoutAddress(tree: Tree): Finding[] {
  const known = PROVIDERS.map(({ id }) => id);
  return childrenOf(partAt(tree, ['providers'])).flatMap(([id, provider]) => {
    const isKnown = known.includes(String(id)) || partAt(provider, ['type']) !== null;
    if (isKnown || partAt(provider, ['base_url']) !== null) return [];
    const path = ['providers', String(id)];
    const message = 'is not a provider that llmgw knows; give its base_url';
    return [{ at: keyOffsetAt(tree, path), path, message, nearest: nearest(String(id), known, 1)[0] }];
  });
}

/** The name of a provider means that provider, whatever an entry says. */
function accountsOfOthers(tree: Tree): Finding[] {
  const known = new Set(PROVIDERS.map(({ id }) => id));
  return textsAt(tree, ['providers', '*', 'type']).flatMap(({ at, path, text }) => {
    const id = String(path[1]);
    if (id === text || !known.has(id)) return [];
    const message = `is another provider than \`${id}\`, whose name this is; give the entry a name of its own`;
    return [{ at, path, message }];
  });
}
