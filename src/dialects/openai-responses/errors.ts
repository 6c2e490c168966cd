import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { isContextOverflow } from '../context-overflow.ts';
import type { UpstreamAnswer } from '../dialect.ts';
import { openAiWords } from '../openai-error-words.ts';
import { quotedText } from '../quoted-text.ts';

const MESSAGE_CHARACTERS = 2000;
const NAME_CHARACTERS = 200;
const BAD_GATEWAY = 502;

/** Anthropic's word for an overload, which no table of OpenAI's knows; its SDKs send either again. */
const OVERLOADED = 529;

/** An error as a body. The shape is that of all of OpenAI's APIs. */
export function encodeError(error: GatewayError): { readonly status: number; readonly body: string } {
  return {
    status: error.status === OVERLOADED ? 503 : error.status,
    body: JSON.stringify({ error: wireError(error) }),
  };
}

/** What OpenAI's SDKs and agents read of an error. `code` is always a text: Codex reads nothing else. */
export interface WireError {
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

export function wireError(error: GatewayError): WireError {
  const message = error.hint === null ? error.message : `${error.message} ${error.hint}`;
  return { message, ...openAiWords(error), param: error.param };
}

/** An upstream's answer with a status of 400 and more, or one of 200 whose body is an error, as our error. */
export function decodeError(answer: UpstreamAnswer): GatewayError {
  const parsed = parseJson(answer.body);
  const said = readError(Array.isArray(parsed) ? parsed[0] : parsed) ?? {
    ...NOTHING,
    message: quotedText(answer.body),
  };
  const isRefusal = answer.status >= 400;
  const status = isRefusal ? answer.status : (statusOf(said) ?? BAD_GATEWAY);
  const what = isRefusal ? `answered ${answer.status}` : 'answered with an error';
  return errorOf(said, status, `${answer.provider} ${what}`, answer.retryAfter);
}

/**
 * The error inside an answer that began well: the `error` of a failed response, or an `error` event, which is flat in
 * OpenAI's reference and nested in what OpenAI sends (recorded).
 */
export function errorInside(value: unknown, provider: string): GatewayError {
  const said = readError(value) ?? { ...NOTHING, message: 'no explanation' };
  return errorOf(said, statusOf(said) ?? BAD_GATEWAY, `${provider} answered with an error`, null);
}

interface Said {
  readonly message: string;
  readonly type: string | null;
  readonly code: string | number | null;
  readonly param: string | null;
}

const NOTHING = { type: null, code: null, param: null } as const;

function errorOf(said: Said, status: number, what: string, retryAfter: string | null): GatewayError {
  const message = `${what}: ${said.message.slice(0, MESSAGE_CHARACTERS)}`;
  const param = said.param === null ? {} : { param: said.param };
  if (isContextOverflow(said.code, said.type, said.message)) {
    return new GatewayError('context_length_exceeded', message, param);
  }
  return new GatewayError('upstream_error', message, {
    status,
    ...param,
    ...(retryAfter === null ? {} : { retryAfter }),
    ...(said.type === null ? {} : { upstreamType: said.type }),
    ...(said.code === null ? {} : { upstreamCode: said.code }),
  });
}

/** The status that an answer of its own would have had (OpenAI's guide to error codes). */
function statusOf({ code, type }: Said): number | null {
  if (typeof code === 'number') return Number.isInteger(code) && code >= 400 && code <= 599 ? code : null;
  const words = `${code ?? ''} ${type ?? ''}`;
  if (/rate_limit|insufficient_quota|quota_exceeded/.test(words)) return 429;
  if (/overloaded|slow_down|unavailable/.test(words)) return 503;
  if (/invalid_api_key|authentication/.test(words)) return 401;
  if (/invalid_|image_|content_policy|bio_policy|failed_to_download|unsupported/.test(words)) return 400;
  return null;
}

/** OpenAI's shape, nested or flat; `{"error": "text"}` (vLLM, Ollama); `{"detail": …}` (FastAPI). */
function readError(body: unknown): Said | null {
  if (typeof body === 'string') return { ...NOTHING, message: body };
  if (!isObject(body)) return null;
  const { error, message, detail } = body;
  if (typeof error === 'string' || isObject(error)) return readError(error);
  if (typeof message === 'string') return saidIn(body, message);
  if (typeof detail === 'string') return { ...NOTHING, message: detail };
  return Array.isArray(detail) ? readDetail(detail[0]) : null;
}

function saidIn(body: JsonObject, message: string): Said {
  const { type, code, param } = body;
  return {
    message,
    // An event's own type is no type of an error.
    type: typeof type === 'string' && type !== 'error' ? type.slice(0, NAME_CHARACTERS) : null,
    code: typeof code === 'number' ? code : typeof code === 'string' ? code.slice(0, NAME_CHARACTERS) : null,
    param: typeof param === 'string' ? param.slice(0, NAME_CHARACTERS) : null,
  };
}

function readDetail(first: unknown): Said | null {
  if (!isObject(first) || typeof first['msg'] !== 'string') return null;
  const steps = Array.isArray(first['loc']) ? (first['loc'] as unknown[]) : [];
  const param = steps.filter((step) => typeof step === 'string' || typeof step === 'number').join('.');
  return { ...NOTHING, message: first['msg'], param: param === '' ? null : param.slice(0, NAME_CHARACTERS) };
}
