import { UNKNOWN_USAGE } from '../canonical/usage.ts';
import type { Usage } from '../canonical/usage.ts';
import { priceOfCall } from '../pricing/deployment-price.ts';
import type { PricedCall } from '../pricing/deployment-price.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import type { AdmissionRequest } from './limits.ts';
import { promptTokensOf } from './prompt-tokens.ts';

/** What a choice is taken to have where the client sets no limit; the price data knows none of the models'. */
export const ASSUMED_OUTPUT_TOKENS = 4_096;
/** No model answers with more, whatever it was allowed. */
const MAX_OUTPUT_TOKENS = 1_000_000;

type Classes = Partial<Usage>;

/**
 * The most that an attempt may cost, in pico-dollars: the longest prompt that its body can be, in the dearest class
 * that a provider may put it in (written to a cache, say), and the longest answer that was asked for. `null`: the price
 * is not known.
 */
export function worstCostOf(attempt: AdmissionRequest, prices: PriceBook): bigint | null {
  const { target, billing, at } = attempt;
  const { via, model } = target;
  const provider = via.kind === 'demo' ? null : via.endpoint.priceProvider;
  const priced = { billing, provider, model, audioSeconds: null, at };
  const cost = (usage: Classes): number | null =>
    priceOfCall(prices, { ...priced, usage: { ...UNKNOWN_USAGE, ...usage } })?.costPico ?? null;
  const choices = Math.max(1, attempt.choiceCount);
  const { total: inputTokens, image, payload } = promptTokensOf(attempt.body);
  const outputTokens = outputTokensOf(attempt.maxOutputTokens, choices, contextLengthOf(priced, prices));
  const prompt: Classes = { inputTokens, outputTokens: 0 };
  const answer: Classes = { inputTokens, outputTokens };
  const [plain, withAnswer] = [cost(prompt), cost(answer)];
  if (plain === null || withAnswer === null) return null;
  const input = dearest(plain, [
    cost({ ...prompt, cacheWrite5mTokens: inputTokens }),
    cost({ ...prompt, cacheWrite1hTokens: inputTokens }),
    image + payload === 0 ? null : cost({ ...prompt, imageTokens: image, inputAudioTokens: payload }),
  ]);
  if (outputTokens === 0) return BigInt(input);
  const output = dearest(withAnswer, [
    cost({ ...answer, reasoningTokens: outputTokens }),
    cost({ ...answer, outputAudioTokens: outputTokens }),
  ]);
  return BigInt(input) + BigInt(output - plain) * BigInt(choices);
}

function contextLengthOf({ billing, ...own }: Omit<PricedCall, 'usage'>, prices: PriceBook): number | null {
  const { provider, model } = billing?.priceAs ?? own;
  return provider === null ? null : prices.contextLength(provider, model);
}

/** Of one choice. */
function outputTokensOf(allowed: number | null, choices: number, contextLength: number | null): number {
  const each = allowed === null ? ASSUMED_OUTPUT_TOKENS : Math.ceil(allowed / choices);
  return Math.min(each, contextLength ?? MAX_OUTPUT_TOKENS);
}

function dearest(plain: number, others: readonly (number | null)[]): number {
  return others.reduce<number>((most, other) => Math.max(most, other ?? 0), plain);
}
