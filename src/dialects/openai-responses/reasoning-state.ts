import { stateOfText, textOfState } from '../../canonical/carried-state.ts';
import type { CarriedState, JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';

/**
 * What has to come back for OpenAI to know its thoughts again. The state's `data` is this as JSON:
 * `{"id":"rs_…","encrypted_content":"gAAA…"}`. The id is part of it, since OpenAI answers 400 where the two do not
 * belong together ("Encrypted content item_id did not match the target item id").
 */
export interface ReasoningState {
  readonly id: string;
  readonly encryptedContent: string;
}

/** The state in a reasoning item of ours or of another gateway's client; `null`: it has none. */
export function stateOfItem(item: JsonObject): CarriedState | null {
  const { id, encrypted_content: text } = item;
  // llama.cpp fills it with an empty text.
  if (typeof text !== 'string' || text === '') return null;
  const carried = stateOfText(text, 'openai-responses');
  if (carried === null) return null;
  if (carried.origin !== 'openai-responses' || carried.data !== text) return carried;
  const data = JSON.stringify({ id: typeof id === 'string' ? id : '', encrypted_content: text });
  return { origin: 'openai-responses', data };
}

/** What of a state goes back to OpenAI; `null`: it is another dialect's, or no such state. */
export function reasoningStateOf(state: CarriedState | null): ReasoningState | null {
  if (state?.origin !== 'openai-responses') return null;
  const data = parseJson(state.data);
  if (!isObject(data)) return null;
  const { id, encrypted_content: encryptedContent } = data;
  return typeof id === 'string' && typeof encryptedContent === 'string' ? { id, encryptedContent } : null;
}

/** What a client is given as `encrypted_content`, which it sends back as it is. */
export function encryptedContentOf(state: CarriedState | null, itemId: string): string {
  const own = reasoningStateOf(state);
  return own?.id === itemId ? own.encryptedContent : textOfState(state);
}
