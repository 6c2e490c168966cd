import type { ServedModel } from '../canonical/model.ts';

/**
 * Models as a text that is the same as long as they are: some servers list in another order each time, and llama-server
 * and vLLM give the present time as that of making.
 */
export function comparable(models: readonly ServedModel[]): string {
  const ordered = models.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return JSON.stringify(ordered.map((model) => ({ ...model, createdAt: null })));
}
