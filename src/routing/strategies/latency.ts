import type { Deployment } from '../group.ts';
import { isFilled } from '../situation.ts';
import type { Candidates, Choice, Situation } from '../situation.ts';
import { anyOf, leastBy } from './chance.ts';

/** Of all requests, those that go to a deployment of which no time is known, while others are known to be fast. */
const EXPLORED_SHARE = 0.1;

/**
 * The fastest, or by chance one of those that are nearly as fast: by the time to the first token where the answer is
 * streamed, else by the time for each token. One without samples is not taken to be fast: it gets a request now and
 * then, and no second one while that is under way.
 */
export function latency(candidates: Candidates, situation: Situation): Choice {
  const { group, book, asked } = situation;
  const times = candidates.map((deployment) => timeOf(deployment, situation));
  let fastestMs = Infinity;
  for (const time of times) if (time !== null && time < fastestMs) fastestMs = time;
  if (fastestMs === Infinity) {
    const deployment = leastBy(candidates, ({ id }) => book.stateOf(id).inFlight, asked.random);
    return { deployment, reason: 'no times known yet: least busy' };
  }
  const unknown = candidates.filter(({ id }, index) => times[index] === null && book.stateOf(id).inFlight === 0);
  if (isFilled(unknown) && asked.random() < EXPLORED_SHARE) {
    return { deployment: anyOf(unknown, asked.random), reason: 'explored: its time is not known' };
  }
  const limitMs = fastestMs * (1 + group.options.latencyBuffer);
  const fast = candidates.filter((_, index) => (times[index] ?? Infinity) <= limitMs);
  const unit = asked.stream ? 'ms to the first token' : 'ms a token';
  const deployment = anyOf(isFilled(fast) ? fast : candidates, asked.random);
  return { deployment, reason: `fast: at most ${rounded(limitMs)} ${unit}` };
}

function timeOf({ id }: Deployment, { group, book, asked }: Situation): number | null {
  const { latencyTtlMs } = group.options;
  const state = book.stateOf(id);
  return asked.stream ? state.firstTokenMs(asked.now, latencyTtlMs) : state.msPerToken(asked.now, latencyTtlMs);
}

function rounded(ms: number): number {
  return ms < 100 ? Math.round(ms * 10) / 10 : Math.round(ms);
}
