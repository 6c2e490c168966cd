import { stateOfText, textOfState } from '../../canonical/carried-state.ts';
import { reasoningPart } from '../../canonical/parts.ts';
import type { CarriedState, JsonObject, ReasoningPart } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { detailsOfState } from './own-state.ts';

/** What Anthropic's dialect writes before thoughts that are kept secret, to tell them from a signature. */
const REDACTED = 'redacted:';
const origin = 'anthropic-messages';

/**
 * Thoughts as clients of chat completions know them from LiteLLM, in `thinking_blocks` beside the content or as a part
 * of it: Anthropic's blocks, or ones of `blockOfThinking`; or Mistral's, whose text is a list. `null`: nothing that
 * could be read.
 */
export function thinkingOfBlock(block: JsonObject): ReasoningPart | null {
  const { thinking, signature, data } = block;
  if (block['type'] === 'redacted_thinking') {
    return typeof data === 'string' ? reasoningPart('', { origin, data: REDACTED + data }) : null;
  }
  const text = typeof thinking === 'string' ? thinking : textOfList(thinking);
  const isSigned = typeof signature === 'string' && signature !== '';
  if (text === '' && !isSigned) return null;
  const state = isSigned ? stateOfText(signature, origin) : null;
  return text === '' && state === null ? null : reasoningPart(text, state);
}

/**
 * Thoughts with what has to come back with them, whoever thought, in the form that clients know for Anthropic's. Those
 * without a state have a block as well: a provider of this dialect would refuse what it is told of them, and is not
 * told where they are known to be ours. `null`: their state has a place of its own.
 */
export function blockOfThinking(text: string, state: CarriedState | null): JsonObject | null {
  if (state !== null && detailsOfState(state, '') !== null) return null;
  return { type: 'thinking', thinking: text, signature: textOfState(state) };
}

/** Text of `[{type: text, text}]`. */
export function textOfList(list: unknown): string {
  if (!Array.isArray(list)) return '';
  return list.map((part: unknown) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}
