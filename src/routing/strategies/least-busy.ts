import type { Candidates, Choice, Situation } from '../situation.ts';
import { leastBy } from './chance.ts';

/** The one with the fewest requests under way. */
export function leastBusy(candidates: Candidates, { book, asked }: Situation): Choice {
  const deployment = leastBy(candidates, ({ id }) => book.stateOf(id).inFlight, asked.random);
  return { deployment, reason: `least busy: ${book.stateOf(deployment.id).inFlight} under way` };
}
