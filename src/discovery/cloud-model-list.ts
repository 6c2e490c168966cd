import type { ModelListing } from '../providers/provider.ts';
import { usableIds } from './usable.ts';
import { parseJson } from '../std/parse-json.ts';

/** The ids in a provider's list of models, in its order, each once; `null`: it is no such list. */
export function parseModelList(body: string, listing: ModelListing): readonly string[] | null {
  const entries = entriesOf(parseJson(body), listing.shape);
  if (entries === null) return null;
  const ids: string[] = [];
  for (const entry of entries) {
    const id = idOf(entry, listing.shape);
    if (id !== null) ids.push(id.startsWith(listing.idPrefix) ? id.slice(listing.idPrefix.length) : id);
  }
  return usableIds(ids);
}

function entriesOf(value: unknown, shape: ModelListing['shape']): readonly unknown[] | null {
  const list = shape === 'array' ? value : memberOf(value, shape === 'openai' ? 'data' : 'models');
  return Array.isArray(list) ? (list as readonly unknown[]) : null;
}

function idOf(entry: unknown, shape: ModelListing['shape']): string | null {
  const id = memberOf(entry, shape === 'gemini' ? 'name' : shape === 'ollama' ? 'model' : 'id');
  return typeof id === 'string' ? id : null;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
