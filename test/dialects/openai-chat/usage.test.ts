import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNKNOWN_USAGE, type Usage } from '../../../src/canonical/usage.ts';
import { usageFromOpenAi } from '../../../src/dialects/openai-chat/usage.ts';

const RECORDED = fileURLToPath(new URL('../../../../shared/recorded', import.meta.url));
const REAL_SERVERS = fileURLToPath(new URL('../../fixtures/real-servers', import.meta.url));

const rows: readonly (readonly [string, unknown, Partial<Usage>])[] = [
  [
    'OpenAI chat (API reference: the usage object)',
    {
      prompt_tokens: 2006,
      completion_tokens: 300,
      total_tokens: 2306,
      prompt_tokens_details: { cached_tokens: 1920, audio_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 64, audio_tokens: 2, accepted_prediction_tokens: 0 },
    },
    {
      inputTokens: 2006,
      outputTokens: 300,
      cacheReadTokens: 1920,
      inputAudioTokens: 5,
      outputAudioTokens: 2,
      reasoningTokens: 64,
    },
  ],
  [
    'cache writes',
    { prompt_tokens: 100, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 60 } },
    { inputTokens: 100, outputTokens: 1, cacheReadTokens: 30, cacheWrite5mTokens: 60 },
  ],
  ['embeddings: nothing is written', { prompt_tokens: 8, total_tokens: 8 }, { inputTokens: 8, outputTokens: 0 }],
  ['Voyage embeddings: the total only', { total_tokens: 10 }, { inputTokens: 10, outputTokens: 0 }],
  [
    'DeepSeek',
    {
      prompt_tokens: 18,
      completion_tokens: 345,
      total_tokens: 363,
      prompt_cache_hit_tokens: 16,
      prompt_cache_miss_tokens: 2,
    },
    { inputTokens: 18, outputTokens: 345, cacheReadTokens: 16 },
  ],
  [
    'Moonshot',
    { prompt_tokens: 20, completion_tokens: 30, total_tokens: 50, cached_tokens: 10 },
    { inputTokens: 20, outputTokens: 30, cacheReadTokens: 10 },
  ],
  [
    'Mistral',
    { prompt_tokens: 171, completion_tokens: 14, total_tokens: 185, num_cached_tokens: 128 },
    { inputTokens: 171, outputTokens: 14, cacheReadTokens: 128 },
  ],
  [
    'xAI: reasoning beside the completion, seen by the total',
    { prompt_tokens: 32, completion_tokens: 9, total_tokens: 135, completion_tokens_details: { reasoning_tokens: 94 } },
    { inputTokens: 32, outputTokens: 103, reasoningTokens: 94 },
  ],
  [
    'OpenAI reasoning: inside the completion, seen by the total',
    {
      prompt_tokens: 32,
      completion_tokens: 103,
      total_tokens: 135,
      completion_tokens_details: { reasoning_tokens: 94 },
    },
    { inputTokens: 32, outputTokens: 103, reasoningTokens: 94 },
  ],
  [
    'Gemini: thoughts in the total only',
    { prompt_tokens: 20, completion_tokens: 198, total_tokens: 623 },
    { inputTokens: 20, outputTokens: 603 },
  ],
  [
    'Perplexity deep research: reasoning and citations beside everything',
    { prompt_tokens: 33, completion_tokens: 7163, total_tokens: 7196, citation_tokens: 20016, reasoning_tokens: 73997 },
    { inputTokens: 33, outputTokens: 101176, reasoningTokens: 73997 },
  ],
  [
    'vLLM: details that are null',
    {
      prompt_tokens: 19,
      total_tokens: 25,
      completion_tokens: 6,
      prompt_tokens_details: null,
      completion_tokens_details: null,
    },
    { inputTokens: 19, outputTokens: 6 },
  ],
  ['no total', { prompt_tokens: 3, completion_tokens: 4 }, { inputTokens: 3, outputTokens: 4 }],
  [
    'a total that is too small',
    { prompt_tokens: 3, completion_tokens: 4, total_tokens: 5 },
    { inputTokens: 3, outputTokens: 4 },
  ],
  ['zeros are known', { prompt_tokens: 0, completion_tokens: 0 }, { inputTokens: 0, outputTokens: 0 }],
  ['the output alone', { completion_tokens: 4 }, { outputTokens: 4 }],
  ['the input alone', { prompt_tokens: 4 }, { inputTokens: 4 }],
  [
    'more cached than there was',
    { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 11 } },
    { inputTokens: 10, outputTokens: 1 },
  ],
  [
    'more read and written together than there was',
    { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 3 } },
    { inputTokens: 10, outputTokens: 1, cacheReadTokens: 8 },
  ],
  [
    'more reasoning than there was',
    { prompt_tokens: 10, completion_tokens: 1, completion_tokens_details: { reasoning_tokens: 2 } },
    { inputTokens: 10, outputTokens: 1 },
  ],
  [
    'what is no count',
    { prompt_tokens: 10, completion_tokens: -1, total_tokens: 1.5, prompt_tokens_details: { cached_tokens: '3' } },
    { inputTokens: 10 },
  ],
];

