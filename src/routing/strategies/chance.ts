import type { Deployment } from '../group.ts';
import type { Candidates } from '../situation.ts';

/** Any one of them, each as likely. */
export function anyOf(candidates: Candidates, random: () => number): Deployment {
  return candidates[Math.floor(random() * candidates.length)] ?? candidates[0];
}

/** The one of which `measure` is least; of several such, any, each as likely. */
export function leastBy(
  candidates: Candidates,
  measure: (deployment: Deployment) => number,
  random: () => number,
): Deployment {
  let [best] = candidates;
  let least = Infinity;
  let ties = 0;
  for (const deployment of candidates) {
    const value = measure(deployment);
    if (value > least) continue;
    if (value < least) {
      [best, least, ties] = [deployment, value, 1];
    } else {
      ties++;
      // The second of two takes the place with 1/2, the third with 1/3, so that each has the same chance in the end.
      if (random() * ties < 1) best = deployment;
    }
  }
  return best;
}
