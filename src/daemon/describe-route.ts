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
import { isFreeCall } from '../pricing/free-calls.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import { PLAIN_FACTS } from '../routing/auto-rules.ts';
import { explainRoute } from '../routing/explain.ts';
import { factsOfTarget } from '../routing/known-names.ts';
import type { HealthBook } from '../routing/health-book.ts';
import type { RouteTable } from '../routing/route-table.ts';
import { askedEndpoint, neededFor } from './asked-endpoint.ts';
import { describeGroup } from './describe-deployments.ts';
import type { RouteCandidateEntry, RouteDocument } from './status.ts';

export interface RouteToDescribe {
  readonly table: RouteTable;
  readonly model: string;
  /** As `GET /llmgw/route` was asked: `endpoint` (`askedEndpoint`), `tools`. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly prices: PriceBook;
  /** Why the limits would let not even a short request to a target through; `null`: they would. */
  readonly refusalOf: (target: Target) => GatewayError | null;
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
  const entryOf = (target: Target, told: Pick<RouteCandidateEntry, 'position' | 'reason' | 'wire'>) => ({
    target: target.name,
    locality: target.locality,
    ...told,
    doubt: doubtOf(table, target, face),
    price: priceOf(target, { prices, now, face }),
  });
  const planned = decision.kind === 'planned' ? decision.plan.targets : [];
  const judged = planned.map((target) => ({ target, ...judge(target, face, refusalOf) }));
  const taken = judged.filter(({ refusal }) => refusal === null);
  const [firstRefusal = null] = taken.length === 0 ? judged.map(({ refusal }) => refusal) : [];
  return {
    v: 1,
    model,
    profile: table.profile,
    endpoint: face.name,
    route: decision.kind === 'planned' ? decision.plan.note : decision.note,
    stands_in_for: decision.kind === 'planned' ? decision.plan.standsInFor : null,
    candidates: [
      ...taken.map(({ target, wire }, index) => entryOf(target, { position: index + 1, reason: target.reason, wire })),
      ...judged.flatMap(({ target, wire, refusal }) =>
        refusal === null
          ? []
          : [entryOf(target, { position: null, reason: `${refusal.code}: ${refusal.message}`, wire })],
      ),
      ...decision.passedOver.map(({ candidate, why }) =>
        entryOf(candidate.target, { position: null, reason: why, wire: null }),
      ),
    ],
    group: decision.kind === 'planned' ? describeGroup(decision.plan, { needs, book: health, now }) : null,
    error: decision.kind === 'refused' ? errorOf(decision.error) : firstRefusal === null ? null : errorOf(firstRefusal),
  };
}

/** A request that is all in its dialect's words. */
const AS_SAID = { isRegular: true, thinksBesideTools: false };

interface Judged {
  readonly wire: RouteCandidateEntry['wire'];
  /** Why an attempt would go on to the next target; `null`: it would be made. */
  readonly refusal: GatewayError | null;
}

/** As the gateway does before each attempt: whether the target can be asked this at all, then what the limits say. */
function judge(target: Target, face: Face, refusalOf: RouteToDescribe['refusalOf']): Judged {
  try {
    const { kind, address } = wayTo(target, face, AS_SAID);
    return { wire: { dialect: address.dialect, passes: kind === 'passes' }, refusal: refusalOf(target) };
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

/** As an attempt would be booked: 0 on a local server, by the price book elsewhere, `null` where it has no price. */
function priceOf(target: Target, { prices, now, face }: Pricing): RouteCandidateEntry['price'] {
  if (target.via.kind === 'demo') {
    return {
      input_usd: formatUsd(BigInt(DEMO_PRICE.inputPicoPerToken) * BigInt(MILLION)),
      output_usd: formatUsd(BigInt(DEMO_PRICE.outputPicoPerToken) * BigInt(MILLION)),
    };
  }
  if (target.locality === 'local') return { input_usd: '0', output_usd: '0' };
  const { priceProvider } = target.via.endpoint;
  if (priceProvider === null) return null;
  if (face.relay !== null && isFreeCall(priceProvider, face.relay)) return { input_usd: '0', output_usd: '0' };
  // Vectors, verdicts and scores are no output that is paid for, and mostly have no price for any.
  const hasOutput = face.task !== 'embedding' && face.relay !== 'moderations' && face.relay !== 'rerank';
  const costOf = (usage: Partial<Usage>): number | null => {
    const priced = { ...UNKNOWN_USAGE, inputTokens: SAMPLE_TOKENS, outputTokens: 0, ...usage };
    return prices.priceOf(priced, priceProvider, target.model, now)?.costPico ?? null;
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
