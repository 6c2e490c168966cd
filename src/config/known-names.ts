import { SERVER_KINDS } from '../canonical/model.ts';
import { RESERVED_PROVIDER_NAMES } from '../canonical/reserved-names.ts';
import { PROVIDERS } from '../providers/table.ts';
import { childrenOf, partAt, textsAt } from './tree.ts';
import type { Tree } from './tree.ts';

/** The names that a file can refer to, as far as the file alone tells. */
export interface NamesOfFile {
  /** Of `models:`, and of access groups. */
  readonly groups: ReadonlySet<string>;
  /** Those of `models:` that stand for many names. */
  readonly wildcards: readonly string[];
  /** What can stand before a slash: servers and providers, of the file or known. */
  readonly owners: ReadonlySet<string>;
}

/** Each reference is compared with every wildcard: with more of them any name is taken for one. */
const MAX_WILDCARDS = 200;
const OWN_PREFIX = 'llmgw/';

export function namesOfFile(tree: Tree): NamesOfFile {
  const groups = keysAt(tree, 'models');
  const access = textsAt(tree, ['models', '*', 'access_groups', '*']).map(({ text }) => text);
  const servers = textsAt(tree, ['servers', '*', 'name']).map(({ text }) => text);
  return {
    groups: new Set([...groups, ...access]),
    wildcards: groups.filter((name) => name.includes('*')),
    owners: new Set([
      ...PROVIDERS.map(({ id }) => id),
      ...RESERVED_PROVIDER_NAMES,
      ...SERVER_KINDS,
      ...keysAt(tree, 'providers'),
      ...servers,
    ]),
  };
}

/** Whether a name is one of `models:`, exactly or by a wildcard. */
export function isOfGroup({ groups, wildcards }: NamesOfFile, name: string): boolean {
  const plain = name.startsWith(OWN_PREFIX) ? name.slice(OWN_PREFIX.length) : name;
  if (groups.has(plain) || wildcards.length > MAX_WILDCARDS) return true;
  return wildcards.some((pattern) => matches(pattern, plain));
}

/** Whether a name is of the form `server/model` or `provider/model`; `null` otherwise. */
export function ownerOf({ owners }: NamesOfFile, name: string): string | null {
  const slash = name.indexOf('/');
  if (slash < 0) return null;
  const before = name.slice(0, slash);
  // A server that is found on another port than its kind's own has the port in its name.
  return owners.has(before) || owners.has(before.replace(/-\d+$/, '')) ? before : null;
}

/** Whether a server here may have a model of this very name, as `llama3.2:3b` and `org/model`. */
export function mayBeServed(name: string): boolean {
  return /[:/]/.test(name);
}

/** Each part between two stars must follow the one before it. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

function keysAt(tree: Tree, section: string): string[] {
  return childrenOf(partAt(tree, [section])).map(([name]) => String(name));
}
