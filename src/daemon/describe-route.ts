import { GatewayError } from '../canonical/errors.ts';
import { formatUsd } from '../canonical/money.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { Usage } from '../canonical/usage.ts';
import type { Target } from '../canonical/target.ts';
import { OPENAI_ENDPOINTS } from '../dialects/openai-chat/endpoints.ts';
import type { OpenAiEndpoint } from '../dialects/openai-chat/endpoints.ts';
import { DEMO_PRICE } from '../pricing/demo-price.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import { explainRoute } from '../routing/explain.ts';
import type { RouteTable } from '../routing/route-table.ts';
import type { RouteCandidateEntry, RouteDocument } from './status.ts';

export interface RouteToDescribe {
  readonly table: RouteTable;
  readonly model: string;
  /** As `GET /llmgw/route` was asked: `endpoint` (a path without `/v1`, `chat/completions` when left out), `tools`. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly prices: PriceBook;
  /** Why the limits would let not even a short request to a target through; `null`: they would. */
  readonly refusalOf: (target: Target) => GatewayError | null;
  /** UTC milliseconds. */
  readonly now: number;
}

const MILLION = 1_000_000;
/** A usage so small that no tier of long prompts applies, and so round that no part of a pico-dollar is lost. */
const SAMPLE_TOKENS = 1000;
const TASKS: Readonly<Record<OpenAiEndpoint, RequestNeeds['task']>> = {
  'chat/completions': 'chat',
  completions: 'completion',
  embeddings: 'embedding',
};

/** Who would answer a request for a name, in order, who would not, and why; nothing is sent. */
export function describeRoute({ table, model, query, prices, refusalOf, now }: RouteToDescribe): RouteDocument {
  const endpoint = endpointIn(query);
  const needs = { task: TASKS[endpoint], tools: query['tools'] === 'true', vision: false, contextTokens: 0 };
  const decision = explainRoute(table, model, needs);
  const entryOf = (target: Target, position: number | null, reason: string): RouteCandidateEntry => ({
    target: target.name,
    locality: target.locality,
    position,
    reason,
    price: priceOf(target, { prices, now, isEmbedding: endpoint === 'embeddings' }),
  });
  const planned = decision.kind === 'planned' ? decision.plan.targets : [];
  const refused = new Map(planned.map((target) => [target, refusalOf(target)]));
  const taken = planned.filter((target) => refused.get(target) === null);
  const [beyondLimits] = taken.length === 0 ? refused.values() : [];
  return {
    v: 1,
    model,
    profile: table.profile,
    endpoint,
    route: decision.kind === 'planned' ? decision.plan.note : decision.note,
    stands_in_for: decision.kind === 'planned' ? decision.plan.standsInFor : null,
    candidates: [
      ...taken.map((target, index) => entryOf(target, index + 1, target.reason)),
      ...planned.flatMap((target) => {
        const refusal = refused.get(target) ?? null;
        return refusal === null ? [] : [entryOf(target, null, `${refusal.code}: ${refusal.message}`)];
      }),
      ...decision.passedOver.map(({ candidate, why }) => entryOf(candidate.target, null, why)),
    ],
    error: decision.kind === 'refused' ? errorOf(decision.error) : beyondLimits ? errorOf(beyondLimits) : null,
  };
}

function endpointIn({ endpoint }: RouteToDescribe['query']): OpenAiEndpoint {
  if (endpoint === undefined || endpoint === '') return 'chat/completions';
  const known = OPENAI_ENDPOINTS.find((one) => one === endpoint);
  if (known !== undefined) return known;
  const message = `There is no such endpoint. Known: ${OPENAI_ENDPOINTS.join(', ')}.`;
  throw new GatewayError('invalid_body', message, { param: 'endpoint' });
}

function errorOf({ code, status, message, hint }: GatewayError): RouteDocument['error'] {
  return { code, status, message, hint };
}

interface Pricing {
  readonly prices: PriceBook;
  readonly now: number;
  /** It has no output, and mostly no price for any. */
  readonly isEmbedding: boolean;
}

/** As an attempt would be booked: 0 on a local server, by the price book elsewhere, `null` where it has no price. */
function priceOf(target: Target, { prices, now, isEmbedding }: Pricing): RouteCandidateEntry['price'] {
  if (target.via.kind === 'demo') {
    return {
      input_usd: formatUsd(BigInt(DEMO_PRICE.inputPicoPerToken) * BigInt(MILLION)),
      output_usd: formatUsd(BigInt(DEMO_PRICE.outputPicoPerToken) * BigInt(MILLION)),
    };
  }
  if (target.locality === 'local') return { input_usd: '0', output_usd: '0' };
  const { priceProvider } = target.via.endpoint;
  if (priceProvider === null) return null;
  const costOf = (usage: Partial<Usage>): number | null => {
    const priced = { ...UNKNOWN_USAGE, inputTokens: SAMPLE_TOKENS, outputTokens: 0, ...usage };
    return prices.priceOf(priced, priceProvider, target.model, now)?.costPico ?? null;
  };
  // What a request costs by itself, whatever its size, is in all three and falls out of the differences.
  const base = costOf({});
  const input = costOf({ inputTokens: 2 * SAMPLE_TOKENS });
  const output = isEmbedding ? base : costOf({ outputTokens: SAMPLE_TOKENS });
  if (base === null || input === null || output === null) return null;
  return { input_usd: perMillion(input - base), output_usd: perMillion(output - base) };
}

function perMillion(picoForSample: number): string {
  return formatUsd(BigInt(picoForSample) * BigInt(MILLION / SAMPLE_TOKENS));
}
