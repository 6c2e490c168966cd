import { strategyNamed } from '../canonical/strategy.ts';
import { nearest } from '../std/nearest.ts';
import { shownValue } from './explain.ts';
import { isOfGroup, mayBeServed, namesOfFile } from './known-names.ts';
import { modelPattern } from './model-names.ts';
import { formatPath } from './problem.ts';
import type { Finding } from './problem.ts';
import { childrenOf, keyOffsetAt, partAt, textsAt } from './tree.ts';
import type { LocatedText, Tree } from './tree.ts';

/** What must hold within `models:`, beyond the form of each value. */
export function groupConflicts(tree: Tree): Finding[] {
  return [
    ...formsOfGroups(tree),
    ...strategiesOfLists(tree),
    ...namesOfLists(tree),
    ...rulesForNobody(tree),
    ...weightsOfNothing(tree),
    ...repeatedIds(tree),
  ];
}

/** A name stands for targets in their order, for deployments, or for what its rules choose: for one of these. */
function formsOfGroups(tree: Tree): Finding[] {
  return childrenOf(partAt(tree, ['models'])).flatMap(([name, group]) => {
    if (group.kind !== 'map') return [];
    const [first, second] = FORMS.filter((form) => group.entries.has(form));
    const path = ['models', name];
    if (first === undefined) {
      return [{ at: keyOffsetAt(tree, path), path, message: 'says nothing to ask; give it deployments, or rules' }];
    }
    if (second === undefined) return [];
    const at = keyOffsetAt(tree, [...path, second]);
    return [{ at, path: [...path, second], message: `stands beside \`${first}\`; keep one of the two` }];
  });
}

const FORMS = ['targets', 'deployments', 'rules'] as const;

function strategiesOfLists(tree: Tree): Finding[] {
  return textsAt(tree, ['models', '*', 'strategy']).flatMap(({ at, path, text }) => {
    const isList = partAt(tree, [...path.slice(0, -1), 'targets']) !== null;
    if (!isList || strategyNamed(text) === 'in-order') return [];
    return [{ at, path, message: 'is for deployments; targets are tried in their order' }];
  });
}

/** Names with spaces or several `*` are of other gateways, whose models have the long form here. */
function namesOfLists(tree: Tree): Finding[] {
  return childrenOf(partAt(tree, ['models'])).flatMap(([name, group]) => {
    const isLong = group.kind === 'map' && (group.entries.has('deployments') || group.entries.has('rules'));
    const wrong =
      isLong || typeof name === 'number' ? undefined : modelPattern.safeParse(name).error?.issues[0]?.message;
    if (wrong === undefined) return [];
    const path = ['models', name];
    return [{ at: keyOffsetAt(tree, path), path, message: `the name \`${name}\` ${wrong}` }];
  });
}

/** What was meant is looked for among all names: for more mistakes than anybody reads, that would take long. */
const MOST_UNKNOWN = 100;

function rulesForNobody(tree: Tree): Finding[] {
  const names = namesOfFile(tree);
  const uses = textsAt(tree, ['models', '*', 'rules', '*', 'use']);
  const own = uses.filter(({ path, text }) => text === path[1]);
  // Of a model that only a server knows, the file cannot tell whether it is there.
  const unknown = uses.filter(({ text }) => !isOfGroup(names, text) && !mayBeServed(text));
  return [
    ...own.map(({ at, path }) => ({ at, path, message: 'is the name of these rules; name what is to answer' })),
    ...unknown.slice(0, MOST_UNKNOWN).map(({ at, path, text }) => {
      const shown = shownValue(tree, path);
      const message = `${shown} is none of \`models:\`; a model itself is named as server/model or provider/model`;
      return { at, path, message, nearest: nearest(text, names.groups, 1)[0] };
    }),
  ];
}

/** A weight that is not given counts nothing beside one that is. */
function weightsOfNothing(tree: Tree): Finding[] {
  return childrenOf(partAt(tree, ['models'])).flatMap(([name]) => {
    const path = ['models', name, 'deployments'];
    const given = childrenOf(partAt(tree, path)).flatMap(([index, one]) => {
      const weight = partAt(one, ['weight']);
      return weight?.kind === 'scalar' ? [{ at: weight.at, index, weight: Number(weight.value) }] : [];
    });
    const [first] = given;
    if (first === undefined || given.some(({ weight }) => weight !== 0)) return [];
    const message = 'leaves nobody to answer: no deployment of the group has a weight above 0';
    return [{ at: first.at, path: [...path, first.index, 'weight'], message }];
  });
}

function repeatedIds(tree: Tree): Finding[] {
  const seen = new Map<string, LocatedText>();
  return textsAt(tree, ['models', '*', 'deployments', '*', 'id']).flatMap((id) => {
    const other = seen.get(id.text);
    if (other === undefined) {
      seen.set(id.text, id);
      return [];
    }
    const owner = formatPath(other.path.slice(0, -1));
    const message = `${shownValue(tree, id.path)} is the id of ${owner} already; choose another`;
    return [{ at: id.at, path: id.path, message }];
  });
}
