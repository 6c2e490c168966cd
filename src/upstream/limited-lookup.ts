import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** The system's own time for a name is ten seconds and more: with no network everybody would wait that long. */
const LOOKUP_MS = 3_000;
/** Of the time for connecting, so that a name that is not found is not taken for a host that does not answer. */
const SHARE_OF_CONNECTING = 0.75;

/** As the system finds the addresses of a name; it may take its time. */
export const lookUpBySystem: LookupFunction = lookup;

/**
 * Finds addresses within a limit. After that nobody answers who knows names: the same as if the system had said so
 * (EAI_AGAIN). What comes later is passed over.
 */
export function limitedLookup(lookUp: LookupFunction, connectTimeoutMs: number): LookupFunction {
  const limitMs = Math.min(LOOKUP_MS, connectTimeoutMs * SHARE_OF_CONNECTING);
  return (hostname, options, callback) => {
    let isOver = false;
    const end = (...found: [NodeJS.ErrnoException | null, string | LookupAddress[], number?]): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(limit);
      callback(...found);
    };
    const limit = setTimeout(() => end(tooLate(hostname), ''), limitMs);
    lookUp(hostname, options, end);
  };
}

function tooLate(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`getaddrinfo EAI_AGAIN ${hostname}`), { code: 'EAI_AGAIN', syscall: 'getaddrinfo' });
}
