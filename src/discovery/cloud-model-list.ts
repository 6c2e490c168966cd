import type { ModelFacts } from '../canonical/model.ts';
import type { ModelListing } from '../providers/provider.ts';
import { isObject } from '../std/is-object.ts';
import { parseJson } from '../std/parse-json.ts';
import { factsIn } from './cloud-model-facts.ts';
import { usableEntries } from './usable.ts';

/** A model as its provider lists it. */
export interface CloudModel extends ModelFacts {
  readonly id: string;
}

/** The models in a provider's list, in its order, each once; `null`: it is no such list. */
export function parseModelList(body: string, listing: ModelListing): readonly CloudModel[] | null {
  const entries = entriesOf(parseJson(body), listing.shape);
  if (entries === null) return null;
  const models: CloudModel[] = [];
  for (const entry of entries) {
    const listed = idOf(entry, listing.shape);
    if (listed === null) continue;
    const id = listed.startsWith(listing.idPrefix) ? listed.slice(listing.idPrefix.length) : listed;
    models.push({ id, ...factsIn(entry) });
  }
  return usableEntries(models, ({ id }) => id);
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
  return isObject(value) ? value[name] : undefined;
}
