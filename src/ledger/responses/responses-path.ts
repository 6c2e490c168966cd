import { join } from 'node:path';
import type { Places } from '../../std/places.ts';

/** The file of the responses that are kept: the only one of ours that holds what was asked and answered. */
export function responsesPath(places: Places): string {
  return join(places.data, 'responses.db');
}
