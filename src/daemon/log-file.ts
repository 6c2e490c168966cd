import { join } from 'node:path';
import type { Places } from '../std/places.ts';

/** The log that is being written; older ones are `llmgw.log.1` and so on. Apart from the logger: reading needs none. */
export function logFile(places: Places): string {
  return join(places.state, 'llmgw.log');
}

/** Held by the daemon of these places as long as it runs; the system frees it with the process. */
export function lockFile(places: Places): string {
  return join(places.state, 'daemon.lock');
}
