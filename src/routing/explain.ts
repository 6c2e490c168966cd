import { GatewayError } from '../canonical/errors.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import type { Target } from '../canonical/target.ts';
import type { AutoFacts } from './auto-rules.ts';
import { settle } from './candidate.ts';
import type { PassedOver, Settled } from './candidate.ts';
import { soundsLikeEmbedding } from './chat-models.ts';
import { chosenName } from './chosen-name.ts';
import { compileGroup, targetsInOrder } from './compile-group.ts';
import type { GroupParts } from './compile-group.ts';
import type { Group } from './group.ts';
import { embeddingRefused, noStandIn, relayRefused, whyNot } from './refusals.ts';
import { resolveExact, resolveName, statedMeaning, wasLocal, withoutOwnPrefix } from './resolve.ts';
import type { Lookup, Resolved } from './resolve.ts';
import { noteOf, ruledNote } from './route-note.ts';
import type { RoutePlan, RouteTable } from './route-table.ts';
import { standInCandidates } from './stand-in.ts';

/** Of fallbacks and their fallbacks, where none of them has anybody. */
const MOST_LOOKED_AT = 20;

/** A decision with all that it was made of. */
export type RouteExplanation = Planned | Refused;

interface Planned {
  readonly kind: 'planned';
  readonly plan: RoutePlan;
  readonly passedOver: readonly PassedOver[];
  /** The plan is another for a request that needs something else. */
  readonly dependsOnNeeds: boolean;
}

interface Refused {
  readonly kind: 'refused';
  readonly error: GatewayError;
  /** In short, as a plan's. */
  readonly note: string;
  readonly passedOver: readonly PassedOver[];
}

/** Who answers for a name, who does not, and why. What `planRoute` plans is this and nothing else. */
export function explainRoute(table: RouteTable, name: string, needs: RequestNeeds, facts: AutoFacts): RouteExplanation {
  const chosen = chosenName(table, name, facts);
  if (chosen instanceof GatewayError) return refused(table, name, [], chosen);
  const decision = decide(table, chosen.name, () => needs, chosen.lookup);
  if (chosen.rule === null || decision.kind === 'refused') return decision;
  return { ...decision, plan: withRule(decision.plan, table.profile, name, chosen.rule) };
}

/** A plan that rules led to. */
export function withRule(plan: RoutePlan, profile: string, asked: string, rule: string): RoutePlan {
  return { ...plan, note: ruledNote(plan.note, profile, asked, rule), rule };
}

/**
 * Who answers for a name whatever rules it has, or for whom its fallbacks answer. The needs are only looked at where
 * the decision depends on them.
 */
export function decide(
  table: RouteTable,
  name: string,
  needs: () => RequestNeeds,
  lookup: Lookup = 'as_asked',
): RouteExplanation {
  const plain = withoutOwnPrefix(name);
  const resolved = resolveName(table, plain, lookup);
  let dependsOnNeeds = false;
  const watched = (): RequestNeeds => {
    dependsOnNeeds = true;
    return needs();
  };
  const own = decideResolved(table, plain, resolved, watched);
  if (own.kind === 'planned' || lookup === 'exact') return own;
  const plan = planByFallback(table, { ...resolved, asked: plain }, own, watched);
  if (plan === null) return own;
  return { kind: 'planned', plan, passedOver: withoutTaken(own.passedOver, plan.targets), dependsOnNeeds };
}

/** Who answers in place of a name that has nobody now; `null`: nobody does, or nobody was named for that. */
function planByFallback(
  table: RouteTable,
  parts: GroupParts,
  { error, passedOver }: Refused,
  needs: () => RequestNeeds,
): RoutePlan | null {
  const { asked } = parts;
  // What nobody knows was mistyped: it has no part in the fallbacks of all names.
  if (parts.meaning === null && !table.routing.fallbacks.general.has(asked)) return null;
  const group = compileGroup(table, parts, error);
  const found = firstOf(table, group, needs, new Set([asked]));
  if (found === null) return null;
  const targets = found.plan.targets.map((target) => ({ ...target, reason: `fallback ${found.name}` }));
  const rest = withoutTaken(passedOver, targets);
  const note = noteOf({ profile: table.profile, name: asked, targets, passedOver: rest, strategy: 'in-order' });
  return { group, targets, note, standsInFor: null, rule: null };
}

