import { GatewayError } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { isContextOverflow } from '../context-overflow.ts';
import { openAiWords } from '../openai-error-words.ts';
import { quotedText } from '../quoted-text.ts';

/** An error message longer than this is cut: some servers answer with the whole prompt. */
export const MESSAGE_CHARACTERS = 2000;
/** A type, code or parameter longer than this is none. */
export const NAME_CHARACTERS = 200;
const BAD_GATEWAY = 502;

/** An error in the shape that OpenAI's SDKs read: its `code` is a text (`APIError` of the SDK), never a number. */
export function encodeOpenAiError(error: GatewayError): string {
  const message = error.hint === null ? error.message : `${error.message} ${error.hint}`;
  const { type, code } = openAiWords(error);
  return JSON.stringify({ error: { message, type, param: error.param, code } });
}

/** Anthropic's word for an overload, which OpenAI's SDKs send again like any 5xx, but no table of theirs knows. */
const OVERLOADED = 529;

/** The answer of the front. */
export function encodeChatError(error: GatewayError): { readonly status: number; readonly body: string } {
  return { status: error.status === OVERLOADED ? 503 : error.status, body: encodeOpenAiError(error) };
}

/** An error as an event of a stream that has begun. SDKs raise when they see a top-level `error`. */
export function encodeOpenAiErrorEvent(error: GatewayError): string {
  return `data: ${encodeOpenAiError(error)}\n\n`;
}

