import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { restOf } from '../fields.ts';

/**
 * What a request's `input` holds, as items: a text is a message of the user's (OpenAI lists it so under
 * `input_items`), nothing is no item. `null`: it is neither, which who decodes it will say.
 */
export function itemsOfInput(input: unknown): readonly JsonObject[] | null {
  if (input === undefined || input === null) return [];
  if (typeof input === 'string') {
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  }
  if (!Array.isArray(input)) return null;
  const items: unknown[] = input;
  return items.every(isObject) ? items : null;
}

/** The id of an item that is only referred to; `null`: it is the item itself. */
export function referenceIn({ type, id }: JsonObject): string | null {
  return type === 'item_reference' && typeof id === 'string' ? id : null;
}

/** The items that a response has said. */
export function outputItems({ output }: JsonObject): readonly JsonObject[] {
  return Array.isArray(output) ? (output as unknown[]).filter(isObject) : [];
}

/** A request that goes on with what is kept here. */
export interface Turn {
  /** The response that it goes on with; `null`: it only refers to items. */
  readonly previousId: string | null;
  /** All that was said before, which the client does not send again. */
  readonly earlier: readonly JsonObject[];
  /** What is new, with the items themselves where the request only refers to them. */
  readonly items: readonly JsonObject[];
}

/** The body with all that it means written out. */
export function bodyOfTurn(body: JsonObject, { earlier, items }: Turn): JsonObject {
  return { ...restOf(body, GONE_ON_WITH), input: [...earlier, ...items] };
}

const GONE_ON_WITH = new Set(['previous_response_id']);

const DATA = '\ndata: ';

/** The response that the end of a stream holds, as `encodeStream` writes it. `null`: the stream ended without one. */
export function responseAtEnd(text: string): JsonObject | null {
  const at = text.lastIndexOf(DATA);
  const event = at < 0 ? undefined : parseJson(text.slice(at + DATA.length));
  if (!isObject(event) || !isObject(event['response'])) return null;
  const { type, response } = event;
  return type === 'response.completed' || type === 'response.incomplete' ? response : null;
}
