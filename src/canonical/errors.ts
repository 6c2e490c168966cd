/** Whose fault a failure is. */
export type ErrorSource = 'client' | 'gateway' | 'upstream';

interface ErrorKind {
  /** HTTP status of the answer. */
  readonly status: number;
  /** The `type` of OpenAI's error shape. */
  readonly type: string;
  readonly source: ErrorSource;
  /** Whether the same request can succeed when it is sent again (elsewhere, or later). */
  readonly retryable: boolean;
  /** What to do now, when the message does not say it already. */
  readonly hint: string | null;
}

const client = (status: number, hint: string | null = null, type = 'invalid_request_error'): ErrorKind => ({
  status,
  type,
  source: 'client',
  retryable: false,
  hint,
});
const gateway = (status: number, hint: string | null = null, retryable = false): ErrorKind => ({
  status,
  type: 'gateway_error',
  source: 'gateway',
  retryable,
  hint,
});
const upstream = (status: number, retryable: boolean, hint: string | null = null): ErrorKind => ({
  status,
  type: 'upstream_error',
  source: 'upstream',
  retryable,
  hint,
});

/** Every error of the program that reaches a client or the ledger, by its `code`. */
export const ERRORS = {
  // The request
  invalid_json: client(400),
  invalid_body: client(400),
  missing_field: client(400),
  duplicate_field: client(400, 'Send each of model, stream and stream_options at most once.'),
  invalid_content_encoding: client(400, 'Send the body uncompressed, or as gzip, deflate or br.'),
  unsupported_content_encoding: client(415, 'Send the body uncompressed, or as gzip, deflate or br.'),
  unsupported_media_type: client(415, 'Send Content-Type: application/json.'),
  request_too_large: client(413, 'Raise server.max_request in the config if the body is meant to be that large.'),
  request_timeout: client(408, 'The body must arrive whole within server.request_timeout.'),
  request_malformed: client(400),
  not_found: client(404),
  method_not_allowed: client(405),
  // Who may call
  invalid_api_key: client(401, null, 'authentication_error'),
  admin_token_required: client(401, null, 'authentication_error'),
  host_not_allowed: client(
    403,
    'Add the name to server.allowed_hosts in the config if it is yours.',
    'permission_error',
  ),
  origin_not_allowed: client(
    403,
    'Add it to server.allowed_origins in the config if the page is yours.',
    'permission_error',
  ),
  // Which profile
  profile_not_found: client(404),
  profile_not_allowed: client(403, null, 'permission_error'),
  // Where it goes
  no_local_model: gateway(503),
  profile_wall: client(403, null, 'permission_error'),
  budget_exceeded: client(422, null, 'budget_exceeded'),
  price_unknown: client(422, null, 'budget_exceeded'),
  model_not_found: client(404),
  no_credential: client(404),
  endpoint_not_supported: client(400),
  unsupported_content: client(400),
  unsupported_parameter: client(400),
  media_not_fetched: client(400),
  media_busy: gateway(503, 'Send the request again in a moment.', true),
  response_not_found: client(404),
  no_deployment_allowed: client(403, null, 'permission_error'),
  deployments_busy: gateway(429, null, true),
  deployments_cooled: gateway(503, null, true),
  request_loop: client(508, 'Two gateways name each other as a server.'),
  // Ourselves
  ledger_unavailable: gateway(
    503,
    'Free space on the disk or check the permissions of the ledger file; `llmgw status` shows it.',
    true,
  ),
  shutting_down: gateway(503, 'Send the request again when the gateway is back.', true),
  too_many_watchers: gateway(503, 'Close another `llmgw top`.', true),
  internal_error: gateway(500, 'This is a bug in llmgw; `llmgw logs` has the details.'),
  // The upstream
  upstream_refused: upstream(503, true),
  upstream_unreachable: upstream(502, true),
  upstream_unknown_host: upstream(502, true, 'Check the address in the config, and whether there is a network.'),
  upstream_no_network: upstream(502, true),
  upstream_reset: upstream(502, true),
  upstream_connect_timeout: upstream(504, true),
  upstream_first_byte_timeout: upstream(504, true),
  upstream_idle_timeout: upstream(504, true),
  upstream_total_timeout: upstream(504, false),
  upstream_invalid_answer: upstream(502, true),
  upstream_answer_too_large: upstream(
    502,
    false,
    'Raise server.max_answer in the config if the answer is meant to be that large.',
  ),
  upstream_redirect: upstream(502, false, 'Redirects are not followed: put the final address into the config.'),
  upstream_stream_truncated: upstream(502, true),
  upstream_error: upstream(502, true),
  context_length_exceeded: {
    status: 400,
    type: 'invalid_request_error',
    source: 'upstream',
    retryable: false,
    hint: null,
  },
  client_left: { status: 499, type: 'client_left', source: 'client', retryable: false, hint: null },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** Cases of one code that LiteLLM tells apart; `away`: the name is known, and nobody who answers for it is there. */
export type ErrorCase = 'no_key' | 'malformed_key' | 'unknown_name' | 'away' | 'tags';

export interface GatewayErrorOptions {
  /** The field of the request, or the parameter, that the error is about. */
  readonly param?: string;
  /** Replaces the hint of the table. */
  readonly hint?: string;
  /** The status of the upstream's own answer, which is passed on instead of the table's. */
  readonly status?: number;
  /** `Retry-After` as the upstream sent it. */
  readonly retryAfter?: string;
  /** The upstream's own `type` and `code`, which clients key on, passed on instead of ours. */
  readonly upstreamType?: string;
  readonly upstreamCode?: string | number;
  /** Which case of its code it is, where that makes a difference to somebody. */
  readonly case?: ErrorCase;
  readonly cause?: unknown;
}

/** A failure that a client is told about. The message is a sentence for a person and never holds a secret. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly type: string;
  readonly source: ErrorSource;
  readonly retryable: boolean;
  readonly hint: string | null;
  readonly param: string | null;
  readonly retryAfter: string | null;
  /** The `code` on the wire: the upstream's own where there is one. */
  readonly wireCode: string | number;
  readonly case: ErrorCase | null;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const kind: ErrorKind = ERRORS[code];
    this.name = 'GatewayError';
    this.code = code;
    this.status = options.status ?? kind.status;
    this.type = options.upstreamType ?? kind.type;
    this.source = kind.source;
    this.retryable = kind.retryable;
    this.hint = options.hint ?? kind.hint;
    this.param = options.param ?? null;
    this.retryAfter = options.retryAfter ?? null;
    this.wireCode = options.upstreamCode ?? code;
    this.case = options.case ?? null;
  }
}

/** The same error in other words; with another `param`, where one is given. */
export function reworded(error: GatewayError, message: string, param = error.param): GatewayError {
  const { code, status, type, wireCode, hint, retryAfter, cause, case: which } = error;
  return new GatewayError(code, message, {
    status,
    upstreamType: type,
    upstreamCode: wireCode,
    cause,
    ...(hint === null ? {} : { hint }),
    ...(param === null ? {} : { param }),
    ...(retryAfter === null ? {} : { retryAfter }),
    ...(which === null ? {} : { case: which }),
  });
}

/** The error of a stream that stopped in the midst of an answer. `provider`: the name of the server or provider. */
export function truncatedStream(provider: string): GatewayError {
  return new GatewayError('upstream_stream_truncated', `${provider} ended the stream before the answer was whole.`);
}