interface UpstreamAnswer {
  /** The name of the server or provider, which the message begins with. */
  readonly provider: string;
  /** 400 and more, or 2xx of an answer whose body is an error. */
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

interface ErrorFields {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | number | null;
  readonly param: string | null;
}

/**
 * An upstream's error answer as ours: its status, message, type and code, saying who failed. Reads OpenAI's shape, the
 * flat one of older vLLM and SGLang, `{"error": "text"}` (Ollama, mlx_lm, vLLM's 401), `{"detail": …}` (FastAPI,
 * KoboldCpp), `{"message": …}` (Cohere, Mistral), Google's list, and Ollama's whole JSON inside the message.
 */
export function decodeOpenAiError(answer: UpstreamAnswer): GatewayError {
  const text = answer.body;
  const parsed = parseJson(text);
  // Google's list of one.
  const fields = readFields(Array.isArray(parsed) ? parsed[0] : parsed) ?? unreadable(text);
  const isRefusal = answer.status >= 400;
  const options = {
    status: isRefusal ? answer.status : statusInside(fields),
    ...(answer.retryAfter === null ? {} : { retryAfter: answer.retryAfter }),
    ...(fields.type === null ? {} : { upstreamType: cutName(fields.type) }),
    ...(fields.code === null ? {} : { upstreamCode: cutCode(fields.code) }),
    ...(fields.param === null ? {} : { param: cutName(fields.param) }),
  };
  const message = fields.message.slice(0, MESSAGE_CHARACTERS);
  const what = isRefusal ? `answered ${answer.status}` : 'answered with an error';
  return new GatewayError('upstream_error', `${answer.provider} ${what}: ${message}`, options);
}

function cutName(name: string): string {
  return name.slice(0, NAME_CHARACTERS);
}

function cutCode(code: string | number): string | number {
  return typeof code === 'string' ? cutName(code) : code;
}

/** Some put the status that they did not answer with into `code`. */
function statusInside({ code }: ErrorFields): number {
  return typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599 ? code : BAD_GATEWAY;
}

function readFields(body: unknown): ErrorFields | null {
  if (!isObject(body)) return null;
  const { error, detail, errors } = body;
  if (typeof error === 'string') return nested(error) ?? { ...NOTHING, message: error };
  if (isObject(error)) return readFields({ ...error, error: undefined });
  if (typeof body['message'] === 'string') return fromMessage(body, body['message']);
  if (typeof detail === 'string') return { ...NOTHING, message: detail };
  if (Array.isArray(detail) || Array.isArray(errors)) return firstOf((detail ?? errors) as unknown[]);
  if (isObject(detail)) return readFields({ message: detail['msg'], type: detail['type'] });
  return null;
}

const NOTHING = { type: null, code: null, param: null } as const;

function fromMessage(body: Record<string, unknown>, message: string): ErrorFields {
  const inner = nested(message);
  if (inner !== null) return inner;
  const { type, code, param, status } = body;
  return {
    message,
    type: typeof type === 'string' ? type : typeof status === 'string' ? status : null,
    code: typeof code === 'string' || typeof code === 'number' ? code : null,
    param: typeof param === 'string' ? param : null,
  };
}

/** FastAPI's validation errors: `[{loc: ["body", "messages"], msg, type}]`; Cloudflare's: `[{code, message}]`. */
function firstOf(list: unknown[]): ErrorFields | null {
  const first = list[0];
  if (!isObject(first)) return null;
  const location = Array.isArray(first['loc']) ? pathOf(first['loc']) : null;
  const message = first['msg'] ?? first['message'];
  if (typeof message !== 'string') return null;
  return { ...NOTHING, message: location === null ? message : `${location}: ${message}`, param: location };
}

/** Names and indexes alone: lists are joined by recursion, however deep they are, and objects by their own methods. */
function pathOf(location: unknown[]): string {
  const steps = location.filter((step) => typeof step === 'string' || typeof step === 'number');
  return cutName(steps.join('.'));
}

/** Ollama 0.34 hands on llama-server's answer as a JSON text inside its own message. */
function nested(message: string): ErrorFields | null {
  return message.startsWith('{') ? readFields(parseJson(message)) : null;
}

function unreadable(text: string): ErrorFields {
  return { ...NOTHING, message: quotedText(text) };
}

/** The same, with what is acted on told apart: a prompt that is too long, an upstream that is overloaded. */
export function decodeChatError(answer: UpstreamAnswer): GatewayError {
  const error = decodeOpenAiError(answer);
  const { message, type, wireCode } = error;
  const param = error.param === null ? {} : { param: error.param };
  if (isContextOverflow(message, type, wireCode)) return new GatewayError('context_length_exceeded', message, param);
  if (answer.status >= 400 || error.status !== BAD_GATEWAY) return error;
  // Within an answer of 200 nothing but its words says what went wrong.
  const status = statusOfWords(`${type} ${wireCode}`);
  if (status === null) return error;
  return new GatewayError('upstream_error', message, { ...param, status, upstreamType: type, upstreamCode: wireCode });
}

/** What an error within an answer of 200 says by its type and code; `null`: nothing. */
export function statusOfWords(words: string): number | null {
  const [, told] = /(?:^|\s)([45]\d\d)$/.exec(words) ?? [];
  if (told !== undefined) return Number(told);
  if (/overloaded|unavailable|insufficient_system_resource|server_busy/i.test(words)) return 503;
  return /rate_limit|too_many_requests|quota/i.test(words) ? 429 : null;
}

/**
 * The error that an answer of 200 is, or an event of a stream; `null`: it is none. MiniMax says it in `base_resp`,
 * older vLLM and SGLang in a flat object, Cloudflare in `errors`.
 */
export function errorInBody(body: Readonly<Record<string, unknown>>, provider: string): GatewayError | null {
  const { error, choices, base_resp: base } = body;
  const isFlat =
    body['object'] === 'error' || (!Array.isArray(choices) && FLAT_FIELDS.some((key) => hasContent(body[key])));
  const said = hasContent(error) || isFlat ? body : errorOfBase(base);
  if (said === null) return null;
  return decodeChatError({ provider, status: 200, retryAfter: null, body: JSON.stringify(said) });
}

const FLAT_FIELDS = ['message', 'detail', 'errors'];

function hasContent(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  return Array.isArray(value) ? value.length > 0 : isObject(value);
}

function errorOfBase(base: unknown): Record<string, unknown> | null {
  if (!isObject(base) || typeof base['status_code'] !== 'number' || base['status_code'] === 0) return null;
  return { message: base['status_msg'] ?? 'no explanation', code: String(base['status_code']) };
}

/** The answer ended with a `finish_reason` that says that it failed. */
export function endedInError(provider: string, reason: string): GatewayError {
  const word = reason.slice(0, NAME_CHARACTERS);
  return new GatewayError('upstream_error', `${provider} broke its answer off (\`${word}\`).`, {
    status: statusOfWords(word) ?? BAD_GATEWAY,
    upstreamCode: word,
  });
}
