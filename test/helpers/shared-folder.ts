import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A folder of the material that lies beside the project: below LLMGW_SHARED, or in `../shared`. `null`: it is not there,
 * which was said.
 */
export function sharedFolder(name: string): string | null {
  const places = [process.env['LLMGW_SHARED'], join(import.meta.dirname, '../../../shared')];
  const found = places.flatMap((place) => (place === undefined ? [] : [join(place, name)])).find(existsSync);
  if (found === undefined) console.warn(`skipped: there is no folder ${name} in ../shared; LLMGW_SHARED may name it`);
  return found ?? null;
}
