import { GatewayError } from '../canonical/errors.ts';
import { formatUsd } from '../canonical/money.ts';
import { PLAIN_CHAT } from '../canonical/request-needs.ts';
import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { Usage } from '../canonical/usage.ts';
import type { Target } from '../canonical/target.ts';
import type { Face } from '../dialects/face.ts';
import { plannedName } from '../gateway/planned-name.ts';
import { wayTo } from '../gateway/way.ts';
import { DEMO_PRICE } from '../pricing/demo-price.ts';
import { priceOfCall } from '../pricing/deployment-price.ts';
import { isFreeCall } from '../pricing/free-calls.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import { PLAIN_FACTS } from '../routing/auto-rules.ts';
import { explainRoute } from '../routing/explain.ts';
import type { Deployment } from '../routing/group.ts';
import { factsOfTarget } from '../routing/known-names.ts';
import type { HealthBook } from '../routing/health-book.ts';
import type { RoutePlan, RouteTable } from '../routing/route-table.ts';
import { askedEndpoint, neededFor } from './asked-endpoint.ts';
import { describeGroup } from './describe-deployments.ts';
import { nextOf } from './describe-route-next.ts';
import type { RouteCandidateEntry, RouteDocument } from './status.ts';

export interface RouteToDescribe {
  readonly table: RouteTable;
  readonly model: string;
  /** As `GET /llmgw/route` was asked: `endpoint` (`askedEndpoint`), `tools`. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly prices: PriceBook;
  /** Why the limits would let not even a short request to a target through; `null`: they would. */
  readonly refusalOf: (target: Target, billing: Deployment['billing']) => GatewayError | null;
  readonly health: HealthBook;
  /** UTC milliseconds. */
  readonly now: number;
}

const MILLION = 1_000_000;
/** A usage so small that no tier of long prompts applies, and so round that no part of a pico-dollar is lost. */
const SAMPLE_TOKENS = 1000;

/** Who would answer a request for a name, in order, who would not, and why; nothing is sent. */
export function describeRoute({ table, model, query, prices, refusalOf, health, now }: RouteToDescribe): RouteDocument {
  const face = askedEndpoint(query['endpoint']);
  const needs = { ...PLAIN_CHAT, task: face.task, tools: query['tools'] === 'true' };
  const decision = explainRoute(table, plannedName(table, face, model), needs, {
    ...PLAIN_FACTS,
    tools: () => needs.tools,
  });
  const plan = decision.kind === 'planned' ? decision.plan : null;
  const judgeOf = (deployment: Deployment): Judged => judge(deployment, face, refusalOf);
  const around = { table, needs, book: health, now, refusalOf: (one: Deployment) => judgeOf(one).refusal };
  const next = plan === null ? null : nextOf(plan, around);
  const sent = next?.kind === 'sent' ? next : null;
  const group = plan === null ? null : describeGroup(plan, { ...around, next: sent?.deployment.id ?? null });
  const leftOut = new Map(group?.deployments.map(({ id, left_out: why }) => [id, why]));
  const entryOf = (target: Target, told: Told, billing: Deployment['billing'] = null) => ({
    target: target.name,
    locality: target.locality,
    ...told,
    doubt: doubtOf(table, target, face),
    price: priceOf(target, billing, { prices, now, face }),
  });
  const judged = deploymentsOf(plan, sent).map((deployment) => {
    const { wire, refusal } = judgeOf(deployment);
    const fallback = deployment === sent?.deployment ? sent.fallback : null;
    const reason = fallback === null ? deployment.target.reason : `fallback ${fallback}`;
    const why = refusal === null ? (leftOut.get(deployment.id) ?? null) : `${refusal.code}: ${refusal.message}`;
    return { deployment, wire, reason, why };
  });
  const taken = judged.filter(({ why }) => why === null);
  const error = decision.kind === 'refused' ? decision.error : next?.kind === 'refused' ? next.error : null;
  return {
    v: 1,
    model,
    profile: table.profile,
    endpoint: face.name,
    route: decision.kind === 'planned' ? decision.plan.note : decision.note,
    stands_in_for: plan?.standsInFor ?? null,
    next: sent === null ? null : { target: sent.deployment.target.name, fallback: sent.fallback },
    candidates: [
      ...taken.map(({ deployment: { target, billing }, wire, reason }, index) =>
        entryOf(target, { position: index + 1, reason, wire }, billing),
      ),
      ...judged.flatMap(({ deployment: { target, billing }, wire, why }) =>
        why === null ? [] : [entryOf(target, { position: null, reason: why, wire }, billing)],
      ),
      ...decision.passedOver.map(({ candidate, why }) =>
        entryOf(candidate.target, { position: null, reason: why, wire: null }),
      ),
    ],
    group,
    error: error === null ? null : errorOf(error),
  };
}

