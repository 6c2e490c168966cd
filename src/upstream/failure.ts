import { GatewayError } from '../canonical/errors.ts';
import type { ErrorCode } from '../canonical/errors.ts';
import type { Endpoint } from '../canonical/target.ts';
import { plainAddress } from '../std/plain-address.ts';

/** undici's and Node's codes, and what they mean for a caller. */
const NAMED: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ECONNREFUSED: ['upstream_refused', 'is not answering (connection refused)'],
  ENOTFOUND: ['upstream_unknown_host', 'has a host name that nobody knows'],
  EAI_AGAIN: ['upstream_no_network', 'has a host name that cannot be resolved now (no network?)'],
  EHOSTUNREACH: ['upstream_unreachable', 'cannot be reached (no route to the host)'],
  ENETUNREACH: ['upstream_no_network', 'cannot be reached (no network)'],
  ECONNRESET: ['upstream_reset', 'closed the connection'],
  EPIPE: ['upstream_reset', 'closed the connection'],
  UND_ERR_SOCKET: ['upstream_reset', 'closed the connection'],
  UND_ERR_CONNECT_TIMEOUT: ['upstream_connect_timeout', 'did not take the connection in time'],
  ETIMEDOUT: ['upstream_connect_timeout', 'did not take the connection in time'],
  UND_ERR_HEADERS_TIMEOUT: ['upstream_first_byte_timeout', 'did not begin to answer in time'],
  UND_ERR_BODY_TIMEOUT: ['upstream_idle_timeout', 'stopped in the middle of its answer'],
};

/** An error of the connection as one for the caller, naming who failed and what can be done. */
export function nameFailure(error: Error, endpoint: Endpoint): GatewayError {
  if (error instanceof GatewayError) return error;
  const code = codeOf(error);
  const [name, what] = NAMED[code] ?? describeUnnamed(error, code);
  const where = `${endpoint.provider} at ${plainAddress(endpoint.apiBase)}`;
  const hint = name === 'upstream_refused' ? refusedHint(endpoint) : undefined;
  return new GatewayError(name, `${where} ${what}.`, { cause: error, ...(hint === undefined ? {} : { hint }) });
}

/** The code, also of the first of several failed connections (one for each address of a name). */
function codeOf(error: Error): string {
  if (error instanceof AggregateError) {
    const [first] = error.errors as unknown[];
    if (first instanceof Error) return codeOf(first);
  }
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** Whether bytes came that undici's parser could not read. It sets no code that could be relied on. */
export function isNotHttp(error: Error, code: string): boolean {
  return error.name === 'HTTPParserError' || code.startsWith('HPE_');
}

function describeUnnamed(error: Error, code: string): readonly [ErrorCode, string] {
  if (isNotHttp(error, code)) return ['upstream_invalid_answer', 'answered something that is not HTTP'];
  if (/CERT|TLS|SSL|SELF_SIGNED/.test(code))
    return ['upstream_unreachable', `has a certificate that is not trusted (${code})`];
  return ['upstream_reset', `failed${code === '' ? '' : ` (${code})`}`];
}

function refusedHint(endpoint: Endpoint): string {
  return endpoint.locality === 'local'
    ? `Start ${endpoint.provider}; \`llmgw scan\` looks for it at once.`
    : 'Check the address in the config.';
}
