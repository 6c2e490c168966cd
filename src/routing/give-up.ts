import { GatewayError } from '../canonical/errors.ts';
import type { ErrorCode } from '../canonical/errors.ts';
import type { FailureKind } from '../canonical/resilience.ts';
import type { FailedAttempt, Progress } from './progress.ts';
import { REJECTION_CAUSES } from './rejection.ts';
import type { RejectionCause } from './rejection.ts';
import type { NothingChosen } from './select.ts';

const MOST_LISTED = 8;
const LISTED_CHARACTERS = 240;

/**
 * The one error of an exchange that nobody answered: that of the only attempt as it was, one that lists all attempts,
 * or why none could be made.
 */
export function whyGivenUp(progress: Progress, now: number): GatewayError {
  const [first, ...others] = progress.failed;
  if (first === undefined) return whyNobodyWasAsked(progress, now);
  return others.length === 0 ? first.error : whyAllFailed([first, ...others], progress, now);
}

/**
 * How telling a kind of failure is, the most telling first. What everybody blames the request for is the request's.
 * Else what its owner has to mend comes before what passes by itself, and of that what says when before what does not;
 * a fault of the request that only some found is the least: another request would have failed there as well.
 */
const RANKS: Readonly<Record<FailureKind, number>> = {
  authentication: 0,
  not_found: 1,
  rate_limit: 2,
  timeout: 3,
  unavailable: 4,
  server_error: 4,
  context_window: 5,
  content_policy: 5,
  bad_request: 5,
};

function whyAllFailed(failed: readonly [FailedAttempt, ...FailedAttempt[]], progress: Progress, now: number) {
  // The first of those that are equally telling: it is nearest to what was asked for.
  const telling = failed.reduce((best, one) => (RANKS[one.kind] < RANKS[best.kind] ? one : best));
  const { code, status, type, wireCode, hint, param } = telling.error;
  const retryAfter = telling.kind === 'rate_limit' ? soonestOf(failed, now) : telling.error.retryAfter;
  const message = `All ${failed.length} attempts failed: ${listOf(failed.map(inWords))}.${unknownNames(progress)}`;
  return new GatewayError(code, message, {
    status,
    upstreamType: type,
    upstreamCode: wireCode,
    cause: telling.error,
    ...(hint === null ? {} : { hint }),
    ...(param === null ? {} : { param }),
    ...(retryAfter === null ? {} : { retryAfter }),
  });
}

/** `Retry-After` of the one that has room again first, by what each of them said last; in seconds from now. */
function soonestOf(failed: readonly FailedAttempt[], now: number): string | null {
  const last = new Map(failed.map((attempt) => [attempt.deployment.id, attempt]));
  const said = [...last.values()].filter(({ kind }) => kind === 'rate_limit');
  const times = said.flatMap(({ retryAt }) => retryAt ?? []);
  return times.length === 0 ? null : secondsUntil(Math.min(...times), now);
}

/** `openai/gpt-4o: answered 503: overloaded` */
function inWords({ deployment, error }: FailedAttempt): string {
  const { name } = deployment.target;
  const provider = `${name.slice(0, Math.max(0, name.indexOf('/')))} `;
  const said = error.message.startsWith(provider) ? error.message.slice(provider.length) : error.message;
  return `${name}: ${cut(said)}`;
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').replace(/\.$/, '');
  return line.length <= LISTED_CHARACTERS ? line : `${line.slice(0, LISTED_CHARACTERS)}…`;
}

/** What is the same several times is said once. */
function listOf(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const said = [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
  const more = said.length - MOST_LISTED;
  return [...said.slice(0, MOST_LISTED), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function unknownNames({ unknownFallbacks }: Progress): string {
  const names = [...new Set(unknownFallbacks)].slice(0, MOST_LISTED).map((name) => `\`${cut(name)}\``);
  if (names.length === 0) return '';
  return names.length === 1
    ? ` Its fallback ${names[0]} is unknown.`
    : ` Its fallbacks ${names.join(', ')} are unknown.`;
}

function whyNobodyWasAsked(progress: Progress, now: number): GatewayError {
  const { visits } = progress;
  const nobody = visits.flatMap((visit) => visit.nobody ?? []);
  const furthest = nobody.reduce<NothingChosen | null>(
    (best, one) => (best === null || isFurther(one, best) ? one : best),
    null,
  );
  const asked = visits[0]?.group;
  const name = asked?.name ?? '';
  const absence = asked?.absence ?? null;
  if (absence !== null && nobody.every(({ rejections }) => rejections.length === 0)) return absence;
  if (furthest === null) {
    return new GatewayError('deployments_busy', `No deployment of \`${name}\` had room within the request's deadline.`);
  }
  const reasons = nobody.flatMap(({ rejections }) =>
    rejections.map(({ deployment, why }) => `${deployment.id}: ${cut(why)}`),
  );
  const message = `No deployment of \`${name}\` can take the request: ${listOf(reasons)}.${unknownNames(progress)}`;
  const times = nobody.flatMap(({ retryAtMs }) => retryAtMs ?? []);
  const retryAfter = times.length === 0 ? null : secondsUntil(Math.min(...times), now);
  return new GatewayError(CODES[furthest.cause], message, {
    ...(retryAfter === null ? {} : { retryAfter }),
    ...(furthest.cause === 'tags' ? { case: 'tags' as const } : {}),
  });
}

function isFurther(one: NothingChosen, other: NothingChosen): boolean {
  return REJECTION_CAUSES.indexOf(one.cause) > REJECTION_CAUSES.indexOf(other.cause);
}

const CODES: Readonly<Record<RejectionCause, ErrorCode>> = {
  tags: 'no_deployment_allowed',
  region: 'no_deployment_allowed',
  capability: 'unsupported_content',
  context: 'context_length_exceeded',
  rate: 'deployments_busy',
  parallel: 'deployments_busy',
  cooldown: 'deployments_cooled',
  tried: 'deployments_cooled',
};

function secondsUntil(at: number, now: number): string {
  return String(Math.max(1, Math.ceil((at - now) / 1000)));
}
