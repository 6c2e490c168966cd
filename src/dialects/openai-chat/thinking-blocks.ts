import { reasoningPart } from '../../canonical/parts.ts';
import type { CarriedState, JsonObject, ReasoningPart } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';

/** What Anthropic's dialect writes before thoughts that are kept secret, to tell them from a signature. */
const REDACTED = 'redacted:';
const origin = 'anthropic-messages';

/**
 * Anthropic's thinking as clients of chat completions know it from LiteLLM, in `thinking_blocks` beside the content or
 * as a part of it; or Mistral's, whose text is a list. `null`: nothing that could be read.
 */
export function thinkingOfBlock(block: JsonObject): ReasoningPart | null {
  const { thinking, signature, data } = block;
  if (block['type'] === 'redacted_thinking') {
    return typeof data === 'string' ? reasoningPart('', { origin, data: REDACTED + data }) : null;
  }
  const text = typeof thinking === 'string' ? thinking : textOfList(thinking);
  const isSigned = typeof signature === 'string' && signature !== '';
  if (text === '' && !isSigned) return null;
  return reasoningPart(text, isSigned ? { origin, data: signature } : null);
}

/** The block of thoughts that Anthropic signed; `null`: others did. */
export function blockOfThinking(text: string, state: CarriedState | null): JsonObject | null {
  if (state?.origin !== origin) return null;
  if (state.data.startsWith(REDACTED)) return { type: 'redacted_thinking', data: state.data.slice(REDACTED.length) };
  return { type: 'thinking', thinking: text, signature: state.data };
}

/** Text of `[{type: text, text}]`. */
export function textOfList(list: unknown): string {
  if (!Array.isArray(list)) return '';
  return list.map((part: unknown) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}
