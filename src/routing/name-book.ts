import type { NamedTargets } from '../canonical/profile.ts';

/** Names and what they stand for, by exact name or by a name with one `*`. */
export interface NameBook {
  readonly exact: ReadonlyMap<string, readonly string[]>;
  /** The one that says most first. */
  readonly wildcards: readonly Wildcard[];
}

interface Wildcard {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly targets: readonly string[];
}

/** What a name stands for, and the entry that says so. */
export interface Meaning {
  /** As it is written: `gpt-*`. */
  readonly entry: string;
  readonly targets: readonly string[];
}

const STAR = '*';

export function compileNames(named: readonly NamedTargets[]): NameBook {
  const wildcards = named.flatMap(({ name, targets }) => {
    const star = name.indexOf(STAR);
    return star < 0 ? [] : [{ name, before: name.slice(0, star), after: name.slice(star + 1), targets }];
  });
  return {
    exact: new Map(named.filter(({ name }) => !name.includes(STAR)).map(({ name, targets }) => [name, targets])),
    // The sort is stable: of two that say equally much the first of the file wins.
    wildcards: wildcards.sort((one, other) => literalLength(other) - literalLength(one)),
  };
}

/** What an exact name of the book stands for. */
export function exactMeaning(book: NameBook, name: string): Meaning | null {
  const targets = book.exact.get(name);
  return targets === undefined ? null : { entry: name, targets };
}

/** The same, or of the wildcard that matches with the longest literal part; its targets take what the `*` stood for. */
export function meaningIn(book: NameBook, name: string): Meaning | null {
  const exact = exactMeaning(book, name);
  if (exact !== null) return exact;
  for (const wildcard of book.wildcards) {
    if (!matches(wildcard, name)) continue;
    const text = name.slice(wildcard.before.length, name.length - wildcard.after.length);
    return { entry: wildcard.name, targets: wildcard.targets.map((target) => target.replaceAll(STAR, () => text)) };
  }
  return null;
}

function matches({ before, after }: Wildcard, name: string): boolean {
  return name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
}

function literalLength({ before, after }: Wildcard): number {
  return before.length + after.length;
}
