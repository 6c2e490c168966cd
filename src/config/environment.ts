import { nearest } from '../std/nearest.ts';
import type { ConfigPath, Finding } from './problem.ts';
import type { Tree, TreeScalar } from './tree.ts';

/** `$$`, `${…}` up to its bracket, or an opened one that never ends; any other `$` is itself. */
const REFERENCE = /\$\$|\$\{([^}]*)(\}?)/g;
/** `NAME` or `NAME:-default`. */
const INSIDE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/**
 * Puts the environment into the values of the tree (never into keys): `${NAME}`, `${NAME:-default}`; `$$` is one `$`.
 * A variable that is not set, or empty, is a finding unless the reference has a default.
 */
export function expandEnvironment(tree: Tree, env: NodeJS.ProcessEnv): { tree: Tree; findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const expanded = expandTree(tree, [], env, findings);
  return { tree: expanded, findings };
}

/** Whether a text as it stands in the file has something in it besides references to the environment. */
export function hasLiteralPart(written: string): boolean {
  return written.replace(REFERENCE, (reference) => (reference === '$$' ? '$' : '')).trim() !== '';
}

function expandTree(tree: Tree, path: ConfigPath, env: NodeJS.ProcessEnv, findings: Finding[]): Tree {
  switch (tree.kind) {
    case 'scalar':
      return typeof tree.value === 'string' && tree.value.includes('$') ? expandText(tree, path, env, findings) : tree;
    case 'list':
      return { ...tree, items: tree.items.map((item, index) => expandTree(item, [...path, index], env, findings)) };
    case 'map': {
      const entries = Array.from(tree.entries, ([key, entry]) => {
        return [key, { ...entry, value: expandTree(entry.value, [...path, key], env, findings) }] as const;
      });
      return { ...tree, entries: new Map(entries) };
    }
  }
}

function expandText(scalar: TreeScalar, path: ConfigPath, env: NodeJS.ProcessEnv, findings: Finding[]): TreeScalar {
  const value = String(scalar.value).replace(REFERENCE, (reference, inside: string | undefined, end: string) => {
    if (reference === '$$') return '$';
    const parts = end === '' ? null : INSIDE.exec(inside ?? '');
    const name = parts?.[1];
    if (name === undefined) {
      findings.push({ at: scalar.at, path, message: NO_REFERENCE });
      return '';
    }
    const found = Object.hasOwn(env, name) ? env[name] : undefined;
    if (found !== undefined && found !== '') return found;
    if (parts?.[2] !== undefined) return parts[2];
    findings.push({ at: scalar.at, path, ...missing(name, found, env) });
    return '';
  });
  return { ...scalar, value };
}

const NO_REFERENCE =
  'has a `${` that is no reference; write ${NAME} or ${NAME:-default}, or $${ for the characters themselves';

function missing(
  name: string,
  found: string | undefined,
  env: NodeJS.ProcessEnv,
): Pick<Finding, 'message' | 'nearest'> {
  const state = found === '' ? 'is empty' : 'is not set';
  const message = `the environment variable ${name} ${state}; set it, or write \${${name}:-default}`;
  return { message, nearest: found === '' ? undefined : nearest(name, namesOf(env), 1)[0] };
}

/** Variables that are set to something: only such a one can have been meant. */
function namesOf(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env).filter((name) => env[name] !== undefined && env[name] !== '');
}
