import type { RefusalStopDetails, StopReason } from '@anthropic-ai/sdk/resources/messages';
import type { Finish, FinishReason } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';

const REASONS: Readonly<Record<StopReason, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  // A turn of tools that the provider runs was interrupted; sent back as it is, the model goes on.
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

const WORDS: Readonly<Record<FinishReason, StopReason>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
};

/** `said`: what holds `stop_reason`, `stop_sequence` and `stop_details`. */
export function readFinish(said: JsonObject, hasCalls: boolean): Finish {
  const word = said['stop_reason'];
  const raw = typeof word === 'string' ? word : null;
  const sequence = said['stop_sequence'];
  const reason = raw !== null && isStopReason(raw) ? REASONS[raw] : 'stop';
  return {
    // Some say `end_turn` after a call.
    reason: reason === 'stop' && hasCalls && raw !== 'pause_turn' ? 'tool_calls' : reason,
    raw,
    stopSequence: typeof sequence === 'string' ? sequence : null,
    detail: readDetail(said['stop_details']),
  };
}

function readDetail(details: unknown): string | null {
  if (!isObject(details)) return null;
  const said = details['explanation'] ?? details['category'];
  return typeof said === 'string' ? said : null;
}

/** The three fields with which an answer ends. `hasRefusal`: the model itself said that it would not. */
export function stopFields(
  finish: Finish | null,
  hasRefusal: boolean,
): { stop_reason: StopReason; stop_sequence: string | null; stop_details: RefusalStopDetails | null } {
  const reason = wordOf(finish, hasRefusal);
  return {
    stop_reason: reason,
    stop_sequence: reason === 'stop_sequence' ? (finish?.stopSequence ?? null) : null,
    stop_details:
      reason === 'refusal' && finish !== null && finish.detail !== null
        ? { type: 'refusal', category: null, explanation: finish.detail }
        : null,
  };
}

function wordOf(finish: Finish | null, hasRefusal: boolean): StopReason {
  if (finish === null) return hasRefusal ? 'refusal' : 'end_turn';
  if (hasRefusal && finish.reason === 'stop') return 'refusal';
  // The word as it came, where it was this dialect's: `pause_turn` must stay what it is.
  if (finish.raw !== null && isStopReason(finish.raw) && REASONS[finish.raw] === finish.reason) return finish.raw;
  return finish.reason === 'stop' && finish.stopSequence !== null ? 'stop_sequence' : WORDS[finish.reason];
}

function isStopReason(word: string): word is StopReason {
  return Object.hasOwn(REASONS, word);
}
