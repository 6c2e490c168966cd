import type { Candidates, Choice } from '../situation.ts';

/** The first of them, as they stand in the file. */
export function inOrder([deployment]: Candidates): Choice {
  return { deployment, reason: 'first in order' };
}
