import type { ConfigPath } from './problem.ts';

/** What a config file says, with the place of everything in its text. Offsets count UTF-16 units from the start. */
export type Tree = TreeMap | TreeList | TreeScalar;

export interface TreeMap {
  readonly kind: 'map';
  readonly at: number;
  readonly entries: ReadonlyMap<string, TreeEntry>;
}

export interface TreeEntry {
  readonly keyAt: number;
  readonly value: Tree;
}

export interface TreeList {
  readonly kind: 'list';
  readonly at: number;
  readonly items: readonly Tree[];
}

export interface TreeScalar {
  readonly kind: 'scalar';
  readonly at: number;
  readonly value: string | number | boolean | null;
  /** The text before `${NAME}` was replaced: what can be shown, and found in the file. */
  readonly written: string;
}

/** The tree as plain data. Maps have no prototype, so that no key is one of `Object`'s. */
export function plainValue(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plainValue);
    case 'map': {
      const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
      for (const [key, { value }] of tree.entries) plain[key] = plainValue(value);
      return plain;
    }
  }
}

/** The part of the tree at a path; `null`: nothing is there. */
export function partAt(tree: Tree, path: ConfigPath): Tree | null {
  let part: Tree | undefined = tree;
  for (const step of path) {
    if (part?.kind === 'map') part = part.entries.get(String(step))?.value;
    else part = part?.kind === 'list' ? part.items[Number(step)] : undefined;
  }
  return part ?? null;
}

/** Where to point for a path: at its value, or where it is missing at the nearest thing around it. */
export function offsetAt(tree: Tree, path: ConfigPath): number {
  for (let length = path.length; length > 0; length--) {
    const part = partAt(tree, path.slice(0, length));
    if (part !== null) return part.at;
  }
  return tree.at;
}

/** Where the key that ends a path stands. */
export function keyOffsetAt(tree: Tree, path: ConfigPath): number {
  const around = partAt(tree, path.slice(0, -1));
  const entry = around?.kind === 'map' ? around.entries.get(String(path.at(-1))) : undefined;
  return entry?.keyAt ?? offsetAt(tree, path);
}

/** A text of the file, and where it stands. */
export interface LocatedText {
  readonly path: ConfigPath;
  readonly at: number;
  readonly text: string;
}

/** Every text whose path matches, in the order of the file; `*` is any key or index. Other values are passed over. */
export function textsAt(tree: Tree, pattern: ConfigPath): LocatedText[] {
  const [step, ...rest] = pattern;
  if (step === undefined) {
    const text = tree.kind === 'scalar' ? tree.value : null;
    return typeof text === 'string' ? [{ path: [], at: tree.at, text }] : [];
  }
  return childrenOf(tree)
    .filter(([name]) => step === '*' || step === name)
    .flatMap(([name, child]) => textsAt(child, rest).map((found) => ({ ...found, path: [name, ...found.path] })));
}

/** Keys or indexes of a map or list, each with what it holds. */
export function childrenOf(tree: Tree | null): [string | number, Tree][] {
  if (tree?.kind === 'map') return Array.from(tree.entries, ([key, { value }]) => [key, value]);
  return tree?.kind === 'list' ? tree.items.map((item, index) => [index, item]) : [];
}
