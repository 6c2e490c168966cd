import type { Secret } from '../std/secret.ts';

/** Headers of the file by their names in lower case, as they are compared. */
export function headersOf(written: Readonly<Record<string, Secret>> | null | undefined): ReadonlyMap<string, Secret> {
  return new Map(Object.entries(written ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}
