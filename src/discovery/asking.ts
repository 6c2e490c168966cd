import type { Probe, ProbeAnswer, ProbeFailure } from '../canonical/probe.ts';
import { isLoopbackHost } from '../std/loopback.ts';
import type { Secret } from '../std/secret.ts';
import type { Address } from './address.ts';
import type { Ask } from './kinds/kind-reader.ts';
import { MODEL_LIST } from './recognise.ts';

interface Patience {
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

const HERE: Patience = { connectTimeoutMs: 500, answerTimeoutMs: 2000 };
/** Another machine: names to look up, TLS, a slow line. */
const ELSEWHERE: Patience = { connectTimeoutMs: 2000, answerTimeoutMs: 4000 };
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Who is asked, and with what. */
export interface Asked {
  readonly address: Address;
  readonly apiKey: Secret | null;
  readonly insecureTls: boolean;
}

/** Asks a server through `probe`: paths below its root, the model list below `apiBase`. */
export function askerOf(probe: Probe, asked: Asked, apiBase: string, signal: AbortSignal): Ask {
  const headers: Record<string, string> = { 'user-agent': 'llmgw-discovery', accept: 'application/json' };
  if (asked.apiKey !== null) headers['authorization'] = `Bearer ${asked.apiKey.reveal()}`;
  return (path, body) =>
    probe({
      url: path === MODEL_LIST ? `${apiBase}/models` : `${asked.address.root}${path}`,
      ...(body === undefined ? {} : { method: 'POST', body }),
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...patienceWith(asked.address),
      maxBytes: MAX_ANSWER_BYTES,
      insecureTls: asked.insecureTls,
      signal,
    });
}

/** How long to wait for the server at an address. */
export function patienceWith(address: Address): Patience {
  return isLoopbackHost(address.host) ? HERE : ELSEWHERE;
}

/** Why no model server was found at an address. */
export type Absence =
  /** Nobody listens, or the machine cannot be reached. */
  | 'closed'
  /** It takes connections, and does not answer in time (or only with server errors). */
  | 'silent'
  /** Something answers that is no model server. */
  | 'foreign'
  /** Another llmgw. */
  | 'llmgw'
  | 'tls';

/** What an unusable answer means for the address. */
export function absenceOf(failure: ProbeFailure): Absence {
  if (failure === 'refused' || failure === 'unreachable') return 'closed';
  if (failure === 'timeout' || failure === 'aborted') return 'silent';
  return failure === 'tls' ? 'tls' : 'foreign';
}

/** Whether a server says that it cannot answer now, which says nothing about what it is. */
export function isBusy(answer: ProbeAnswer): boolean {
  return answer.status === 429 || answer.status >= 500;
}
