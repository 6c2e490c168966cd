import type { ErrorCode, GatewayError } from '../canonical/errors.ts';
import type { PicoUsd } from '../canonical/money.ts';
import { picoUsd } from '../canonical/money.ts';
import type { Target } from '../canonical/target.ts';
import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { Usage } from '../canonical/usage.ts';
import { DEMO_PRICE } from '../pricing/demo-price.ts';
import { priceOfCall } from '../pricing/deployment-price.ts';
import type { ConfiguredBilling } from '../pricing/deployment-price.ts';
import { isFreeCall } from '../pricing/free-calls.ts';
import type { Price, PriceBook } from '../pricing/price-book.ts';
import type { AnswerFacts } from './attempt-end.ts';

/** What one attempt is booked with. */
export interface Booking {
  readonly usage: Usage;
  readonly costPico: PicoUsd | null;
  readonly unpriced: boolean;
  readonly priceVersion: string | null;
  readonly stoodInFor: string | null;
  readonly savedPico: PicoUsd | null;
}

export interface BookingInput {
  readonly target: Target;
  /** What the config says of its price; `null`: nothing. */
  readonly billing: ConfiguredBilling | null;
  /** The answer stands in the config: nobody was asked. */
  readonly isMocked: boolean;
  readonly requestedModel: string;
  /** The cloud name that the plan let this local model answer for; `null`: it says nothing of it. */
  readonly standsInFor: string | null;
  readonly actualModel: string | null;
  /** As it came from the upstream, or as it was estimated. */
  readonly usage: Usage | null;
  /** What a relayed endpoint is paid by besides tokens; `null`: it is none. */
  readonly relayed: { readonly endpoint: string; readonly audioSeconds: number | null } | null;
  /**
   * Something was answered, or may have been: then an unknown cost is `unpriced`. A failed call without output has
   * none.
   */
  readonly mayHaveCost: boolean;
  readonly at: number;
  readonly prices: PriceBook;
}

const FREE = picoUsd(0);
const NOTHING_SAVED = { stoodInFor: null, savedPico: null } as const;

/**
 * The price of an attempt: the config's where it gives one, 0 where a local server ran it, the price book's where it
 * knows, else `unpriced`, never a guess.
 */
export function bookAttempt(input: BookingInput): Booking {
  const { target, billing, isMocked } = input;
  const usage = input.usage ?? UNKNOWN_USAGE;
  if (isMocked) return free(usage);
  if (target.via.kind === 'demo') return { usage, ...priceDemo(usage), ...NOTHING_SAVED };
  const isPriced = (billing?.price ?? null) !== null;
  if (target.locality === 'local' && !isPriced) return { ...free(usage), ...savedBy(input, usage) };
  const { priceProvider } = target.via.endpoint;
  if (!isPriced && priceProvider !== null && input.relayed !== null) {
    if (isFreeCall(priceProvider, input.relayed.endpoint)) return free(usage);
  }
  const price = priceOfEither(input, usage, priceProvider);
  if (price === null)
    return { usage, costPico: null, unpriced: input.mayHaveCost, priceVersion: null, ...NOTHING_SAVED };
  return { usage, costPico: price.costPico, unpriced: false, priceVersion: price.priceVersion, ...NOTHING_SAVED };
}

function free(usage: Usage): Booking {
  return { usage, costPico: FREE, unpriced: false, priceVersion: null, ...NOTHING_SAVED };
}

/** The name that was asked for, then the one that answered: `gpt-4o`, then `gpt-4o-2024-08-06`. */
function priceOfEither(input: BookingInput, usage: Usage, provider: string | null): Price | null {
  const { target, actualModel, billing, prices, at, relayed } = input;
  const { model } = target;
  const call = { billing, provider, model, usage, audioSeconds: relayed?.audioSeconds ?? null, at };
  const price = priceOfCall(prices, call);
  if (price !== null || billing !== null || actualModel === null || actualModel === model) return price;
  return call.audioSeconds === null ? priceOfCall(prices, { ...call, model: actualModel }) : null;
}

/** What the same tokens would have cost on the cloud model that was asked for. */
function savedBy(input: BookingInput, usage: Usage): Pick<Booking, 'stoodInFor' | 'savedPico'> {
  const { requestedModel, standsInFor, target, prices, at } = input;
  // An alias may let a local model answer for a cloud name too: the plan does not say so, its name does.
  if (standsInFor === null && target.name.includes(requestedModel)) return NOTHING_SAVED;
  const stoodInFor = standsInFor ?? requestedModel;
  const slash = stoodInFor.indexOf('/');
  const name = slash < 0 ? stoodInFor : stoodInFor.slice(slash + 1);
  const maker = prices.providerOf(name);
  if (maker === null) return standsInFor === null ? NOTHING_SAVED : { stoodInFor, savedPico: null };
  return { stoodInFor, savedPico: prices.priceOf(usage, maker, name, at)?.costPico ?? null };
}

function priceDemo(usage: Usage): Pick<Booking, 'costPico' | 'unpriced' | 'priceVersion'> {
  const { inputTokens, outputTokens } = usage;
  if (inputTokens === null || outputTokens === null) return { costPico: null, unpriced: true, priceVersion: null };
  const cost = inputTokens * DEMO_PRICE.inputPicoPerToken + outputTokens * DEMO_PRICE.outputPicoPerToken;
  return { costPico: picoUsd(cost), unpriced: false, priceVersion: DEMO_PRICE.version };
}

/** No connection was made: nothing was sent that could be charged. */
const NOT_SENT: readonly ErrorCode[] = [
  'upstream_refused',
  'upstream_unreachable',
  'upstream_unknown_host',
  'upstream_no_network',
  'upstream_connect_timeout',
];

/**
 * Whether an attempt that was sent may be charged for: it was answered, or nobody knows. One that the upstream itself
 * called an error, and that gave no token, is not.
 */
export function mayHaveCost({ status, firstTokenAt }: AnswerFacts, error: GatewayError | null): boolean {
  if (error === null || firstTokenAt !== null) return true;
  if (error.code === 'upstream_error') return false;
  return status === null ? !NOT_SENT.includes(error.code) : status < 300;
}
