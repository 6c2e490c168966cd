import type { GatewayError } from '../canonical/errors.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import { settle } from './candidate.ts';
import type { PassedOver, Settled } from './candidate.ts';
import { soundsLikeEmbedding } from './chat-models.ts';
import { embeddingRefused, noStandIn, relayRefused, whyNot } from './refusals.ts';
import { resolveExact, resolveName, statedMeaning, wasLocal, withoutOwnPrefix } from './resolve.ts';
import { noteOf } from './route-note.ts';
import type { RoutePlan, RouteTable } from './route-table.ts';
import { standInCandidates } from './stand-in.ts';

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
export function explainRoute(table: RouteTable, name: string, needs: RequestNeeds): RouteExplanation {
  return decide(table, name, () => needs);
}

/** The same for needs that are only looked at where the decision depends on them. */
export function decide(table: RouteTable, name: string, needs: () => RequestNeeds): RouteExplanation {
  const plain = withoutOwnPrefix(name);
  const asked = askedFor(table, plain);
  if (asked.targets.length > 0) {
    return planned(table, plain, asked, { standsInFor: localForCloud(table, plain, asked), dependsOnNeeds: false });
  }
  const canBeStoodIn = table.standIn.kind !== 'none' && meansCloudModel(table, plain, asked);
  if (!canBeStoodIn) return refused(table, plain, asked, whyNot(table, plain, asked));
  const needed = needs();
  if (needed.task === 'relay') return refused(table, plain, asked, relayRefused(table, plain, asked));
  if (needed.task === 'embedding' || soundsLikeEmbedding(plain)) {
    return refused(table, plain, asked, embeddingRefused(table, plain, asked));
  }
  const standIn = settle(table.allow, standInCandidates(table, needed));
  const both = { targets: standIn.targets, passedOver: [...asked.passedOver, ...standIn.passedOver] };
  if (standIn.targets.length === 0) return refused(table, plain, both, noStandIn(table, plain, asked));
  return planned(table, plain, both, { standsInFor: plain, dependsOnNeeds: true });
}

/** The targets of a name itself, without any that stand in. */
export function askedFor(table: RouteTable, name: string): Settled {
  return settle(table.allow, resolveName(table, name));
}

function planned(
  table: RouteTable,
  name: string,
  { targets, passedOver }: Settled,
  { standsInFor, dependsOnNeeds }: { standsInFor: string | null; dependsOnNeeds: boolean },
): Planned {
  const note = noteOf(table.profile, name, targets, passedOver);
  return { kind: 'planned', plan: { targets, note, standsInFor }, passedOver, dependsOnNeeds };
}

function refused(table: RouteTable, name: string, { passedOver }: Settled, error: GatewayError): Refused {
  return { kind: 'refused', error, note: noteOf(table.profile, name, [], passedOver), passedOver };
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
function localForCloud(table: RouteTable, name: string, { targets }: Settled): string | null {
  if (targets[0]?.locality !== 'local' || statedMeaning(table, name) === null) return null;
  const behind = resolveExact(table, name);
  const [first] = behind;
  if (first === undefined) return !wasLocal(table, name) && table.makerOf(name) !== null ? name : null;
  return first.target.locality === 'cloud' && !first.unproven ? name : null;
}
