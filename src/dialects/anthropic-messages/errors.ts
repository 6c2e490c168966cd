import { GatewayError } from '../../canonical/errors.ts';
import type { GatewayErrorOptions } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { isContextOverflow } from '../context-overflow.ts';
import type { ErrorContext, UpstreamAnswer } from '../dialect.ts';
import { quotedText } from '../quoted-text.ts';

/** An error message longer than this is cut: some servers answer with the whole prompt. */
const MESSAGE_CHARACTERS = 2_000;
/** A type or code longer than this is none. */
const NAME_CHARACTERS = 200;
/** A JSON text within a message within a message … is followed so far. */
const MAX_NESTING = 3;
const BAD_GATEWAY = 502;

/** The types of Anthropic's errors and the statuses that they come with (its page on errors). */
const STATUS_OF_TYPE = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
} as const;
const TYPE_OF_STATUS = new Map<number, string>(Object.entries(STATUS_OF_TYPE).map(([type, status]) => [status, type]));
const STATUSES: ReadonlyMap<string | null, number> = new Map(Object.entries(STATUS_OF_TYPE));

/** An error in the shape of Anthropic's API, with the status that clients act on. */
export function encodeError(
  error: GatewayError,
  { exchangeId }: ErrorContext,
): { readonly status: number; readonly body: string } {
  return {
    status: isOverload(error) ? STATUS_OF_TYPE.overloaded_error : error.status,
    body: JSON.stringify({
      type: 'error',
      error: { type: typeOf(error), message: messageOf(error) },
      request_id: `req_${exchangeId.replaceAll('-', '')}`,
    }),
  };
}

/** `invalid_request_error` is OpenAI's word for nearly everything: there the status says more. */
function typeOf(error: GatewayError): string {
  const { type, status } = error;
  if (isOverload(error)) return 'overloaded_error';
  if (type !== 'invalid_request_error' && STATUSES.has(type)) return type;
  return TYPE_OF_STATUS.get(status) ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

/** All others say 503 where Anthropic says 529, and agents wait longer, or take another model, by that word. */
function isOverload({ code, status }: GatewayError): boolean {
  return code === 'upstream_error' && status === 503;
}

/** Claude Code makes its history shorter when it reads these words, whoever says them. */
const TOO_LONG = 'prompt is too long';

function messageOf({ code, message, hint }: GatewayError): string {
  const whole = hint === null ? message : `${message} ${hint}`;
  return code === 'context_length_exceeded' && !whole.includes(TOO_LONG) ? `${TOO_LONG}: ${whole}` : whole;
}

/** An upstream's error answer as ours. */
export function decodeError({ provider, status, retryAfter, body }: UpstreamAnswer): GatewayError {
  const parsed = parseJson(body);
  const fields = readFields(Array.isArray(parsed) ? (parsed as unknown[])[0] : parsed, 0) ?? unreadable(body);
  const isRefusal = status >= 400;
  const what = isRefusal ? `answered ${status}` : 'answered with an error';
  return errorOf(`${provider} ${what}`, fields, isRefusal ? status : statusOf(fields.type), retryAfter);
}

/** An error within an answer of status 200: an event of its stream, or its whole body. `null`: it is none. */
export function errorInAnswer(provider: string, value: unknown): GatewayError | null {
  if (!isObject(value)) return null;
  if (value['type'] !== 'error' && (value['error'] === undefined || value['error'] === null)) return null;
  const fields = readFields(value, 0) ?? unreadable(JSON.stringify(value));
  return errorOf(`${provider} answered with an error`, fields, statusOf(fields.type), null);
}

interface ErrorFields {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | number | null;
}

function errorOf(who: string, { message, type, code }: ErrorFields, status: number, retryAfter: string | null) {
  const text = `${who}: ${message.slice(0, MESSAGE_CHARACTERS)}`;
  const later: GatewayErrorOptions = retryAfter === null ? {} : { retryAfter };
  if (isContextOverflow(message, type, code)) return new GatewayError('context_length_exceeded', text, later);
  return new GatewayError('upstream_error', text, {
    ...later,
    status,
    ...(type === null ? {} : { upstreamType: type.slice(0, NAME_CHARACTERS) }),
    ...(code === null ? {} : { upstreamCode: typeof code === 'string' ? code.slice(0, NAME_CHARACTERS) : code }),
  });
}

function statusOf(type: string | null): number {
  return STATUSES.get(type) ?? BAD_GATEWAY;
}

/**
 * Anthropic's shape, the flat `{"error": "text"}` (vLLM's 401), Google's `{"error": {code, message, status}}`,
 * `{"detail": …}` and `{"message": …}`, and any of them as a JSON text inside a message (Ollama 0.34).
 */
function readFields(body: unknown, nesting: number): ErrorFields | null {
  if (!isObject(body) || nesting > MAX_NESTING) return null;
  const { error, message, detail } = body;
  if (isObject(error)) return readFields(error, nesting + 1);
  const text = [error, message, detail].find((value) => typeof value === 'string');
  if (text === undefined) return null;
  const inner = text.startsWith('{') ? readFields(parseJson(text), nesting + 1) : null;
  if (inner !== null) return inner;
  const details = isObject(body['details']) ? body['details'] : {};
  const code = details['error_code'] ?? body['code'];
  const type = body['type'] ?? body['status'];
  return {
    message: text,
    type: typeof type === 'string' && type !== 'error' ? type : null,
    code: typeof code === 'string' || typeof code === 'number' ? code : null,
  };
}

function unreadable(text: string): ErrorFields {
  return { message: quotedText(text), type: null, code: null };
}
