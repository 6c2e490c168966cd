import { formatUsd } from '../canonical/money.ts';
import type { PicoUsd } from '../canonical/money.ts';
import type { Target } from '../canonical/target.ts';
import type { RoutePlan } from '../routing/route-table.ts';
import type { AnswerHeaders } from '../upstream/upstream.ts';

/**
 * What comes back from an upstream besides the content type: retry hints, ids, limits, processing times. Nothing else
 * does.
 */
// prettier-ignore
const PASSED = new Set([
  'retry-after', 'retry-after-ms', 'x-should-retry', 'x-request-id', 'request-id', 'x-correlation-id', 'cf-ray',
  'openai-processing-ms', 'openai-version', 'openai-model', 'server-timing',
  'x-inference-time', 'x-envoy-upstream-service-time',
]);
const PASSED_PREFIXES = ['x-ratelimit-', 'ratelimit-', 'anthropic-ratelimit-', 'x-groq-', 'x-compute-'];
const VALUE_BYTES = 1_024;

/** Adds the upstream's headers that a client may see to a list of name, value, name, value. */
export function addPassedHeaders(list: string[], headers: AnswerHeaders): void {
  for (const name in headers) {
    if (!isPassed(name)) continue;
    const value = headers[name];
    const text = Array.isArray(value) ? value.join(', ') : value;
    if (text !== undefined && text.length <= VALUE_BYTES && isHeaderText(text)) list.push(name, text);
  }
}

const MAX_REMEMBERED = 512;
const decided = new Map<string, boolean>();

/** The same few names come with every answer: each is decided once. */
function isPassed(name: string): boolean {
  const before = decided.get(name);
  if (before !== undefined) return before;
  if (decided.size >= MAX_REMEMBERED) decided.clear();
  const passed = PASSED.has(name) || PASSED_PREFIXES.some((prefix) => name.startsWith(prefix));
  decided.set(name, passed);
  return passed;
}

export interface OwnHeaders {
  readonly exchangeId: string;
  readonly profile: string;
  /** `null`: it came to no plan. */
  readonly plan: RoutePlan | null;
  readonly target: Target | null;
  readonly costPico: PicoUsd | null;
  readonly overheadMs: number;
  readonly dropped: readonly string[];
  /** How many attempts there were with this one; 0: none. */
  readonly attempts: number;
  /** Names that were asked because others could not answer, in their order. */
  readonly fallbacks: readonly string[];
}

/** Adds `x-llmgw-*`. The cost stands there when it is known before the body. */
export function addOwnHeaders(list: string[], own: OwnHeaders): void {
  const { plan } = own;
  list.push('x-llmgw-request-id', own.exchangeId, 'x-llmgw-profile', own.profile);
  if (plan !== null) {
    list.push('x-llmgw-route', headerText(plan.note));
    if (plan.standsInFor !== null) list.push('x-llmgw-stand-in-for', headerText(plan.standsInFor));
  }
  if (own.target !== null) {
    list.push('x-llmgw-provider', providerOf(own.target), 'x-llmgw-model', headerText(own.target.name));
  }
  if (own.costPico !== null) list.push('x-llmgw-cost-usd', formatUsd(own.costPico));
  if (own.attempts > 1) list.push('x-llmgw-attempts', String(own.attempts));
  if (own.fallbacks.length > 0) list.push('x-llmgw-fallback', listText(own.fallbacks));
  if (own.dropped.length > 0) list.push('x-llmgw-dropped', listText(own.dropped));
  list.push('x-llmgw-overhead-ms', own.overheadMs.toFixed(3));
}

function listText(names: readonly string[]): string {
  return headerText(names.join(', ')).slice(0, VALUE_BYTES);
}

/** The name of the provider or server of a target. */
export function providerOf(target: Target): string {
  return target.via.kind === 'network' ? target.via.endpoint.provider : 'demo';
}

/** Whether Node takes a text for the value of a header. What an upstream sends may hold more than that. */
export function isHeaderText(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

/** A header holds printable ASCII; a model's name may hold anything, even half of a surrogate pair. */
export function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURI(text.replace(/\p{Surrogate}/gu, '\ufffd'));
}
