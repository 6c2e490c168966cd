import { BUILT_IN_PROFILES } from '../canonical/profile.ts';
import { PROVIDERS } from '../providers/table.ts';
import { nearest } from '../std/nearest.ts';
import { shownValue } from './explain.ts';
import type { ConfigPath, Finding } from './problem.ts';
import { childrenOf, keyOffsetAt, offsetAt, partAt, textsAt } from './tree.ts';
import type { LocatedText, Tree } from './tree.ts';

/** What must hold between a profile and the rest of the file. */
export function profileConflicts(tree: Tree): Finding[] {
  return [...unknownProfile(tree), ...credentialsOfNobody(tree), ...strayWildcards(tree)];
}

/**
 * Targets that name a cloud provider in a profile that stays on this machine. No mistake, since a local server may have
 * a model of that very name (vLLM serves `openai/gpt-oss-20b`), and only the router knows; and no danger, since the
 * wall stands whatever the file names. But most likely not what was meant.
 */
export function targetsBeyondWalls(tree: Tree): Finding[] {
  const providers = new Set([...PROVIDERS.map(({ id }) => id), ...namesBelow(tree, 'providers')]);
  return namesBelow(tree, 'profiles').flatMap((profile) => {
    if (allowedIn(tree, profile) !== 'local') return [];
    return TARGETS.flatMap((place) => textsAt(tree, ['profiles', profile, ...place])).flatMap((target) => {
      const provider = target.text.slice(0, Math.max(0, target.text.indexOf('/')));
      if (!providers.has(provider)) return [];
      const message =
        `${shownValue(tree, target.path)} is in the cloud by its name, and this profile is \`allow: local\`: ` +
        'it is passed over, unless a local server has a model of this very name';
      return [{ at: target.at, path: target.path, message }];
    });
  });
}

/** Where a profile names models, below it. */
const TARGETS: readonly ConfigPath[] = [
  ['stand_in'],
  ['models', '*'],
  ['models', '*', '*'],
  ['models', '*', 'targets', '*'],
];

function allowedIn(tree: Tree, profile: string): string {
  const [written] = textsAt(tree, ['profiles', profile, 'allow']);
  return written?.text ?? BUILT_IN_PROFILES.find(({ name }) => name === profile)?.allow ?? 'any';
}

function unknownProfile(tree: Tree): Finding[] {
  const known = [...new Set([...BUILT_IN_PROFILES.map(({ name }) => name), ...namesBelow(tree, 'profiles')])];
  const [profile] = textsAt(tree, ['profile']);
  if (profile === undefined || known.includes(profile.text)) return [];
  const path = ['profile'];
  const near = nearest(profile.text, known, 1)[0];
  const listed = near === undefined && known.length <= MAX_LISTED ? `, which are ${known.join(', ')}` : '';
  const message = `${shownValue(tree, path)} is none of the profiles${listed}`;
  return [{ at: offsetAt(tree, path), path, message, nearest: near }];
}

/** More names are not listed. */
const MAX_LISTED = 8;

/** A name of a key need not be stored yet; the provider that it is for must be known. */
function credentialsOfNobody(tree: Tree): Finding[] {
  const known = [...new Set([...PROVIDERS.map(({ id }) => id), ...namesBelow(tree, 'providers')])];
  return namesBelow(tree, 'profiles').flatMap((profile) => {
    const around = ['profiles', profile, 'credentials'];
    return childrenOf(partAt(tree, around)).flatMap(([id]) => {
      if (known.includes(String(id))) return [];
      const path = [...around, String(id)];
      const message = 'is not a provider that llmgw knows, nor one of `providers:` in this file';
      return [{ at: keyOffsetAt(tree, path), path, message, nearest: nearest(String(id), known, 1)[0] }];
    });
  });
}

/** A `*` in a target is the text that a `*` of the name stood for: without one there it stands for nothing. */
function strayWildcards(tree: Tree): Finding[] {
  const named = [[], ['profiles', '*']].flatMap((around) => TARGETS.slice(1).map((place) => [...around, ...place]));
  return [...named, ['models', '*', 'deployments', '*', 'target']]
    .flatMap((place) => textsAt(tree, place))
    .flatMap((target) => {
      const [has, filled] = [starsIn(target.text), starsIn(nameOf(target))];
      if (has <= filled) return [];
      const shown = shownValue(tree, target.path);
      const message =
        filled === 0
          ? `${shown} has a * in it, but the name \`${nameOf(target)}\` has none to fill it`
          : `${shown} has ${has} * in it, but the name \`${nameOf(target)}\` has ${filled} to fill them`;
      return [{ at: target.at, path: target.path, message }];
    });
}

function starsIn(name: string): number {
  return name.split('*').length - 1;
}

/** The name that a target is for: the key below `models`. */
function nameOf(target: LocatedText): string {
  return String(target.path[target.path[0] === 'models' ? 1 : 3]);
}

function namesBelow(tree: Tree, section: string): string[] {
  return childrenOf(partAt(tree, [section])).map(([name]) => String(name));
}
