import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { isContextOverflow } from '../context-overflow.ts';
import type { UpstreamAnswer } from '../dialect.ts';
import { quotedText } from '../quoted-text.ts';

const MESSAGE_CHARACTERS = 2_000;
const NAME_CHARACTERS = 200;
const BAD_GATEWAY = 502;

/** `google.rpc.Code` by its HTTP status (cloud.google.com/apis/design/errors). */
const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  422: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
  529: 'UNAVAILABLE',
};
const OWN_STATUSES = new Set([...Object.values(STATUSES), 'OUT_OF_RANGE', 'ALREADY_EXISTS', 'UNKNOWN', 'DATA_LOSS']);

/** An answer of 400 and more: `{error: {code, message, status, details}}`, or a list of one. */
export function decodeError(answer: UpstreamAnswer): GatewayError {
  const { provider, status, retryAfter, body } = answer;
  const error = errorIn(parseJson(body));
  const isRefusal = status >= 400;
  const what = isRefusal ? `answered ${status}` : 'answered with an error';
  const named = errorOf(error ?? {}, `${provider} ${what}`, isRefusal ? status : null, retryAfter);
  if (error !== null) return named;
  const options = { status: isRefusal ? status : BAD_GATEWAY, ...(retryAfter === null ? {} : { retryAfter }) };
  return new GatewayError('upstream_error', `${provider} ${what}: ${quotedText(body)}`, options);
}

/** An error in the midst of a stream, or in an answer of 200. */
export function decodeErrorBody(error: JsonObject, provider: string): GatewayError {
  return errorOf(error, `${provider} answered with an error`, null, null);
}

/** The member `error` of a body, or of the first object of a list; `null`: it has none. */
export function errorIn(body: unknown): JsonObject | null {
  const first: unknown = Array.isArray(body) ? body[0] : body;
  if (!isObject(first)) return null;
  const { error } = first;
  if (typeof error === 'string') return { message: error };
  return isObject(error) ? error : null;
}

function errorOf(error: JsonObject, what: string, answered: number | null, retryAfter: string | null): GatewayError {
  const { code, status: name } = error;
  const message = typeof error['message'] === 'string' ? error['message'] : 'no explanation';
  const text = `${what}: ${message.slice(0, MESSAGE_CHARACTERS)}`;
  const type = typeof name === 'string' && name !== '' ? name.slice(0, NAME_CHARACTERS) : null;
  const told = typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599 ? code : null;
  const status = answered ?? told ?? statusNamed(type) ?? BAD_GATEWAY;
  if (status < 500 && isContextOverflow(message))
    return new GatewayError('context_length_exceeded', text, { status: 400 });
  const details = detailsOf(error);
  const wait = retryAfter ?? delayIn(details);
  return new GatewayError('upstream_error', text, {
    // A key that is wrong is an argument that is wrong to Google; clients know it by its 401.
    status: isBadKey(details, message) ? 401 : status,
    ...(type === null ? {} : { upstreamType: type, upstreamCode: type }),
    ...(wait === null ? {} : { retryAfter: wait }),
  });
}

function statusNamed(name: string | null): number | null {
  // Its own number, of the three that are told by it.
  if (name === 'UNAVAILABLE') return 503;
  const found = Object.entries(STATUSES).find(([, one]) => one === name);
  return found === undefined ? null : Number(found[0]);
}

function detailsOf(error: JsonObject): readonly JsonObject[] {
  return Array.isArray(error['details']) ? (error['details'] as unknown[]).filter(isObject) : [];
}

function isBadKey(details: readonly JsonObject[], message: string): boolean {
  if (details.some(({ reason }) => reason === 'API_KEY_INVALID' || reason === 'API_KEY_EXPIRED')) return true;
  return /^api key (?:not valid|expired|not found)/i.test(message);
}

/** `google.rpc.RetryInfo`: `"34.4s"`, as whole seconds. */
function delayIn(details: readonly JsonObject[]): string | null {
  const info = details.find((detail) => String(detail['@type']).endsWith('google.rpc.RetryInfo'));
  const seconds = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(String(info?.['retryDelay']))?.[1];
  return seconds === undefined ? null : String(Math.ceil(Number(seconds)));
}

/** An error for a client of Gemini's. `reason` is what other dialects write as the error's code. */
export function encodeError(error: GatewayError): { readonly status: number; readonly body: string } {
  // 529 is Anthropic's alone: clients of Google retry 503.
  const status = error.status === 529 ? 503 : error.status;
  return { status, body: JSON.stringify(errorBody(error)) };
}

export function errorBody(error: GatewayError): JsonObject {
  const status = OWN_STATUSES.has(error.type) ? error.type : (STATUSES[error.status] ?? usual(error.status));
  const message = error.hint === null ? error.message : `${error.message} ${error.hint}`;
  const details: JsonObject[] = [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: reasonOf(error, status), domain: 'llmgw' },
  ];
  if (error.param !== null) {
    const fieldViolations = [{ field: error.param, description: error.message }];
    details.push({ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations });
  }
  if (error.retryAfter !== null && /^\d+$/.test(error.retryAfter)) {
    details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${error.retryAfter}s` });
  }
  return { error: { code: error.status === 529 ? 503 : error.status, message, status, details } };
}

/** Google's own words where it has one that its clients know, else the code of the error in capitals. */
function reasonOf({ status, code, wireCode }: GatewayError, name: string): string {
  if (status === 401 && name === 'UNAUTHENTICATED') return 'API_KEY_INVALID';
  return status === 429 && code === 'upstream_error' ? 'RATE_LIMIT_EXCEEDED' : String(wireCode).toUpperCase();
}

function usual(status: number): string {
  return status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT';
}
