import type { ConfigPath } from './problem.ts';
import type { Tree } from './tree.ts';

const PRICES: ConfigPath = ['models', '*', 'deployments', '*', 'price', '*'];

/** The tree with every price as the text that it is in the file: a float could not hold all of its digits. */
export function withPricesAsWritten(tree: Tree): Tree {
  return asWrittenAt(tree, PRICES);
}

function asWrittenAt(tree: Tree, pattern: ConfigPath): Tree {
  const [step, ...rest] = pattern;
  if (step === undefined) {
    const isNumber = tree.kind === 'scalar' && typeof tree.value === 'number' && tree.written !== '';
    return isNumber ? { ...tree, value: tree.written } : tree;
  }
  if (tree.kind === 'list') return { ...tree, items: tree.items.map((item) => asWrittenAt(item, rest)) };
  if (tree.kind === 'scalar') return tree;
  const entries = Array.from(tree.entries, ([key, entry]) => {
    const isMeant = step === '*' || step === key;
    return [key, isMeant ? { ...entry, value: asWrittenAt(entry.value, rest) } : entry] as const;
  });
  return { ...tree, entries: new Map(entries) };
}
