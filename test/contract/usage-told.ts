import type { DialectId } from '../../src/canonical/dialect-id.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { isObject } from '../../src/std/is-object.ts';
import type { RecordedAnswer } from './recorded-answers.ts';

/** Tokens as a person reads them off a body; classes that it does not mention are 0. */
export interface ToldUsage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
}

/**
 * Usage of a recorded answer, read apart from the dialects by the providers' own formulas: which classes a total
 * contains differs. `null`: the body says nothing.
 */
export function usageTold({ dialect, body }: RecordedAnswer): ToldUsage | null {
  const payloads = body.kind === 'whole' ? [body.json as JsonObject] : body.payloads;
  const stated = payloads.flatMap((payload) => statedIn(payload));
  if (stated.length === 0) return null;
  // Totals so far: a later one replaces an earlier one, member by member.
  const merged = Object.assign({}, ...stated) as JsonObject;
  return READERS[dialect](merged);
}

function statedIn(payload: JsonObject): JsonObject[] {
  const places = [payload, payload['message'], payload['response'], payload['metadata']];
  return places.flatMap((place) => {
    if (!isObject(place)) return [];
    const usage = place['usage'] ?? place['usageMetadata'];
    return isObject(usage) ? [withoutNulls(usage)] : [];
  });
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function number(object: JsonObject, ...path: readonly string[]): number {
  let value: unknown = object;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return typeof value === 'number' ? value : 0;
}

const READERS: Readonly<Record<DialectId, (usage: JsonObject) => ToldUsage>> = {
  'openai-chat': (usage) => ({
    input: number(usage, 'prompt_tokens'),
    output: number(usage, 'completion_tokens'),
    cacheRead:
      number(usage, 'prompt_tokens_details', 'cached_tokens') ||
      number(usage, 'prompt_cache_hit_tokens') ||
      number(usage, 'cached_tokens'),
    cacheWrite: 0,
    reasoning: number(usage, 'completion_tokens_details', 'reasoning_tokens'),
  }),
  'openai-responses': (usage) => ({
    input: number(usage, 'input_tokens'),
    output: number(usage, 'output_tokens'),
    cacheRead: number(usage, 'input_tokens_details', 'cached_tokens'),
    cacheWrite: number(usage, 'input_tokens_details', 'cache_write_tokens'),
    reasoning: number(usage, 'output_tokens_details', 'reasoning_tokens'),
  }),
  'anthropic-messages': (usage) => {
    const cacheRead = number(usage, 'cache_read_input_tokens');
    const cacheWrite = number(usage, 'cache_creation_input_tokens');
    return {
      input: number(usage, 'input_tokens') + cacheRead + cacheWrite,
      output: number(usage, 'output_tokens'),
      cacheRead,
      cacheWrite,
      reasoning: number(usage, 'output_tokens_details', 'thinking_tokens'),
    };
  },
  gemini: (usage) => ({
    input: number(usage, 'promptTokenCount') + number(usage, 'toolUsePromptTokenCount'),
    output: number(usage, 'candidatesTokenCount') + number(usage, 'thoughtsTokenCount'),
    cacheRead: number(usage, 'cachedContentTokenCount'),
    cacheWrite: 0,
    reasoning: number(usage, 'thoughtsTokenCount'),
  }),
  'bedrock-converse': (usage) => {
    const cacheRead = number(usage, 'cacheReadInputTokens');
    const cacheWrite = number(usage, 'cacheWriteInputTokens');
    return {
      input: number(usage, 'inputTokens') + cacheRead + cacheWrite,
      output: number(usage, 'outputTokens'),
      cacheRead,
      cacheWrite,
      reasoning: 0,
    };
  },
  ollama: (usage) => ({
    input: number(usage, 'prompt_eval_count'),
    output: number(usage, 'eval_count'),
    cacheRead: 0,
    cacheWrite: 0,
    reasoning: 0,
  }),
};
