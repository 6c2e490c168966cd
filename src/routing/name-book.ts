import type { ModelGroup } from '../canonical/model-group.ts';
import { compileRules } from './auto-rules.ts';
import type { AutoRules } from './auto-rules.ts';

/** Names that stand for others, the way they are looked up: exact ones first, then wildcards. */
export interface NameBook {
  readonly exact: ReadonlyMap<string, Entry>;
  /** Those with the longest literal part first. */
  readonly wildcards: readonly Wildcard[];
}

/** A name of the config with its rules made ready. */
export interface Entry {
  readonly group: ModelGroup;
  readonly rules: AutoRules;
}

interface Wildcard extends Entry {
  /** What stands before the first `*`, between each two and behind the last: one more than there are of them. */
  readonly parts: readonly string[];
}

/** What a name stands for, and the entry that says so. */
export interface Meaning {
  /** As it is written: `gpt-*`. */
  readonly entry: string;
  /** With what the name has for each `*` put into its targets. */
  readonly group: ModelGroup;
  readonly rules: AutoRules;
}

const STAR = '*';

export function compileNames(groups: readonly ModelGroup[]): NameBook {
  const entries = groups.map((group) => ({ group, rules: compileRules(group.rules) }));
  const wildcards = entries.filter(({ group }) => group.name.includes(STAR));
  return {
    exact: new Map(entries.filter(({ group }) => !group.name.includes(STAR)).map((entry) => [entry.group.name, entry])),
    wildcards: wildcards
      .map((entry) => ({ ...entry, parts: entry.group.name.split(STAR) }))
      // The sort is stable: of two that say equally much the first of the file wins.
      .sort((one, other) => literalLength(other) - literalLength(one)),
  };
}

/** What an exact name of the book stands for. */
export function exactMeaning(book: NameBook, name: string): Meaning | null {
  const entry = book.exact.get(name);
  return entry === undefined ? null : { entry: name, ...entry };
}

/** The same, or of the wildcard that matches with the longest literal part. `isTaken`: which ones count. */
export function meaningIn(book: NameBook, name: string, isTaken: (entry: Entry) => boolean = any): Meaning | null {
  const exact = exactMeaning(book, name);
  if (exact !== null) return exact;
  for (const wildcard of book.wildcards) {
    const texts = isTaken(wildcard) ? textsIn(wildcard.parts, name) : null;
    if (texts !== null) return filled(wildcard, texts);
  }
  return null;
}

/** Every target that a group may come to. */
export function targetsOfGroup({ deployments, rules }: ModelGroup): readonly string[] {
  return [...deployments.map(({ target }) => target), ...rules.map(({ use }) => use)];
}

function any(): boolean {
  return true;
}

/** What stands for each `*`, the first ones as short as they can be; `null`: the name is another. */
function textsIn(parts: readonly string[], name: string): readonly string[] | null {
  const [before = '', ...between] = parts;
  const after = between.pop() ?? '';
  if (!name.startsWith(before) || !name.endsWith(after)) return null;
  const end = name.length - after.length;
  const texts: string[] = [];
  let from = before.length;
  for (const part of between) {
    const at = name.indexOf(part, from);
    if (at < 0) return null;
    texts.push(name.slice(from, at));
    from = at + part.length;
  }
  return from > end ? null : [...texts, name.slice(from, end)];
}

function filled({ group, rules }: Wildcard, texts: readonly string[]): Meaning {
  const { name, deployments } = group;
  return {
    entry: name,
    group: {
      ...group,
      deployments: deployments.map((one) => ({ ...one, target: fill(one.target, texts) })),
      rules: group.rules.map((rule) => ({ ...rule, use: fill(rule.use, texts) })),
    },
    rules: rules.map((rule) => ({ ...rule, use: fill(rule.use, texts) })),
  };
}

/** One text is put for every `*`, several one after another; of too many `*` the last ones are that last text. */
function fill(target: string, texts: readonly string[]): string {
  let next = 0;
  return target.replaceAll(STAR, () => texts[Math.min(next++, texts.length - 1)] ?? '');
}

function literalLength({ parts }: Wildcard): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
