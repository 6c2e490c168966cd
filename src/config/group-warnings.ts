import { nearest } from '../std/nearest.ts';
import { shownValue } from './explain.ts';
import { isOfGroup, mayBeServed, namesOfFile, ownerOf } from './known-names.ts';
import type { NamesOfFile } from './known-names.ts';
import type { ConfigPath, Finding } from './problem.ts';
import { childrenOf, keyOffsetAt, partAt, textsAt } from './tree.ts';
import type { LocatedText, Tree } from './tree.ts';

/** What is most likely not meant, and still can be done. */
export function doubtfulGroups(tree: Tree): Finding[] {
  const names = namesOfFile(tree);
  return [
    ...deadFallbacks(tree, names),
    ...fallbacksToThemselves(tree),
    ...fallbackCircles(tree),
    ...openEndedRules(tree),
    ...hiddenModels(tree, names),
  ];
}

const KINDS = ['fallbacks', 'context_fallbacks', 'content_fallbacks'] as const;

/** Every list of fallbacks, by the group that it is for: one below `models:`, or one below `routing:`. */
function chainsIn(tree: Tree): { readonly group: string; readonly path: ConfigPath }[] {
  const groups = childrenOf(partAt(tree, ['models'])).filter(([, { kind }]) => kind === 'map');
  return KINDS.flatMap((kind) => [
    ...groups.map(([group]) => ({ group: String(group), path: ['models', group, kind] })),
    ...childrenOf(partAt(tree, ['routing', kind])).map(([group]) => {
      return { group: String(group), path: ['routing', kind, group] };
    }),
  ]);
}

/** What is said of fallbacks that no name of the file is. */
export const NOBODY_ANSWERS = 'is none of `models:`: nobody answers for it';

/** What is said of a group that is its own only fallback. */
export const ASKED_BEFORE = 'is the group itself, which has been asked by then; name another';

/** What was meant is looked for among all names: for more mistakes than anybody reads, that would take long. */
const MOST_DEAD = 100;

function deadFallbacks(tree: Tree, names: NamesOfFile): Finding[] {
  const dead = chainsIn(tree)
    .flatMap(({ path }) => targetsAt(tree, path))
    .filter(({ text }) => !isOfGroup(names, text) && ownerOf(names, text) === null && !text.includes(':'));
  return dead.slice(0, MOST_DEAD).map(({ at, path, text }) => {
    const shown = shownValue(tree, path);
    const unless = mayBeServed(text) ? 'a model server here' : 'a server or provider';
    const message = `${shown} ${NOBODY_ANSWERS}, unless ${unless} has a model of this name`;
    return { at, path, message, nearest: nearest(text, names.groups, 1)[0] };
  });
}

function fallbacksToThemselves(tree: Tree): Finding[] {
  return chainsIn(tree).flatMap(({ group, path }) => {
    const targets = targetsAt(tree, path);
    const [first] = targets;
    if (first === undefined || targets.some(({ text }) => text !== group)) return [];
    return [{ at: first.at, path: first.path, message: ASKED_BEFORE }];
  });
}

/** Two or more groups that are each other's fallbacks: each circle once, at the fallback that closes it. */
function fallbackCircles(tree: Tree): Finding[] {
  const chains = chainsIn(tree).filter(({ path }) => path.includes('fallbacks'));
  const next = new Map(chains.map(({ group, path }) => [group, targetsAt(tree, path)]));
  const done = new Set<string>();
  return [...next.keys()].slice(0, MOST_STARTS).flatMap((start) => {
    const found = done.has(start) ? null : closingOf(next, start, done);
    if (found === null) return [];
    const { trail, at, path } = found;
    const spelled = trail.map((name) => `\`${name}\``).join(' → ');
    return [{ at, path, message: `${GOES_ROUND}: ${spelled}; each is asked once` }];
  });
}

/** The search for circles ends there: a long file must not take longer than its length. */
const LONGEST_CIRCLE = 5;
const MOST_TRAILS = 100;
const MOST_STARTS = 1000;

const GOES_ROUND = 'is a fallback that comes back to where it began';

/** The shortest way from a group back to itself; marks all that are on it. */
function closingOf(
  next: ReadonlyMap<string, readonly LocatedText[]>,
  start: string,
  done: Set<string>,
): (LocatedText & { readonly trail: readonly string[] }) | null {
  const seen = new Set([start]);
  const trails = [[start]];
  for (const trail of trails) {
    if (trail.length > LONGEST_CIRCLE || trails.length > MOST_TRAILS) return null;
    for (const target of next.get(trail.at(-1) ?? '') ?? []) {
      if (target.text === start && trail.length > 1) {
        for (const name of trail) done.add(name);
        return { ...target, trail: [...trail, start] };
      }
      if (seen.has(target.text)) continue;
      seen.add(target.text);
      trails.push([...trail, target.text]);
    }
  }
  return null;
}

function targetsAt(tree: Tree, path: ConfigPath): LocatedText[] {
  const chain = partAt(tree, path);
  if (chain === null) return [];
  return textsAt(chain, ['*']).map((target) => ({ ...target, path: [...path, ...target.path] }));
}

function openEndedRules(tree: Tree): Finding[] {
  return childrenOf(partAt(tree, ['models'])).flatMap(([name]): Finding[] => {
    const path = ['models', name, 'rules'];
    const rules = childrenOf(partAt(tree, path));
    if (rules.length === 0) return [];
    const always = rules.findIndex(([, rule]) => childrenOf(partAt(rule, ['when'])).length === 0);
    const after = rules[always + 1];
    if (always < 0) {
      const message = 'end without a rule that always holds: a request that none of them fits is refused';
      return [{ at: keyOffsetAt(tree, path), path, message }];
    }
    if (after === undefined) return [];
    const [index, { at }] = after;
    return [{ at, path: [...path, index], message: 'is never come to: the rule before it always holds' }];
  });
}

/** A name of the form `provider/model` that is answered by others only. */
function hiddenModels(tree: Tree, names: NamesOfFile): Finding[] {
  const isAccountOf = accountsIn(tree);
  return childrenOf(partAt(tree, ['models'])).flatMap(([key, group]) => {
    const owner = ownerOf(names, String(key));
    if (owner === null) return [];
    const targets = TARGETS.flatMap((below) => textsAt(group, below));
    if (targets.length === 0 || targets.some(({ text }) => isAccountOf(ownerOf(names, text), owner))) return [];
    const path = ['models', key];
    const message = `hides the model of this name at \`${owner}\`, which nobody can ask for any more`;
    return [{ at: keyOffsetAt(tree, path), path, message }];
  });
}

const TARGETS: readonly ConfigPath[] = [[], ['*'], ['targets', '*'], ['deployments', '*', 'target']];

/**
 * Whether a name is an account of a provider, or a server of a kind: `ollama/llama3.2` may well be asked at another
 * machine's Ollama.
 */
function accountsIn(tree: Tree): (account: string | null, owner: string) => boolean {
  const kinds = new Map<string, string>();
  for (const { path, text } of textsAt(tree, ['providers', '*', 'type'])) kinds.set(String(path[1]), text);
  for (const [, server] of childrenOf(partAt(tree, ['servers']))) {
    const [name] = textsAt(server, ['name']);
    const [kind] = textsAt(server, ['kind']);
    if (name !== undefined && kind !== undefined) kinds.set(name.text, kind.text);
  }
  return (account, owner) => account !== null && (account === owner || kinds.get(account) === owner);
}
