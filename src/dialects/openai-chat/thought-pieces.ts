import type { AnswerEvent } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { mergeDetail, stateOfDetails, textOfDetails } from './own-state.ts';
import { thinkingOfBlock } from './thinking-blocks.ts';

/**
 * What a model thought, by whichever of the fields in use has it: `thinking_blocks` (LiteLLM), `reasoning_content`
 * (DeepSeek, llama.cpp and most), `reasoning` (Groq, vLLM, Ollama, OpenRouter), `reasoning_details` (OpenRouter, which
 * has the text in two of them).
 */
export class ThoughtPieces {
  #details: JsonObject[] = [];

  take(delta: JsonObject): readonly AnswerEvent[] {
    const blocks = objectsIn(delta['thinking_blocks']);
    if (blocks.length > 0) return blocks.flatMap(eventsOfBlock);
    const details = objectsIn(delta['reasoning_details']);
    for (const detail of details) this.#details = mergeDetail(this.#details, detail);
    const text = nonEmpty(delta['reasoning_content']) ?? nonEmpty(delta['reasoning']) ?? textOfDetails(details);
    return text === '' ? NONE : [{ type: 'reasoning', text }];
  }

  /** What the upstream wants back with the thoughts, once they are over. */
  end(): readonly AnswerEvent[] {
    if (this.#details.length === 0) return NONE;
    const state = stateOfDetails(this.#details);
    this.#details = [];
    return state === null ? [] : [{ type: 'state', on: 'reasoning', state }];
  }
}

/** A signature ends the thoughts that it signs; it may come in a block of its own. */
export function eventsOfBlock(block: JsonObject): readonly AnswerEvent[] {
  const thought = thinkingOfBlock(block);
  if (thought === null) return [];
  const { text, state } = thought;
  return [
    ...(text === '' ? [] : [{ type: 'reasoning', text } as const]),
    ...(state === null ? [] : [{ type: 'state', on: 'reasoning', state } as const]),
  ];
}

const NONE: readonly never[] = [];

export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : NONE;
}

function nonEmpty(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
