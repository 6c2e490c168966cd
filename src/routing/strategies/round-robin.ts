import type { Candidates, Choice, Situation } from '../situation.ts';

/** One after the other, in the order of the file. The book counts the turns; the choice itself takes none. */
export function roundRobin(candidates: Candidates, { group, book }: Situation): Choice {
  const turn = book.turnOf(group.name) % candidates.length;
  return { deployment: candidates[turn] ?? candidates[0], reason: 'its turn' };
}
