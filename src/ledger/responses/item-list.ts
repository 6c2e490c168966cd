import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** Which page is asked for. */
export interface ItemQuery {
  /** 1 to 100. */
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** The id of the last item of the page before; `null`: the first page. */
  readonly after: string | null;
}

/** OpenAI's shape of a list (`ResponseItemList` of its SDK). */
export interface ItemList {
  readonly object: 'list';
  readonly data: readonly JsonObject[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
}

/**
 * Reads `?limit=&order=&after=` of `GET /v1/responses/{id}/input_items`. The defaults are those of OpenAI's API (20,
 * `desc`). Throws a `GatewayError` (400) that names the parameter.
 */
export function readItemQuery(parameters: URLSearchParams): ItemQuery {
  const limit = parameters.get('limit') ?? String(DEFAULT_LIMIT);
  const order = parameters.get('order') ?? 'desc';
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_LIMIT) {
    throw invalid('limit', `must be a whole number from 1 to ${MAX_LIMIT}`);
  }
  if (order !== 'asc' && order !== 'desc') throw invalid('order', 'must be `asc` or `desc`');
  return { limit: Number(limit), order, after: parameters.get('after') };
}

/** One page of items, which are given oldest first. Throws a `GatewayError` (400) when `after` is none of them. */
export function pageOfItems(items: readonly ListedItem[], { limit, order, after }: ItemQuery): ItemList {
  const ordered = order === 'asc' ? items : [...items].reverse();
  const before = after === null ? -1 : ordered.findIndex(({ id }) => id === after);
  if (after !== null && before < 0) throw invalid('after', 'is the id of none of these items');
  const page = ordered.slice(before + 1, before + 1 + limit);
  return {
    object: 'list',
    data: page,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: before + 1 + limit < ordered.length,
  };
}

/** An item with an id, by which a page can begin after it. */
export interface ListedItem extends JsonObject {
  readonly id: string;
}

/**
 * An item as OpenAI lists it: with `type` and `id`, and a message's text as a list of parts (`ResponseItem` of its
 * SDK). Clients may leave all of these out in a request. The id is made of the response's and of the place in it, so
 * that it is the same each time.
 */
export function listedItem(item: JsonObject, responseId: string, index: number): ListedItem {
  const { id, type, role, content } = item;
  const kind = typeof type === 'string' ? type : 'message';
  const isText = kind === 'message' && typeof content === 'string';
  const own = typeof id === 'string' && id !== '';
  return {
    ...item,
    id: own ? id : `${ID_PREFIXES.get(kind) ?? 'item'}_${responseId.replace(/^resp_/, '')}_${index}`,
    type: kind,
    ...(isText ? { content: [{ type: role === 'assistant' ? 'output_text' : 'input_text', text: content }] } : {}),
  };
}

/** How OpenAI's ids of items begin. */
const ID_PREFIXES: ReadonlyMap<string, string> = new Map([
  ['message', 'msg'],
  ['reasoning', 'rs'],
  ['function_call', 'fc'],
  ['function_call_output', 'fco'],
  ['custom_tool_call', 'ctc'],
  ['custom_tool_call_output', 'ctco'],
]);

function invalid(parameter: string, problem: string): GatewayError {
  return new GatewayError('invalid_body', `\`${parameter}\` ${problem}.`, { param: parameter });
}
