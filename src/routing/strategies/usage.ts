import type { Deployment } from '../group.ts';
import type { Candidates, Choice, Situation } from '../situation.ts';
import { leastBy } from './chance.ts';

/**
 * The one with the most room in its minute: the smallest share of its limits is used, with this request. Where one has
 * no limit, shares cannot be compared, and the tokens of the minute count. Those without room are no candidates.
 */
export function usage(candidates: Candidates, situation: Situation): Choice {
  const { book, asked } = situation;
  if (candidates.every(isLimited)) {
    const deployment = leastBy(candidates, (one) => usedShare(one, situation), asked.random);
    return { deployment, reason: `most room: ${Math.round(usedShare(deployment, situation) * 100)} % used` };
  }
  const deployment = leastBy(candidates, ({ id }) => tokensWithRequests(id, situation), asked.random);
  return { deployment, reason: `least used: ${book.stateOf(deployment.id).tokensInMinute(asked.now)} tokens a minute` };
}

function isLimited({ terms }: Deployment): boolean {
  return terms.requestsPerMinute !== null || terms.tokensPerMinute !== null;
}

function usedShare({ id, terms }: Deployment, situation: Situation): number {
  const { requestsPerMinute, tokensPerMinute } = terms;
  const state = situation.book.stateOf(id);
  const { now } = situation.asked;
  const ofRequests = requestsPerMinute === null ? 0 : (state.requestsInMinute(now) + 1) / requestsPerMinute;
  const ofTokens =
    tokensPerMinute === null ? 0 : (state.tokensInMinute(now) + situation.promptTokens) / tokensPerMinute;
  return Math.max(ofRequests, ofTokens);
}

/** A request that has not told its tokens yet counts as a part of one, so that a burst does not go to one place. */
function tokensWithRequests(id: string, { book, asked }: Situation): number {
  const state = book.stateOf(id);
  const requests = state.requestsInMinute(asked.now);
  return state.tokensInMinute(asked.now) + requests / (requests + 1);
}