describe('the usage of', () => {
  it.each(rows)('%s', (_name, usage, expected) => {
    expect(usageFromOpenAi(usage)).toEqual({ ...UNKNOWN_USAGE, ...expected });
  });

  it.each([
    [null],
    [undefined],
    [7],
    ['12'],
    [[]],
    [{}],
    [{ prompt_tokens: null }],
    [{ prompt_tokens: Number.NaN, completion_tokens: 2 ** 53 }],
    [{ input_tokens: 3, output_tokens: 4 }],
  ])('%j is unknown', (usage) => {
    expect(usageFromOpenAi(usage)).toBeNull();
  });

  it('anything is counts within their totals, or null', () => {
    const value = fc.oneof(fc.nat({ max: 1000 }), fc.integer(), fc.double(), fc.string(), fc.constant(null));
    const names = [
      'prompt_tokens',
      'completion_tokens',
      'total_tokens',
      'cached_tokens',
      'reasoning_tokens',
      'citation_tokens',
    ];
    const details = fc.option(
      fc.dictionary(fc.constantFrom('cached_tokens', 'audio_tokens', 'reasoning_tokens'), value),
    );
    const usages = fc.tuple(fc.dictionary(fc.constantFrom(...names), value), details, details);
    fc.assert(
      fc.property(usages, ([members, prompt_tokens_details, completion_tokens_details]) => {
        const usage = usageFromOpenAi({ ...members, prompt_tokens_details, completion_tokens_details });
        if (usage === null) return;
        for (const count of Object.values(usage)) {
          if (count !== null) expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
        }
        const ofWhich = (part: number | null, whole: number | null): void => {
          if (part !== null) expect(part).toBeLessThanOrEqual(whole ?? -1);
        };
        ofWhich(usage.cacheReadTokens, usage.inputTokens);
        ofWhich(usage.inputAudioTokens, usage.inputTokens);
        ofWhich(usage.reasoningTokens, usage.outputTokens);
      }),
    );
  });
});

describe('the recordings of real servers', () => {
  it.each([
    ['llama-cpp-python', 'chat.txt', 19, 6, null],
    ['llama.cpp', 'chat.txt', 19, 6, 0],
    ['ollama-0.24.0', 'chat.txt', 19, 6, null],
    ['ollama-0.34.0', 'chat.txt', 19, 6, 0],
    ['transformers', 'chat.txt', 19, 6, null],
    ['vllm', 'chat.txt', 19, 6, null],
    ['llama-cpp-python', 'completions.txt', 1, 3, null],
    ['llama.cpp', 'completions.txt', 1, 3, 0],
    ['ollama-0.24.0', 'completions.txt', 19, 3, null],
    ['ollama-0.34.0', 'completions.txt', 19, 3, 18],
    ['transformers', 'completions.txt', 1, 3, null],
    ['vllm', 'completions.txt', 1, 3, null],
    ['ollama-0.24.0', 'chat-stream-usage.txt', 19, 3, null],
    ['transformers', 'chat-stream-usage.txt', 19, 3, null],
    ['llama.cpp', 'chat-stream-usage.txt', 19, 3, 18],
    ['ollama-0.34.0', 'chat-stream-usage.txt', 19, 3, 18],
    ['vllm', 'chat-stream-usage.txt', 19, 3, null],
  ])('%s %s', (server, file, inputTokens, outputTokens, cacheReadTokens) => {
    const usages = usagesIn(readFileSync(join(REAL_SERVERS, server, file), 'utf8').split(/\r?\n/));
    expect(usages.map((usage) => usageFromOpenAi(usage)).filter((usage) => usage !== null)).toContainEqual({
      ...UNKNOWN_USAGE,
      inputTokens,
      outputTokens,
      cacheReadTokens,
    });
  });
});

describe('the recordings of cloud providers', () => {
  const folders = ['alibaba', 'deepseek', 'groq', 'mistral', 'moonshotai', 'openai'];
  if (!existsSync(RECORDED)) {
    console.log(`skipped: the recorded answers of cloud providers are not at ${RECORDED}`);
    it.skip('are not here', () => undefined);
    return;
  }
  it.each(folders)('%s: totals and parts are what the body says', (folder) => {
    let read = 0;
    for (const name of readdirSync(join(RECORDED, folder))) {
      const text = readFileSync(join(RECORDED, folder, name), 'utf8');
      const bodies = name.endsWith('.json') ? [text] : text.split('\n');
      for (const usage of usagesIn(bodies)) {
        if (typeof usage['prompt_tokens'] !== 'number') continue;
        const found = usageFromOpenAi(usage);
        expect(found?.inputTokens).toBe(usage['prompt_tokens']);
        expect(found?.outputTokens).toBe(usage['completion_tokens'] ?? 0);
        const { cached_tokens: cached } = {
          cached_tokens: usage['cached_tokens'],
          ...(usage['prompt_tokens_details'] ?? {}),
        };
        expect(found?.cacheReadTokens).toBe(cached ?? null);
        const completed = (usage['completion_tokens_details'] ?? {}) as Record<string, unknown>;
        expect(found?.reasoningTokens).toBe(completed['reasoning_tokens'] ?? null);
        read++;
      }
    }
    expect(read).toBeGreaterThan(0);
  });
});

/** The usage objects of the JSON texts among some lines, with or without `data:` in front. */
function usagesIn(lines: readonly string[]): Record<string, unknown>[] {
  return lines.flatMap((line) => {
    const text = line.replace(/^data: ?/, '').trim();
    if (!text.startsWith('{')) return [];
    const body = parse(text);
    return body?.usage ? [body.usage] : [];
  });
}

function parse(text: string): { usage?: Record<string, unknown> | null } | null {
  try {
    return JSON.parse(text) as { usage?: Record<string, unknown> | null };
  } catch {
    return null;
  }
}
