import type { ErrorCode, GatewayError } from '../canonical/errors.ts';
import type { FailureKind } from '../canonical/resilience.ts';
import type { DeploymentFailure } from './health/deployment-state.ts';

/** Which kind of failure an error is, for policies and for what comes next. */
export function failureKindOf(error: GatewayError): FailureKind {
  const { code } = error;
  if (code === 'upstream_error') return kindOfAnswer(error);
  const known = KINDS[code];
  if (known !== undefined) return known;
  return error.source === 'client' ? 'bad_request' : 'server_error';
}

/** Who may do better with a request that failed. */
export type Remedy =
  /** The request is at fault: nobody. */
  | 'nobody'
  /** A model that holds more. */
  | 'larger'
  /** Somebody with other rules about content. */
  | 'other_rules'
  /** Another deployment, never the same. */
  | 'elsewhere'
  /** Another deployment, or the same in a while. */
  | 'again';

export function remedyOf(error: GatewayError): Remedy {
  if (error.source !== 'upstream' || error.code === 'upstream_answer_too_large') return 'nobody';
  if (isLasting(error)) return 'elsewhere';
  return REMEDIES[failureKindOf(error)];
}

/**
 * Nothing listens, the address is wrong, the account is empty, gateways name each other: none of that is better in a
 * few seconds, and each gateway of a circle that asked again would multiply what all others ask.
 */
function isLasting(error: GatewayError): boolean {
  const { code, status } = error;
  return LASTING.has(code) || status === 508 || isOutOfMoney(error);
}

const LASTING: ReadonlySet<ErrorCode> = new Set(['upstream_refused', 'upstream_unknown_host', 'upstream_redirect']);

/** What the health of the deployment is told. `now`: UTC milliseconds. */
export function deploymentFailureOf(error: GatewayError, now: number): DeploymentFailure {
  return {
    kind: failureKindOf(error),
    message: error.message.slice(0, MESSAGE_CHARACTERS),
    isUnreachable: UNREACHABLE.has(error.code),
    retryAfterMs: retryAfterMs(error.retryAfter, now),
    ...NETWORK_TROUBLES[error.code],
  };
}

/** `Retry-After` in milliseconds, from seconds or a date (RFC 9110, 10.2.3); `null`: it says nothing. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const waitMs = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(waitMs) && waitMs > 0 ? Math.ceil(waitMs) : null;
}

const MESSAGE_CHARACTERS = 200;

const NETWORK_TROUBLES: Partial<Record<ErrorCode, Pick<DeploymentFailure, 'network'>>> = {
  upstream_no_network: { network: 'gone' },
  upstream_unknown_host: { network: 'unknown_host' },
};

const UNREACHABLE: ReadonlySet<ErrorCode> = new Set([
  'upstream_refused',
  'upstream_unreachable',
  'upstream_unknown_host',
  'upstream_no_network',
  'upstream_connect_timeout',
]);

/** Of codes that say it all. */
const KINDS: Partial<Record<ErrorCode, FailureKind>> = {
  context_length_exceeded: 'context_window',
  upstream_connect_timeout: 'timeout',
  upstream_first_byte_timeout: 'timeout',
  upstream_idle_timeout: 'timeout',
  upstream_total_timeout: 'timeout',
  upstream_refused: 'unavailable',
  upstream_unreachable: 'unavailable',
  upstream_unknown_host: 'unavailable',
  upstream_no_network: 'unavailable',
  upstream_reset: 'unavailable',
  deployments_busy: 'rate_limit',
};

const REMEDIES: Readonly<Record<FailureKind, Remedy>> = {
  timeout: 'again',
  rate_limit: 'again',
  unavailable: 'again',
  server_error: 'again',
  authentication: 'elsewhere',
  not_found: 'elsewhere',
  context_window: 'larger',
  content_policy: 'other_rules',
  bad_request: 'nobody',
};

/**
 * An error that the upstream answered with. Words come before the status: a filter is a 400 at Azure and a 403 at xAI,
 * and Groq refuses what exceeds a minute's tokens with 413.
 */
function kindOfAnswer(error: GatewayError): FailureKind {
  const { status, message } = error;
  const words = `${error.type} ${error.wireCode}`;
  if (status < 500 && (FILTERED_WORDS.test(words) || FILTERED_SENTENCES.test(message))) return 'content_policy';
  // Gemini names the filter that ended an answer of 200, which has no status of an error.
  if (typeof error.wireCode === 'string' && FILTERS_OF_GEMINI.has(error.wireCode)) return 'content_policy';
  if (status < 500 && (RATE_WORDS.test(words) || RATE_SENTENCES.test(message))) return 'rate_limit';
  if (status < 500 && (OUT_OF_CREDIT.test(message) || ACCOUNT_SENTENCES.test(message))) return 'authentication';
  if (status < 500 && NO_SUCH_MODEL.test(message)) return 'not_found';
  return kindOfStatus(status);
}

/** Azure and OpenAI (`content_filter`, `content_policy_violation`, `moderation_blocked`), Alibaba's Model Studio. */
const FILTERED_WORDS =
  /content_filter|content_policy|ContentPolicyViolation|moderation_blocked|data_inspection_failed/i;
/** Azure, OpenAI's pictures, xAI: those that say it in a sentence only. */
const FILTERED_SENTENCES = /content management policy|rejected by (?:the|our) safety system|violates usage guidelines/i;
const FILTERS_OF_GEMINI: ReadonlySet<string> = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
]);
const RATE_WORDS = /rate_?limit|too_many_requests|throttling/i;
/** A request larger than what a minute allows, as Groq and OpenAI say it. */
const RATE_SENTENCES = /(?:tokens|requests) per min/i;
/** Anthropic answers 400 with an `invalid_request_error` when a prepaid account is empty. */
const OUT_OF_CREDIT = /credit balance is too low/i;
/** What is wrong with an account, said with 400 by Anthropic and Gemini: no request of it would get further. */
const ACCOUNT_SENTENCES = /organization has been disabled|location is not supported/i;
/** Providers there are that answer so with 400 or 403. */
const NO_SUCH_MODEL = /model\b.{0,200}\b(?:does not exist|do(?:es)? not have access)/i;

/** 402: a prepaid account is empty. 424: a model of Bedrock failed. 520 and more: said by Cloudflare for a server. */
function kindOfStatus(status: number): FailureKind {
  switch (status) {
    case 401:
    case 402:
    case 403:
      return 'authentication';
    case 404:
    case 405:
    case 410:
      return 'not_found';
    case 408:
    case 504:
    case 522:
    case 524:
      return 'timeout';
    case 429:
      return 'rate_limit';
    case 503:
    case 521:
    case 529:
      return 'unavailable';
    case 409:
    case 424:
    case 425:
      return 'server_error';
    default:
      return status >= 500 ? 'server_error' : 'bad_request';
  }
}

/** OpenAI answers 429 here too, as for a rate that was exceeded. */
function isOutOfMoney({ code, type, wireCode, status, message }: GatewayError): boolean {
  if (code !== 'upstream_error') return false;
  return status === 402 || /insufficient_quota/.test(`${type} ${wireCode}`) || OUT_OF_CREDIT.test(message);
}