/** The first fallback of a group that has somebody, or one of its own. `seen`: names that were looked at. */
function firstOf(
  table: RouteTable,
  group: Group,
  needs: () => RequestNeeds,
  seen: Set<string>,
): { readonly name: string; readonly plan: RoutePlan } | null {
  for (const fallback of group.resilience.fallbacks.general) {
    const name = withoutOwnPrefix(fallback);
    if (seen.has(name) || seen.size > MOST_LOOKED_AT) continue;
    seen.add(name);
    const resolved = resolveName(table, name, 'as_asked');
    const decision = decideResolved(table, name, resolved, needs);
    if (decision.kind === 'planned') return { name, plan: decision.plan };
    const found = firstOf(table, compileGroup(table, { ...resolved, asked: name }, decision.error), needs, seen);
    if (found !== null) return found;
  }
  return null;
}

function decideResolved(
  table: RouteTable,
  plain: string,
  resolved: Resolved,
  needs: () => RequestNeeds,
): RouteExplanation {
  const asked = settle(table.allow, resolved.candidates);
  const parts = { ...resolved, asked: plain };
  if (asked.admitted.length > 0) {
    return planned(table, parts, asked, { standsInFor: localForCloud(table, plain, asked), dependsOnNeeds: false });
  }
  const canBeStoodIn = table.standIn.kind !== 'none' && meansCloudModel(table, plain, asked);
  if (!canBeStoodIn) return refused(table, plain, asked.passedOver, whyNot(table, plain, asked));
  const needed = needs();
  if (needed.task === 'relay') return refused(table, plain, asked.passedOver, relayRefused(table, plain, asked));
  if (needed.task === 'embedding' || soundsLikeEmbedding(plain)) {
    return refused(table, plain, asked.passedOver, embeddingRefused(table, plain, asked));
  }
  const standIn = settle(table.allow, standInCandidates(table, needed));
  const both = { admitted: standIn.admitted, passedOver: [...asked.passedOver, ...standIn.passedOver] };
  if (standIn.admitted.length === 0) return refused(table, plain, both.passedOver, noStandIn(table, plain, asked));
  return planned(table, parts, both, { standsInFor: plain, dependsOnNeeds: true });
}

function planned(
  table: RouteTable,
  parts: GroupParts,
  settled: Settled,
  { standsInFor, dependsOnNeeds }: { standsInFor: string | null; dependsOnNeeds: boolean },
): Planned {
  const group = compileGroup(table, parts, settled.admitted);
  const targets = targetsInOrder(group);
  const passedOver = withoutTaken(settled.passedOver, targets);
  const note = noteOf({ profile: table.profile, name: parts.asked, targets, passedOver, strategy: group.strategy });
  return { kind: 'planned', plan: { group, targets, note, standsInFor, rule: null }, passedOver, dependsOnNeeds };
}

/** One whose name is passed over may be taken as what stands in, or as a fallback, says of it. */
function withoutTaken(passedOver: readonly PassedOver[], taken: readonly Target[]): readonly PassedOver[] {
  const names = new Set(taken.map(({ name }) => name));
  return passedOver.filter(({ candidate }) => !names.has(candidate.target.name));
}

function refused(table: RouteTable, name: string, passedOver: readonly PassedOver[], error: GatewayError): Refused {
  const note = noteOf({ profile: table.profile, name, targets: [], passedOver, strategy: 'in-order' });
  return { kind: 'refused', error, note, passedOver };
}

/**
 * Whether a name without a target is one of a cloud model: the price data or a provider knows it, or a server relays
 * it. A local model's name stays a local model's, and a name that nobody knows is nobody's: somebody mistyped it.
 */
function meansCloudModel(table: RouteTable, name: string, { passedOver }: Settled): boolean {
  if (passedOver.some(({ candidate }) => candidate.target.locality === 'cloud' && !candidate.unproven)) return true;
  return statedMeaning(table, name) === null && !wasLocal(table, name) && table.makerOf(name) !== null;
}

/** The cloud model's name that an alias gives to a local one. */
function localForCloud(table: RouteTable, name: string, { admitted }: Settled): string | null {
  if (admitted[0]?.target.locality !== 'local' || statedMeaning(table, name) === null) return null;
  const behind = resolveExact(table, name);
  const [first] = behind;
  if (first === undefined) return !wasLocal(table, name) && table.makerOf(name) !== null ? name : null;
  return first.target.locality === 'cloud' && !first.unproven ? name : null;
}
