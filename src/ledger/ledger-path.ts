import { join } from 'node:path';
import type { Places } from '../std/places.ts';

/** The ledger's file. Its `-wal` and `-shm` lie beside it. */
export function ledgerPath(places: Places): string {
  return join(places.data, 'ledger.sqlite');
}
