import type { IncomingMessage, ServerResponse } from 'node:http';

const METHODS = 'GET, HEAD, POST, DELETE, OPTIONS';
const MAX_AGE_SECONDS = '600';
/** Headers that clients send from a page: SDKs' own, dialects', and every form of the key. */
// prettier-ignore
const HEADERS = new Set([
  'accept', 'authorization', 'content-type', 'x-api-key', 'api-key', 'x-goog-api-key',
  'x-request-id', 'x-title', 'http-referer', 'user-agent',
  'idempotency-key',
]);
const HEADER_PREFIXES = ['x-stainless-', 'anthropic-', 'openai-', 'x-llmgw-', 'x-litellm-', 'x-goog-'];
// prettier-ignore
const EXPOSED = [
  'x-llmgw-request-id', 'x-llmgw-provider', 'x-llmgw-model', 'x-llmgw-profile', 'x-llmgw-cost-usd',
  'x-llmgw-overhead-ms', 'x-llmgw-route', 'x-llmgw-stand-in-for', 'x-llmgw-dropped',
  'x-request-id', 'request-id', 'retry-after',
].join(', ');

// prettier-ignore
const EXPOSED_BESIDE = [
  EXPOSED,
  'x-litellm-call-id', 'x-litellm-version', 'x-litellm-model-id', 'x-litellm-model-group', 'x-litellm-model-api-base',
  'x-litellm-response-cost', 'x-litellm-response-duration-ms', 'x-litellm-overhead-duration-ms',
  'x-litellm-attempted-retries', 'x-litellm-attempted-fallbacks',
].join(', ');

const NONE: readonly string[] = [];

/** The CORS headers of an answer to an allowed origin (name, value, …); none without an Origin. */
export function corsHeaders(origin: string | undefined, asLiteLlm = false): readonly string[] {
  if (origin === undefined) return NONE;
  const exposed = asLiteLlm ? EXPOSED_BESIDE : EXPOSED;
  return ['access-control-allow-origin', origin, 'access-control-expose-headers', exposed, 'vary', 'Origin'];
}

/** Whether a request is a browser's question before the request itself. */
export function isPreflight(request: IncomingMessage): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.headers.origin !== undefined &&
    request.headers['access-control-request-method'] !== undefined
  );
}

/** Answers a preflight of an origin that is allowed: exactly the headers that were asked for and may be sent. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const asked = (request.headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const list = [
    ...corsHeaders(request.headers.origin),
    'access-control-allow-methods',
    METHODS,
    'access-control-allow-headers',
    asked.filter(isAllowedHeader).join(', '),
    'access-control-max-age',
    MAX_AGE_SECONDS,
  ];
  if (request.headers['access-control-request-private-network'] === 'true')
    list.push('access-control-allow-private-network', 'true');
  response.writeHead(204, list);
  response.end();
}

function isAllowedHeader(name: string): boolean {
  return HEADERS.has(name) || HEADER_PREFIXES.some((prefix) => name.startsWith(prefix));
}
