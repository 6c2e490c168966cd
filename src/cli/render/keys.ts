import type { ClientKeyEntry } from '../../daemon/client-keys.ts';
import { plain, type Terminal } from './terminal.ts';
import { grid, type Cell } from './text.ts';

/** A client key, and what is wrong with it. */
export interface ListedKey extends ClientKeyEntry {
  /** In a few words; `null`: nothing. */
  readonly problem: string | null;
}

/** A table with a row for each, never a key: what `llmgw key list` prints. */
export function renderKeys(keys: readonly ListedKey[], { paint }: Terminal): string {
  const heading = ['KEY', 'PROFILE', 'CREATED', ''].map((text) => ({ text, paint: paint.dim }));
  const rows = keys.map((key): Cell[] => [
    { text: plain(key.id), paint: paint.bold },
    { text: plain(key.profile ?? 'any') },
    { text: key.createdAt === null ? 'at the first start' : new Date(key.createdAt).toLocaleString('sv-SE') },
    { text: plain(key.problem ?? ''), paint: paint.red },
  ]);
  return `${grid([heading, ...rows])
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

/** Version 1 of the documented form. */
export function keysAsJson(keys: readonly ListedKey[]): string {
  const entries = keys.map(({ id, profile, createdAt, problem }) => ({ id, profile, created_at: createdAt, problem }));
  return `${JSON.stringify({ v: 1, keys: entries }, null, 2)}\n`;
}
