import type { ResponseUsage } from 'openai/resources/responses/responses';
import type { JsonObject } from '../../canonical/parts.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';

const NO_MEMBERS: JsonObject = {};

/**
 * The tokens in the `usage` of a response; `null`: it says nothing usable. Input contains what came from the cache and
 * what was written to it, output contains reasoning (`ResponseUsage` of the `openai` package). Numbers that cannot be
 * counts, and parts greater than their whole, are not believed.
 */
export function decodeUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null;
  const input = count(usage['input_tokens']);
  const output = count(usage['output_tokens']);
  if (input === null && output === null) return null;
  const inputs = membersOf(usage['input_tokens_details']);
  const outputs = membersOf(usage['output_tokens_details']);
  const cacheRead = partOf(input, count(inputs['cached_tokens']));
  return {
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: cacheRead,
    // Nobody says for how long; five minutes is the usual time.
    cacheWrite5mTokens: partOf(input === null ? null : input - (cacheRead ?? 0), count(inputs['cache_write_tokens'])),
    cacheWrite1hTokens: null,
    inputAudioTokens: partOf(input, count(inputs['audio_tokens'])),
    outputAudioTokens: partOf(output, count(outputs['audio_tokens'])),
    imageTokens: partOf(input, count(inputs['image_tokens'])),
    reasoningTokens: partOf(output, count(outputs['reasoning_tokens'])),
  };
}

/** `ResponseUsage`, whose newest number older models and other providers do not tell. */
export interface WireUsage extends Omit<ResponseUsage, 'input_tokens_details'> {
  readonly input_tokens_details: { readonly cached_tokens: number; readonly cache_write_tokens?: number };
}

/** The details are always there: Codex and Grok's CLI read no usage that lacks one of them. */
export function encodeUsage(usage: Usage): WireUsage {
  const input = usage.inputTokens ?? 0;
  const output = usage.outputTokens ?? 0;
  const { cacheWrite5mTokens: short, cacheWrite1hTokens: long } = usage;
  const isWriteKnown = short !== null || long !== null;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens ?? 0,
      ...(isWriteKnown ? { cache_write_tokens: (short ?? 0) + (long ?? 0) } : {}),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function partOf(whole: number | null, part: number | null): number | null {
  return whole === null || part === null || part > whole ? null : part;
}

function membersOf(value: unknown): JsonObject {
  return isObject(value) ? value : NO_MEMBERS;
}
