import { notServed } from './field.ts';
import type { Field } from './field.ts';
import { nearestKey } from './note.ts';
import type { Feature } from './note.ts';

/** What is done with a key of LiteLLM's file. */
export type KeyRule<Draft> =
  | { readonly kind: 'read'; readonly read: (draft: Draft, field: Field) => void }
  /** Another part of the reading takes it; nothing is done in the table's walk. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'later' | 'replaced'; readonly feature: Feature; readonly message: string }
  | { readonly kind: 'ignored'; readonly message: string };

export type KeyTable<Draft> = Readonly<Record<string, KeyRule<Draft>>>;

export function read<Draft>(how: (draft: Draft, field: Field) => void): KeyRule<Draft> {
  return { kind: 'read', read: how };
}

export const ELSEWHERE = { kind: 'elsewhere' } as const;

export function later(feature: Feature, what: string = feature): KeyRule<unknown> {
  return { kind: 'later', feature, message: notServed(what) };
}

export function replaced(feature: Feature, message: string): KeyRule<unknown> {
  return { kind: 'replaced', feature, message };
}

/** `why` follows after the key, as in "is not needed: …". */
export function ignored(why: string): KeyRule<unknown> {
  return { kind: 'ignored', message: why };
}

/** One rule for many keys. */
export function forEach<Draft>(keys: readonly string[], rule: KeyRule<Draft>): Record<string, KeyRule<Draft>> {
  return Object.fromEntries(keys.map((key) => [key, rule]));
}

/**
 * Walks the keys of a map: each has its rule, and what has none goes to `other`. What is switched off is not worth a
 * note, since it is off here too.
 */
export function applyRules<Draft>(
  table: KeyTable<Draft>,
  fields: Iterable<readonly [string, Field]>,
  { draft, other }: { draft: Draft; other: (field: Field) => void },
): void {
  for (const [key, field] of fields) {
    const rule = Object.hasOwn(table, key) ? table[key] : undefined;
    if (rule === undefined) {
      other(field);
      continue;
    }
    switch (rule.kind) {
      case 'read':
        rule.read(draft, field);
        break;
      case 'elsewhere':
        break;
      case 'later':
      case 'replaced':
        if (!field.isOff) field.needs(rule.kind, rule.feature, rule.message);
        break;
      case 'ignored':
        if (!field.isOff) field.note('ignored', rule.message);
        break;
    }
  }
}

/** Says that a key is known to nobody, and what was probably meant. */
export function noteUnknown(field: Field, known: Iterable<string>): void {
  field.note('unknown', 'is no key that LiteLLM or llmgw knows, so it is not used', nearestKey(field.key, known));
}
