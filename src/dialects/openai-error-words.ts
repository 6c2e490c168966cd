import type { GatewayError } from '../canonical/errors.ts';

/** What OpenAI's clients act on, in all of its APIs. `code` is a text: Codex reads nothing else. */
export interface OpenAiWords {
  readonly type: string;
  readonly code: string;
}

const TOO_MANY_REQUESTS = 429;
/** OpenAI's codes for it (its guide to error codes; the last is what Codex tells the end of a plan's budget by). */
const OWN_CODES: ReadonlySet<string> = new Set(['rate_limit_exceeded', 'insufficient_quota', 'usage_limit_reached']);
const QUOTA: OpenAiWords = { type: 'insufficient_quota', code: 'insufficient_quota' };
const RATE: OpenAiWords = { type: 'rate_limit_error', code: 'rate_limit_exceeded' };
/**
 * An account without money. Not the word "quota" alone, by which Google, Amazon and Azure mean so many requests a
 * minute: clients do not ask again where they read `insufficient_quota`.
 */
const WITHOUT_MONEY =
  /insufficient[_ ]?(?:quota|balance|credit)|exceeded_current_quota|(?:of|enough) credits|credit balance/i;
/** Said of an account without money, and as advice of how to get a higher limit. */
const OF_MONEY = /\bbilling\b/i;
const OF_A_RATE = /rate[_ -]?limit|\bper[_ -]min/i;
/** What OpenAI, and who imitates it, calls the type of a limit of so many of these a minute or a day. */
const COUNTED: ReadonlySet<string> = new Set(['requests', 'tokens']);
/** Addresses say where there is more to be read: "https://…/account/billing", "https://…/docs/rate-limits". */
const ADDRESS = /\b(?:https?:\/\/|www\.)\S+/gi;
/** Google writes of a bill in every such message ("check your plan and billing details"), also of a minute's limit. */
const OF_GOOGLE = /^resource[_ ]?exhausted$/i;

/** Type and code of an error as OpenAI's clients know them: upstreams have words of their own for a rate limit. */
export function openAiWords({ code, status, type, wireCode, message }: GatewayError): OpenAiWords {
  const said = String(wireCode);
  if (status !== TOO_MANY_REQUESTS || code !== 'upstream_error' || OWN_CODES.has(said)) return { type, code: said };
  if (OF_GOOGLE.test(type) || OF_GOOGLE.test(said)) return RATE;
  return isWithoutMoney(`${type} ${said}`, message.replace(ADDRESS, ' ')) && !COUNTED.has(type) ? QUOTA : RATE;
}

/** What an upstream's own words for the case say is surer than its message; that tells a rate, it is one. */
function isWithoutMoney(words: string, message: string): boolean {
  if (WITHOUT_MONEY.test(words)) return true;
  if (OF_A_RATE.test(message)) return false;
  return WITHOUT_MONEY.test(message) || (OF_MONEY.test(`${words} ${message}`) && !OF_A_RATE.test(words));
}
