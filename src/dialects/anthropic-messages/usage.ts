import type { MessageDeltaUsage, Usage as WireUsage } from '@anthropic-ai/sdk/resources/messages';
import type { JsonObject } from '../../canonical/parts.ts';
import { UNKNOWN_USAGE } from '../../canonical/usage.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';

type Key =
  | 'input_tokens'
  | 'cache_creation_input_tokens'
  | 'cache_read_input_tokens'
  | 'ephemeral_5m_input_tokens'
  | 'ephemeral_1h_input_tokens'
  | 'output_tokens'
  | 'thinking_tokens';

const INPUT_KEYS = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'] as const;

/**
 * The tokens of an answer from its `usage` objects: `message_start` has one and every `message_delta`, each with totals
 * up to there, so that the last that says a figure counts. Ollama's `message_start` holds a guess, some imitators put
 * the whole context there (Qwen, MiniMax), and llama.cpp says the input nowhere else.
 */
export class UsageReader {
  readonly #said = new Map<Key, number>();

  /** `null`: it says nothing. */
  take(usage: unknown): Usage | null {
    if (!isObject(usage)) return null;
    this.#takeInput(usage);
    this.#note('output_tokens', usage);
    this.#note('thinking_tokens', membersOf(usage['output_tokens_details']));
    return this.#said.size === 0 ? null : this.usage();
  }

  usage(): Usage {
    const input = this.#said.get('input_tokens') ?? null;
    const read = this.#said.get('cache_read_input_tokens') ?? null;
    const written = this.#said.get('cache_creation_input_tokens') ?? this.#splitTotal();
    const forHour = this.#writtenForHour(written);
    return {
      ...UNKNOWN_USAGE,
      inputTokens: input === null ? null : input + (written ?? 0) + (read ?? 0),
      outputTokens: this.#said.get('output_tokens') ?? null,
      cacheReadTokens: read,
      cacheWrite5mTokens: written === null ? null : written - (forHour ?? 0),
      cacheWrite1hTokens: forHour,
      reasoningTokens: this.#said.get('thinking_tokens') ?? null,
    };
  }

  #takeInput(usage: JsonObject): void {
    // A figure of 0 beside no other is one that an imitator does not know at the end, not a prompt without tokens.
    const knows = INPUT_KEYS.some((key) => (count(usage[key]) ?? 0) > 0) || !this.#said.has('input_tokens');
    if (!knows) return;
    for (const key of INPUT_KEYS) this.#note(key, usage);
    const split = membersOf(usage['cache_creation']);
    this.#note('ephemeral_5m_input_tokens', split);
    this.#note('ephemeral_1h_input_tokens', split);
  }

  #note(key: Key, members: JsonObject): void {
    const value = count(members[key]);
    if (value !== null) this.#said.set(key, value);
  }

  #splitTotal(): number | null {
    const forMinutes = this.#said.get('ephemeral_5m_input_tokens');
    const forHour = this.#said.get('ephemeral_1h_input_tokens');
    return forMinutes === undefined && forHour === undefined ? null : (forMinutes ?? 0) + (forHour ?? 0);
  }

  /**
   * Only `message_start` tells the two times apart, and more can be written later on (code execution runs the model
   * several times): what is not told apart was written like the rest.
   */
  #writtenForHour(written: number | null): number | null {
    const forHour = this.#said.get('ephemeral_1h_input_tokens') ?? null;
    if (written === null || forHour === null) return null;
    const forMinutes = this.#said.get('ephemeral_5m_input_tokens') ?? 0;
    return forHour > 0 && forMinutes === 0 ? written : Math.min(forHour, written);
  }
}

/** The `usage` of a message: the input without what was read from caches or written to them. */
export function writeUsage(usage: Usage | null): WireUsage {
  const counts = writeCounts(usage);
  return {
    input_tokens: counts.input_tokens,
    cache_creation_input_tokens: counts.cache_creation_input_tokens,
    cache_read_input_tokens: counts.cache_read_input_tokens,
    output_tokens: counts.output_tokens,
    output_tokens_details: counts.output_tokens_details,
    server_tool_use: counts.server_tool_use,
    cache_creation: {
      ephemeral_5m_input_tokens: usage?.cacheWrite5mTokens ?? 0,
      ephemeral_1h_input_tokens: usage?.cacheWrite1hTokens ?? 0,
    },
    service_tier: null,
    inference_geo: null,
    speed: null,
  };
}

/** The same for `message_delta`, which has fewer members. */
export function writeDeltaUsage(usage: Usage | null): MessageDeltaUsage {
  return writeCounts(usage);
}

function writeCounts(usage: Usage | null) {
  const read = usage?.cacheReadTokens ?? 0;
  const written = (usage?.cacheWrite5mTokens ?? 0) + (usage?.cacheWrite1hTokens ?? 0);
  const reasoning = usage?.reasoningTokens ?? null;
  return {
    input_tokens: Math.max(0, (usage?.inputTokens ?? 0) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: usage?.outputTokens ?? 0,
    output_tokens_details: reasoning === null ? null : { thinking_tokens: reasoning },
    server_tool_use: null,
  };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function membersOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