type Told = Pick<RouteCandidateEntry, 'position' | 'reason' | 'wire'>;

/** Those of the group in the order of a plan, then the one of a fallback that answers now. */
function deploymentsOf(
  plan: RoutePlan | null,
  sent: { readonly deployment: Deployment } | null,
): readonly Deployment[] {
  const own = plan?.group.deployments.toSorted((one, other) => one.terms.order - other.terms.order) ?? [];
  return sent === null || own.includes(sent.deployment) ? own : [...own, sent.deployment];
}

/** A request that is all in its dialect's words. */
const AS_SAID = { isRegular: true, thinksBesideTools: false };

interface Judged {
  readonly wire: RouteCandidateEntry['wire'];
  /** Why an attempt would go on to the next target; `null`: it would be made. */
  readonly refusal: GatewayError | null;
}

/** As the gateway does before each attempt: whether the target can be asked this at all, then what the limits say. */
function judge({ target, billing }: Deployment, face: Face, refusalOf: RouteToDescribe['refusalOf']): Judged {
  try {
    const { kind, address } = wayTo(target, face, AS_SAID);
    return { wire: { dialect: address.dialect, passes: kind === 'passes' }, refusal: refusalOf(target, billing) };
  } catch (error) {
    if (error instanceof GatewayError) return { wire: null, refusal: error };
    throw error;
  }
}

/**
 * Why the upstream will most likely refuse what is sent all the same: only it knows for certain. Of what is no text it
 * is told, too, where nobody says what the model can do. Of the demo all is known.
 */
function doubtOf(table: RouteTable, target: Target, face: Face): string | null {
  if (target.via.kind === 'demo') return null;
  const { capabilities } = factsOfTarget(table, target);
  if (capabilities === null) {
    const isText = face.task === 'chat' || face.task === 'completion';
    return isText ? null : `nobody says that ${target.name} can do this`;
  }
  if (neededFor(face).some((needed) => capabilities.includes(needed))) return null;
  return `${target.name} is for ${capabilities.join(', ')}`;
}

function errorOf({ code, status, message, hint }: GatewayError): RouteDocument['error'] {
  return { code, status, message, hint };
}

interface Pricing {
  readonly prices: PriceBook;
  readonly now: number;
  readonly face: Face;
}

/** As an attempt would be booked: by the config, else 0 on a local server, by the price book; `null`: it has none. */
function priceOf(
  target: Target,
  billing: Deployment['billing'],
  { prices, now, face }: Pricing,
): RouteCandidateEntry['price'] {
  if (target.via.kind === 'demo') {
    return {
      input_usd: formatUsd(BigInt(DEMO_PRICE.inputPicoPerToken) * BigInt(MILLION)),
      output_usd: formatUsd(BigInt(DEMO_PRICE.outputPicoPerToken) * BigInt(MILLION)),
    };
  }
  const isPriced = (billing?.price ?? null) !== null;
  if (target.locality === 'local' && !isPriced) return { input_usd: '0', output_usd: '0' };
  const { priceProvider } = target.via.endpoint;
  if (!isPriced && priceProvider !== null && face.relay !== null && isFreeCall(priceProvider, face.relay)) {
    return { input_usd: '0', output_usd: '0' };
  }
  // Vectors, verdicts and scores are no output that is paid for, and mostly have no price for any.
  const hasOutput = face.task !== 'embedding' && face.relay !== 'moderations' && face.relay !== 'rerank';
  const costOf = (usage: Partial<Usage>): number | null => {
    const priced = { ...UNKNOWN_USAGE, inputTokens: SAMPLE_TOKENS, outputTokens: 0, ...usage };
    const call = { billing, provider: priceProvider, model: target.model, audioSeconds: null, at: now };
    return priceOfCall(prices, { ...call, usage: priced })?.costPico ?? null;
  };
  // What a request costs by itself, whatever its size, is in all three and falls out of the differences.
  const base = costOf({});
  const input = costOf({ inputTokens: 2 * SAMPLE_TOKENS });
  const output = !hasOutput ? base : costOf({ outputTokens: SAMPLE_TOKENS });
  if (base === null || input === null || output === null) return null;
  return { input_usd: perMillion(input - base), output_usd: perMillion(output - base) };
}

function perMillion(picoForSample: number): string {
  return formatUsd(BigInt(picoForSample) * BigInt(MILLION / SAMPLE_TOKENS));
}
