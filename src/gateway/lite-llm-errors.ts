import type { GatewayError } from '../canonical/errors.ts';
import type { Face } from '../dialects/face.ts';
import { failureKindOf } from '../routing/failure-kind.ts';
import { unreachable } from '../std/unreachable.ts';

/** An error as LiteLLM's proxy answers it: beside `status` what stands in the body's `error`. */
export interface LiteLlmError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  /** The status once more, as a text. */
  readonly code: string;
}

/**
 * What scripts that were written for LiteLLM go by: its statuses, its types, and what its messages begin with, before
 * our own sentence. Where it writes Python's `None` or a dictionary there is `null` and plain words, and no message
 * holds a key. `model`: the name that was asked for, `null` where none could be read.
 */
export function inLiteLlmWords(error: GatewayError, model: string | null): LiteLlmError {
  const words = { ...plainWords(error), ...ownWords(error, model) };
  const { status, type, param } = words;
  return { message: words.message, type, param, code: String(status), status };
}

/** The same as an event of a stream that has begun; nothing follows it. */
export function liteLlmErrorEvent(error: GatewayError, model: string | null): string {
  const { message, type, param, code } = inLiteLlmWords(error, model);
  return `data: ${JSON.stringify({ error: { message, type, param, code } })}\n\n`;
}

/** Whether a face answers errors in that shape: those of OpenAI's, and paths that are nobody's. */
export function takesLiteLlmErrors(face: Face | null): boolean {
  return face === null || face.dialect === 'openai-chat' || face.dialect === 'openai-responses';
}

/** Whether its streams do: the Responses API has events of its own for errors. */
export function takesLiteLlmEvents({ dialect }: Face): boolean {
  return dialect === 'openai-chat';
}

type Words = Omit<LiteLlmError, 'code'>;

/** Where LiteLLM has no words of its own. */
function plainWords(error: GatewayError): Words {
  const { type, param } = error;
  return { status: statusOf(error), message: said(error), type, param };
}

function ownWords(error: GatewayError, model: string | null): Partial<Words> {
  switch (error.code) {
    case 'invalid_api_key':
      return wordsOfKey(error);
    case 'model_not_found':
    case 'no_credential':
      return wordsOfModel(error, model);
    case 'no_deployment_allowed':
      return wordsOfTags(error);
    case 'deployments_busy':
    case 'deployments_cooled':
      return wordsOfNobody(error);
    case 'budget_exceeded':
      return { message: `Budget has been exceeded! ${said(error)}`, type: 'budget_exceeded', param: null };
    case 'unsupported_parameter':
      return { message: `litellm.UnsupportedParamsError: ${said(error)}` };
    default:
      return error.source === 'upstream' ? wordsOfUpstream(error, model) : {};
  }
}

function wordsOfKey(error: GatewayError): Partial<Words> {
  const begin = 'Authentication Error,';
  switch (error.case) {
    case 'no_key':
      return { message: `${begin} No api key passed in. ${hintOf(error)}`, type: 'auth_error', param: null };
    case 'malformed_key': {
      const message = `${begin} Malformed API Key passed in. Ensure Key has \`Bearer \` prefix. ${said(error)}`;
      return { message, type: 'auth_error', param: null };
    }
    default: {
      const message = `${begin} Invalid proxy server token passed. ${said(error)}`;
      return { message, type: 'token_not_found_in_db', param: 'key' };
    }
  }
}

/** A name that nobody knows is the caller's mistake; one whose server is away is as a call to it would be. */
function wordsOfModel(error: GatewayError, model: string | null): Partial<Words> {
  if (error.case === 'away') {
    return { status: 503, message: `litellm.APIConnectionError: ${said(error)}`, type: 'upstream_error', param: null };
  }
  if (error.code === 'model_not_found' && error.case !== 'unknown_name') return {};
  const begin = `Invalid model name passed in model=${model ?? ''}. Call \`/v1/models\` for the names that are known.`;
  return { status: 400, message: `${begin} ${said(error)}` };
}

function wordsOfTags(error: GatewayError): Partial<Words> {
  if (error.case !== 'tags') return {};
  const message = `Not allowed to access model due to tags configuration. ${said(error)}`;
  return { status: 401, message, type: 'auth_error' };
}

/** The time that LiteLLM names where it does not know better. */
const USUAL_WAIT_SECONDS = '5';

function wordsOfNobody(error: GatewayError): Partial<Words> {
  const seconds = error.retryAfter ?? USUAL_WAIT_SECONDS;
  const message = `No deployments available for selected model, Try again in ${seconds} seconds. ${said(error)}`;
  return { status: 429, message, type: 'throttling_error' };
}

function wordsOfUpstream(error: GatewayError, model: string | null): Partial<Words> {
  const name = exceptionOf(error);
  const status = name === 'Timeout' ? 408 : statusOf(error);
  const sentence = said(error);
  const end = /[.!?]$/.test(sentence) ? '' : '.';
  const group = model === null ? '' : `${end} Received Model Group=${model}`;
  return { status, message: `litellm.${name}: ${sentence}${group}`, type: typeOfUpstream(error, status) };
}

function typeOfUpstream({ type }: GatewayError, status: number): string {
  if (status === 429) return 'throttling_error';
  return status === 400 || status === 422 ? 'invalid_request_error' : type;
}

/** The name of LiteLLM's exception, which scripts look for in messages. */
function exceptionOf(error: GatewayError): string {
  const { code } = error;
  if (code === 'upstream_error') return exceptionOfAnswer(error);
  const kind = failureKindOf(error);
  switch (kind) {
    case 'context_window':
      return 'ContextWindowExceededError';
    case 'timeout':
      return 'Timeout';
    case 'unavailable':
      return 'APIConnectionError';
    case 'rate_limit':
    case 'authentication':
    case 'not_found':
    case 'bad_request':
    case 'content_policy':
    case 'server_error':
      return 'APIError';
    default:
      return unreachable(kind);
  }
}

const EXCEPTIONS: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequestError'],
  [401, 'AuthenticationError'],
  [403, 'PermissionDeniedError'],
  [404, 'NotFoundError'],
  [408, 'Timeout'],
  [422, 'UnprocessableEntityError'],
  [429, 'RateLimitError'],
  [500, 'InternalServerError'],
  [502, 'BadGatewayError'],
  [503, 'ServiceUnavailableError'],
  [504, 'Timeout'],
]);

/** By what its provider meant, then by its status. */
function exceptionOfAnswer(error: GatewayError): string {
  const kind = failureKindOf(error);
  if (kind === 'content_policy') return 'ContentPolicyViolationError';
  if (kind === 'context_window') return 'ContextWindowExceededError';
  const status = statusOf(error);
  return EXCEPTIONS.get(status) ?? (status < 500 ? 'BadRequestError' : 'APIError');
}

/** Anthropic's word for an overload is none that clients of OpenAI's know. */
function statusOf({ status }: GatewayError): number {
  return status === 529 ? 503 : status;
}

function said(error: GatewayError): string {
  return error.hint === null ? error.message : `${error.message} ${error.hint}`;
}

function hintOf({ message, hint }: GatewayError): string {
  return hint ?? message;
}
