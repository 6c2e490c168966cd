import type { ProbeAnswer } from '../canonical/probe.ts';
import { isObject } from '../std/is-object.ts';
import { jsonOf, member, text } from './json-answer.ts';

/** One entry of `GET /v1/models`, with whatever the server adds to it. */
export type ListItem = Readonly<Record<string, unknown>> & { readonly id: string };

/**
 * The entries of a model list in OpenAI's format, or `null` when the answer is something else. Ollama without models
 * answers `"data":null`; a list without entries is accepted only where `object` says that it is one.
 */
export function readModelList(answer: ProbeAnswer): readonly ListItem[] | null {
  const body = jsonOf(answer);
  if (!isObject(body)) return null;
  const data = body['data'] ?? [];
  if (!Array.isArray(data) || !data.every(isListItem)) return null;
  const saysSo = body['object'] === 'list' || (data.length > 0 && data.every((item) => item['object'] === 'model'));
  return saysSo ? data : null;
}

/** Who owns the entry, as the server says. */
export function ownerOf(item: ListItem): string | null {
  return text(member(item, 'owned_by'));
}

function isListItem(value: unknown): value is ListItem {
  return isObject(value) && text(value['id']) !== null;
}
