import type { ListedModel } from './kinds/kind-reader.ts';

/** The most models that one list may bring. */
export const MAX_MODELS = 5_000;
const MAX_ID_LENGTH = 256;
const MAX_TEXT_LENGTH = 100;
/** Control characters, also those of Unicode that turn the direction of a line around, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** What a model server lists, within the limits of `usableEntries`, with texts that can be shown. */
export function usableModels(listed: readonly ListedModel[]): readonly ListedModel[] {
  return usableEntries(listed, ({ model }) => model.id).map(({ model, digest }) => ({
    model: {
      ...model,
      parameterSize: usableText(model.parameterSize),
      quantization: usableText(model.quantization),
    },
    // What is longer is no digest, and would be kept in memory.
    digest: digest !== null && digest.length <= MAX_ID_LENGTH ? digest : null,
  }));
}

/** A text of a server that is logged and shown: one line of limited length, or `null` when nothing is left of it. */
export function usableText(text: string | null): string | null {
  if (text === null) return null;
  const shown = text.slice(0, MAX_TEXT_LENGTH).replace(UNPRINTABLE, '');
  return shown === '' ? null : shown;
}

/** Drops what cannot be the id of a model, repetitions, and what is over the limit. */
export function usableEntries<Entry>(entries: readonly Entry[], idOf: (entry: Entry) => string): readonly Entry[] {
  const usable = new Map<string, Entry>();
  for (const entry of entries) {
    if (usable.size === MAX_MODELS) break;
    const id = idOf(entry);
    if (id === '' || id.length > MAX_ID_LENGTH || id.search(UNPRINTABLE) >= 0) continue;
    if (!usable.has(id)) usable.set(id, entry);
  }
  return [...usable.values()];
}
