import type { FailureKind } from '../../canonical/resilience.ts';
import type { Field } from './field.ts';
import { noteUnknown } from './key-rule.ts';

/** LiteLLM's names of exceptions, as its policies spell them before `Retries` and `AllowedFails`. */
const KINDS: Readonly<Record<string, FailureKind>> = {
  BadRequestError: 'bad_request',
  AuthenticationError: 'authentication',
  TimeoutError: 'timeout',
  RateLimitError: 'rate_limit',
  ContentPolicyViolationError: 'content_policy',
  ContextWindowExceededError: 'context_window',
  InternalServerError: 'server_error',
  NotFoundError: 'not_found',
  ServiceUnavailableError: 'unavailable',
};

/** What the native form takes. */
const MOST = { Retries: 100, AllowedFails: 1_000_000 } as const;
const HOUR_MS = 3_600_000;

export interface FailurePolicy {
  readonly byKind: Partial<Record<FailureKind, number>>;
  /** What the policy says for all kinds: `Default…`, or `num_retries` of an article. */
  readonly general: number | null;
  /** Milliseconds; `retry_after`, which LiteLLM knows beside the policy only. */
  readonly waitMs: number | null;
}

/** Reads `{TimeoutErrorRetries: 2}` or `{TimeoutErrorAllowedFails: 2}`, by its ending. */
export function readFailurePolicy(field: Field, ending: 'Retries' | 'AllowedFails'): FailurePolicy {
  const most = MOST[ending];
  const byKind: Partial<Record<FailureKind, number>> = {};
  let general: number | null = null;
  let waitMs: number | null = null;
  for (const [key, one] of field.fields() ?? []) {
    const kind = key.endsWith(ending) ? key.slice(0, -ending.length) : key;
    const failure = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (failure !== undefined) {
      const count = one.count({ most });
      if (count !== null) byKind[failure] = count;
    } else if (kind === 'Default') general = one.count({ most });
    else if (ending === 'Retries' && key === 'num_retries') general = lifted(one, one.count({ most }));
    else if (ending === 'Retries' && key === 'retry_after') waitMs = lifted(one, one.milliseconds({ most: HOUR_MS }));
    else noteUnknown(one, [...Object.keys(KINDS).map((name) => name + ending), 'num_retries', 'retry_after']);
  }
  return { byKind, general, waitMs };
}

function lifted(field: Field, value: number | null): number | null {
  if (value !== null) {
    field.note('reading', 'is no part of a policy for LiteLLM, which passes it over; llmgw takes it for all failures');
  }
  return value;
}
