import type { Deployment } from '../group.ts';
import type { Candidates, Choice, Situation } from '../situation.ts';
import { leastBy } from './chance.ts';

/** One that has the model in memory, else one that needs not load it or does not say; of these the least busy. */
export function warmFirst(candidates: Candidates, { book, asked }: Situation): Choice {
  let warmest = Infinity;
  for (const deployment of candidates) warmest = Math.min(warmest, coldness(deployment));
  const deployment = leastBy(
    candidates,
    (one) => (coldness(one) === warmest ? book.stateOf(one.id).inFlight : Infinity),
    asked.random,
  );
  const queue = `${book.stateOf(deployment.id).inFlight} under way`;
  return {
    deployment,
    reason: `${warmest === 0 ? 'has the model loaded' : 'no other has the model loaded'}, ${queue}`,
  };
}

/** 0: loaded; 1: it does not say, as providers in the cloud, who have theirs loaded; 2: not loaded. */
function coldness({ isWarm }: Deployment): number {
  if (isWarm === null) return 1;
  return isWarm ? 0 : 2;
}
