import { FAILURE_KINDS } from '../canonical/resilience.ts';
import type { FailureKind } from '../canonical/resilience.ts';
import type { HedgeRule } from '../canonical/routing-defaults.ts';
import { STRATEGIES, strategyNamed } from '../canonical/strategy.ts';
import { z } from '../std/schema.ts';
import { duration, DURATION_PATTERN, durationOf, durationOrOff, NO_DURATION, numberWithoutUnit } from './fields.ts';
import { groupName } from './model-names.ts';
import { count } from './number-fields.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MOST_RETRIES = 100;
const MOST_FAILS = 1_000_000;

/** How often something may happen after failures of one kind. */
function perFailure(most: number) {
  const field = count({ min: 0, max: most }).optional();
  return z.strictObject({
    timeout: field.describe('It took too long.'),
    rate_limit: field.describe('It was asked too often (429).'),
    authentication: field.describe('It took no credential of ours (401, 403).'),
    not_found: field.describe('It does not have the model (404).'),
    bad_request: field.describe('It did not take the request (400).'),
    content_policy: field.describe('It refused the content.'),
    context_window: field.describe('The prompt was too long.'),
    unavailable: field.describe('It could not be reached, or was overloaded (503).'),
    server_error: field.describe('It failed by itself (5xx).'),
  } satisfies Record<FailureKind, unknown>);
}

/** By kind, without those that are not said. */
export function byKind(written: z.output<ReturnType<typeof perFailure>>): Partial<Record<FailureKind, number>> {
  const said: Partial<Record<FailureKind, number>> = {};
  for (const kind of FAILURE_KINDS) {
    const times = written[kind];
    if (times !== undefined) said[kind] = times;
  }
  return said;
}

/** Any spelling of a strategy, LiteLLM's too. */
export const strategy = z
  .string()
  .meta({ examples: [...STRATEGIES] })
  .transform((text, context) => {
    const named = strategyNamed(text);
    if (named !== null) return named;
    context.issues.push({ code: 'invalid_value', values: [...STRATEGIES], input: text });
    return z.NEVER;
  });

export const retries = count({ min: 0, max: MOST_RETRIES })
  .optional()
  .describe('How often a failed request is sent again to deployments that were asked before.');

export const allowedFails = count({ min: 0, max: MOST_FAILS })
  .optional()
  .describe('Failures within a minute that a deployment may have; the next one cools it down. Left out: by rule.');

export const cooldown = durationOrOff({ min: 1, max: DAY_MS })
  .optional()
  .describe('How long a deployment that fails is left alone; off: never. Default 5s.');

export const chain = z.array(groupName).describe('Groups or models, in order.');

const NO_HEDGE_RULE = `${NO_DURATION}, or p95, or off`;
const HEDGE_LIMITS = { min: 1, max: HOUR_MS, wrong: NO_HEDGE_RULE };

/** `off`, `p95`, or a time. */
export const hedge = z
  .union([z.string().meta({ pattern: `^(${DURATION_PATTERN}|p95|off)$` }), numberWithoutUnit], { error: NO_HEDGE_RULE })
  .transform((value, context): HedgeRule => {
    const text = String(value).trim();
    if (text === 'off' || text === 'p95') return { kind: text };
    return { kind: 'after', ms: durationOf(value, HEDGE_LIMITS, context) };
  });

/** What a group says for itself, and `routing:` for all that do not. */
export const RESILIENCE_FIELDS = {
  strategy: strategy.optional().describe('How one of several deployments is chosen. Default shuffle.'),
  retries,
  retry_policy: perFailure(MOST_RETRIES).optional().describe('Retries after single kinds of failure.'),
  retry_wait: duration({ min: 0, max: HOUR_MS })
    .optional()
    .describe('The least time before the same deployment is asked again. Default 0s.'),
  allowed_fails: allowedFails,
  allowed_fails_policy: perFailure(MOST_FAILS).optional().describe('The same for single kinds of failure.'),
  cooldown,
  deadline: duration({ min: 1, max: 24 * DAY_MS })
    .optional()
    .describe('From the request to the first byte of an answer, all attempts and waits together. Default 10m.'),
  hedge: hedge
    .optional()
    .describe('How late the first token may be before a second deployment is asked too: off, p95 or a time.'),
};
