import type { CarriedState } from '../../canonical/parts.ts';
import { idWithStates } from '../../canonical/carried-state.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';

export interface ClientCall {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly kind: 'function' | 'custom';
  /** Ride on the id, which clients send back as it came. */
  readonly states: readonly CarriedState[];
  readonly text: string;
}

/** A call as JSON text, whole, with its arguments as an object: there are no pieces of calls in this dialect. */
export function encodeClientCall({ index, id, name, kind, states, text }: ClientCall): string {
  const carried = JSON.stringify(idWithStates(id, states));
  const head = `{"id":${carried},"function":{"index":${index},"name":${JSON.stringify(name)}`;
  return `${head},"arguments":${objectText(kind, text)}}}`;
}

/**
 * What the model wrote, where that is an object: a number of more digits than JavaScript holds stays what it is. Line
 * ends between its members would end the line that it stands in.
 */
function objectText(kind: ClientCall['kind'], text: string): string {
  if (kind === 'custom') return JSON.stringify({ input: text });
  const value = parseJson(text);
  if (!isObject(value)) return '{}';
  return /[\r\n]/.test(text) ? JSON.stringify(value) : text.trim();
}
