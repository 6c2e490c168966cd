import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { isContextOverflow } from '../context-overflow.ts';
import type { UpstreamAnswer } from '../dialect.ts';
import { quotedText } from '../quoted-text.ts';

const MESSAGE_CHARACTERS = 2000;
const NAME_CHARACTERS = 200;
const BAD_GATEWAY = 502;

/** The status that AWS answers with for each exception (API_runtime_Converse, API_runtime_ConverseStream). */
const STATUSES: ReadonlyMap<string, number> = new Map([
  ['validationexception', 400],
  ['accessdeniedexception', 403],
  ['resourcenotfoundexception', 404],
  ['modeltimeoutexception', 408],
  ['modelerrorexception', 424],
  ['modelstreamerrorexception', 424],
  ['throttlingexception', 429],
  ['modelnotreadyexception', 429],
  ['servicequotaexceededexception', 429],
  ['internalserverexception', 500],
  ['serviceunavailableexception', 503],
]);

/** An answer with an error's status: `{"message": …}`, or `{"Message": …}` from what stands before Bedrock. */
export function decodeError({ provider, status, retryAfter, body }: UpstreamAnswer): GatewayError {
  const parsed = parseJson(body);
  const fields = isObject(parsed) ? parsed : {};
  const type = typeOf(fields);
  const message = messageOf(fields) ?? type ?? quotedText(body);
  const isRefusal = status >= 400;
  const what = isRefusal ? `answered ${status}` : 'answered with an error';
  return failure(`${provider} ${what}: ${message}`, {
    type,
    status: isRefusal ? status : statusOf(type),
    retryAfter,
    overflows: isContextOverflow(message),
  });
}

/** An exception in the middle of a stream. `type`: `throttlingException`. */
export function decodeException(provider: string, type: string, payload: JsonObject): GatewayError {
  const message = textAt(payload, 'originalMessage') ?? messageOf(payload) ?? 'no explanation';
  return failure(`${provider} stopped with ${type}: ${message.slice(0, MESSAGE_CHARACTERS)}`, {
    type,
    status: statusOf(type),
    retryAfter: null,
    overflows: isContextOverflow(message),
  });
}

/** A stop reason that says that the answer is unusable. */
export function malformed(provider: string, stopReason: string): GatewayError {
  const message = `${provider} answered with what its model could not be understood by (${stopReason}).`;
  return new GatewayError('upstream_error', message, { status: BAD_GATEWAY, upstreamType: stopReason });
}

interface FailureFacts {
  readonly type: string | null;
  readonly status: number;
  readonly retryAfter: string | null;
  readonly overflows: boolean;
}

function failure(message: string, { type, status, retryAfter, overflows }: FailureFacts): GatewayError {
  const cut = message.slice(0, MESSAGE_CHARACTERS + NAME_CHARACTERS);
  if (overflows) return new GatewayError('context_length_exceeded', cut);
  return new GatewayError('upstream_error', cut, {
    status,
    ...(type === null ? {} : { upstreamType: type.slice(0, NAME_CHARACTERS) }),
    ...(retryAfter === null ? {} : { retryAfter }),
  });
}

function statusOf(type: string | null): number {
  return STATUSES.get(type?.toLowerCase() ?? '') ?? BAD_GATEWAY;
}

/** `com.amazon.coral.service#UnknownOperationException` is `UnknownOperationException`. */
function typeOf(fields: JsonObject): string | null {
  const inner = fields['Output'];
  const type = textAt(fields, '__type') ?? textAt(isObject(inner) ? inner : {}, '__type');
  return type === null ? null : type.slice(type.lastIndexOf('#') + 1);
}

function messageOf(fields: JsonObject): string | null {
  return (textAt(fields, 'message') ?? textAt(fields, 'Message'))?.slice(0, MESSAGE_CHARACTERS) ?? null;
}

function textAt(fields: JsonObject, key: string): string | null {
  const value = fields[key];
  return typeof value === 'string' && value !== '' ? value : null;
}
