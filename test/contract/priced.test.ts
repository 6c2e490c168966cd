import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../src/canonical/fold-answer.ts';
import { compilePriceBook } from '../../src/pricing/compile-price-book.ts';
import { LAWS } from './every-dialect.ts';
import { streamedEvents, wholeEvents } from './gist.ts';
import { decodeContext, plainRequest } from './laws.ts';
import { readRecorded } from './recorded-answers.ts';
import { usageTold } from './usage-told.ts';

const NOW = Date.UTC(2026, 7, 1, 12);
const PICO_PER_TOKEN = 1_000_000;

/** Published dollars per million tokens. */
interface Prices {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

const SONNET: Prices = { input: 3, cacheRead: 0.3, cacheWrite: 3.75, output: 15 };
/** What it cost when it was R1: the price data has no later price for it. */
const DEEPSEEK: Prices = { input: 0.55, cacheRead: 0.14, cacheWrite: 0, output: 2.19 };
const GPT_5_MINI: Prices = { input: 0.25, cacheRead: 0.025, cacheWrite: 0, output: 2 };
const GPT_5_NANO: Prices = { input: 0.05, cacheRead: 0.005, cacheWrite: 0, output: 0.4 };
const GROK_4_FAST: Prices = { input: 0.2, cacheRead: 0.05, cacheWrite: 0, output: 0.5 };
const GEMINI_3_PRO: Prices = { input: 2, cacheRead: 0.2, cacheWrite: 0, output: 12 };

const recorded = readRecorded();
if (recorded === null) console.warn('skipped: the recorded answers are not there');

// skipped: without the recorded answers there is nothing to price, as was said above.
describe.skipIf(recorded === null)('recorded usage times the published price is what the price book says', () => {
  it.each<[string, string, string, Prices]>([
    ['openai/openai-text.json', 'openai', 'gpt-4.1-nano', { input: 0.1, cacheRead: 0.025, cacheWrite: 0, output: 0.4 }],
    ['openai/azure-model-router.1.chunks.txt', 'openai', 'gpt-5-nano', GPT_5_NANO],
    ['openai/openai-image-generation-tool.1.json', 'openai', 'gpt-5-mini', GPT_5_MINI],
    ['anthropic/anthropic-text.json', 'anthropic', 'claude-sonnet-4-5', SONNET],
    ['anthropic/anthropic-text.chunks.txt', 'anthropic', 'claude-sonnet-4-5', SONNET],
    ['anthropic/anthropic-web-search-tool.1.json', 'anthropic', 'claude-sonnet-4-20250514', SONNET],
    ['anthropic/anthropic-code-execution-20250825.1.chunks.txt', 'anthropic', 'claude-sonnet-4-5', SONNET],
    ['deepseek/deepseek-json.json', 'deepseek', 'deepseek-reasoner', DEEPSEEK],
    ['deepseek/deepseek-reasoning.chunks.txt', 'deepseek', 'deepseek-reasoner', DEEPSEEK],
    ['xai/xai-web-search-tool.1.json', 'x-ai', 'grok-4-fast-reasoning', GROK_4_FAST],
    ['xai/xai-web-search-tool.1.chunks.txt', 'x-ai', 'grok-4-fast-reasoning', GROK_4_FAST],
    ['google/google-reasoning-gemini3.json', 'google', 'gemini-3-pro-preview', GEMINI_3_PRO],
    ['google/google-tool-call-gemini3.chunks.txt', 'google', 'gemini-3-pro-preview', GEMINI_3_PRO],
  ])('%s', (name, provider, model, prices) => {
    const answer = recorded?.answers.find((one) => one.name === name);
    const laws = LAWS.find(({ dialect }) => dialect.id === answer?.dialect);
    if (answer === undefined || laws === undefined) throw new Error(`${name} was not read`);
    const { dialect } = laws;
    const context = decodeContext(plainRequest(dialect));
    const events =
      answer.body.kind === 'whole'
        ? wholeEvents(dialect, answer.body.json, context)
        : streamedEvents(dialect, [answer.body.bytes], context);
    const { usage } = foldAnswer(events);
    const told = usageTold(answer);
    if (usage === null || told === null) throw new Error(`${name} says no usage`);
    const fresh = told.input - told.cacheRead - told.cacheWrite;
    const dollarsPerMillion =
      fresh * prices.input +
      told.cacheRead * prices.cacheRead +
      told.cacheWrite * prices.cacheWrite +
      told.output * prices.output;
    const book = compilePriceBook();
    expect(book.priceOf(usage, provider, model, NOW)?.costPico).toBe(Math.round(dollarsPerMillion * PICO_PER_TOKEN));
  });
});
