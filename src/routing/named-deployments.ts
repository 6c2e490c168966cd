import type { RequestNeeds } from '../canonical/request-needs.ts';
import { PLAIN_CHAT } from '../canonical/request-needs.ts';
import { settle } from './candidate.ts';
import type { Candidate, PassedOver, Settled } from './candidate.ts';
import { compileGroup } from './compile-group.ts';
import { decide } from './explain.ts';
import type { Deployment, Group } from './group.ts';
import { knownNames } from './known-names.ts';
import { resolveName, withoutOwnPrefix } from './resolve.ts';
import type { RouteTable } from './route-table.ts';

/** One of those behind a name, for people and programs that ask what there is. */
export interface NamedDeployment {
  /** As clients write it, or a wildcard as the config has it. */
  readonly name: string;
  readonly group: Group;
  readonly deployment: Deployment;
  /** Why nothing can be sent there now, in a few words; `null`: something can. */
  readonly obstacle: string | null;
}

const NO_ANSWER = 'its server does not answer';

/** Every name that is in the list of models, then the wildcards of the config. */
export function namesAndWildcards(table: RouteTable): readonly string[] {
  const wildcards = [...table.aliases.wildcards, ...table.models.wildcards].filter(({ group }) => !group.hidden);
  return [...new Set([...knownNames(table), ...wildcards.map(({ group }) => group.name)])];
}

/**
 * Every deployment that a name may mean in the table's profile, also those that cannot be asked now: without a key,
 * or on a server that does not answer. Of a name with rules, those of every rule. Empty: nobody knows the name, or it
 * leads beyond the profile's wall.
 */
export function namedDeployments(table: RouteTable, name: string): readonly NamedDeployment[] {
  const memory = remembered.get(table) ?? new Map<string, readonly NamedDeployment[]>();
  remembered.set(table, memory);
  const known = memory.get(name);
  if (known !== undefined) return known;
  const found = find(table, name);
  if (found.length > 0 && memory.size < MOST_REMEMBERED) memory.set(name, found);
  return found;
}

/** Of a table the names that were asked about: it is never written, and people who watch ask every second. */
const remembered = new WeakMap<RouteTable, Map<string, readonly NamedDeployment[]>>();
const MOST_REMEMBERED = 5000;

function find(table: RouteTable, name: string): readonly NamedDeployment[] {
  const asked = withoutOwnPrefix(name);
  const decision = decide(table, asked, plainChat);
  const group = decision.kind === 'planned' ? decision.plan.group : null;
  const resolved = resolveName(table, asked, 'as_asked');
  const hindered = hinderedOf(settle(table.allow, resolved.candidates));
  const rest = hindered.length === 0 ? null : compileGroup(table, { ...resolved, asked }, hindered.map(candidateOf));
  return [
    ...(group?.deployments.map((deployment) => ({ name, group, deployment, obstacle: null })) ?? []),
    ...(rest?.deployments.map((deployment, index) => ({
      name,
      group: group ?? rest,
      deployment,
      obstacle: hindered[index]?.walled === false ? hindered[index].why : NO_ANSWER,
    })) ?? []),
  ];
}

/**
 * Those that could be asked if something were otherwise than it is now. What the wall is before could not, but for a
 * server that has only not answered yet; and where a deployment of the name has another place, it is there already.
 */
function hinderedOf({ admitted, passedOver }: Settled): readonly PassedOver[] {
  const placed = new Set(admitted.map(({ settings }) => settings?.target));
  return passedOver.filter(
    ({ candidate, walled }) => (walled ? candidate.unproven : true) && !placed.has(candidate.settings?.target),
  );
}

function candidateOf({ candidate }: PassedOver): Candidate {
  return candidate;
}

function plainChat(): RequestNeeds {
  return PLAIN_CHAT;
}
