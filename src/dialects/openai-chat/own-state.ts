import type { CarriedState, JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';

/**
 * What upstreams of this dialect bind to a model's thoughts. Two kinds are known: OpenRouter's `reasoning_details`, a
 * list, which a message has to carry back; and Gemini's signature in the `extra_content` of a tool call (its
 * OpenAI-compatible endpoint), an object. As a state each is its own JSON text.
 */
const origin = 'openai-chat';

/** `null`: nothing in them is bound to the model, their text says it all. */
export function stateOfDetails(details: readonly JsonObject[]): CarriedState | null {
  if (!details.some(isBound)) return null;
  return { origin, data: JSON.stringify(withoutOnlyText(details)) };
}

export function textOfDetails(details: readonly JsonObject[]): string {
  return details.map((detail) => textIn(detail) ?? '').join('');
}

/** `text`: of the thoughts that the state belongs to. `null`: it is another kind of state. */
export function detailsOfState(state: CarriedState, text: string): readonly JsonObject[] | null {
  const list = state.origin === origin ? parseJson(state.data) : null;
  if (!Array.isArray(list)) return null;
  return list.filter(isObject).map((detail) => withText(detail, text));
}

/** A stream tells a detail in pieces: text that goes on where the last one of its kind and index ended. */
export function mergeDetail(details: readonly JsonObject[], piece: JsonObject): JsonObject[] {
  const last = details.at(-1);
  const field = textField(piece);
  if (field === null || last === undefined) return [...details, piece];
  if (last['type'] !== piece['type'] || last['index'] !== piece['index']) return [...details, piece];
  const given = Object.entries(piece).filter(([, value]) => value !== null && value !== undefined);
  const text = (textIn(last) ?? '') + (textIn(piece) ?? '');
  return [...details.slice(0, -1), { ...last, ...Object.fromEntries(given), [field]: text }];
}

export function stateOfExtra(extra: JsonObject): CarriedState {
  return { origin, data: JSON.stringify(extra) };
}

export function extraOfState(state: CarriedState | null): JsonObject | null {
  if (state?.origin !== origin) return null;
  const extra = parseJson(state.data);
  return isObject(extra) ? extra : null;
}

function isBound({ signature, data }: JsonObject): boolean {
  return (typeof signature === 'string' && signature !== '') || (typeof data === 'string' && data !== '');
}

/** The text goes with the thoughts themselves: a state travels in an id, and is to be short. */
function withoutOnlyText(details: readonly JsonObject[]): readonly JsonObject[] {
  if (details.filter((detail) => textIn(detail) !== null).length !== 1) return details;
  return details.map((detail) => {
    const field = textField(detail);
    return field === null ? detail : { ...detail, [field]: undefined };
  });
}

function withText(detail: JsonObject, text: string): JsonObject {
  const field = textField(detail);
  return field === null || detail[field] !== undefined || text === '' ? detail : { ...detail, [field]: text };
}

function textIn(detail: JsonObject): string | null {
  const field = textField(detail);
  const text = field === null ? null : detail[field];
  return typeof text === 'string' ? text : null;
}

function textField({ type }: JsonObject): 'text' | 'summary' | null {
  if (type === 'reasoning.text') return 'text';
  return type === 'reasoning.summary' ? 'summary' : null;
}
