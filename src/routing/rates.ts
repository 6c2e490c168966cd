import type { Deployment } from './group.ts';
import type { DeploymentState } from './health-book.ts';
import type { Situation } from './situation.ts';

/** Whether a deployment's minute is full. */
export function isOverRate({ terms }: Deployment, state: DeploymentState, situation: Situation): boolean {
  const { requestsPerMinute, tokensPerMinute } = terms;
  const { now } = situation.asked;
  if (requestsPerMinute !== null && state.requestsInMinute(now) >= requestsPerMinute) return true;
  if (tokensPerMinute === null) return false;
  const used = state.tokensInMinute(now);
  // What no minute can hold is let through when nothing else is in it: the upstream's limit may be another.
  return used > 0 && used + situation.promptTokens > tokensPerMinute;
}

/** When a full minute has room for the request again if nothing else comes, in UTC milliseconds. */
export function rateFreeAtMs({ id, terms }: Deployment, situation: Situation): number {
  const { requestsPerMinute, tokensPerMinute } = terms;
  const state = situation.book.stateOf(id);
  const { now } = situation.asked;
  const room = tokensPerMinute === null ? 0 : Math.max(0, tokensPerMinute - situation.promptTokens);
  return Math.max(
    requestsPerMinute === null ? now : state.requestsFallTo(Math.max(0, requestsPerMinute - 1), now),
    tokensPerMinute === null ? now : state.tokensFallTo(room, now),
  );
}

/** Which minute is full, in words. */
export function rateTrouble({ id, terms }: Deployment, situation: Situation): string {
  const { requestsPerMinute, tokensPerMinute } = terms;
  const state = situation.book.stateOf(id);
  const { now } = situation.asked;
  const requests = state.requestsInMinute(now);
  if (requestsPerMinute !== null && requests >= requestsPerMinute) {
    return `it had ${requests} of its ${requestsPerMinute} requests of a minute`;
  }
  const used = `it had ${state.tokensInMinute(now)} of its ${tokensPerMinute ?? 0} tokens of a minute`;
  return `${used}, and this request takes about ${situation.promptTokens}`;
}
