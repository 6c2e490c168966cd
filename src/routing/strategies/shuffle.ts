import type { Deployment } from '../group.ts';
import type { Candidates, Choice, Situation } from '../situation.ts';
import { anyOf } from './chance.ts';

/**
 * By chance, weighted. Where somebody has a weight, those without have 0; else it goes by requests a minute, else by
 * tokens a minute, where all who are left have such a limit. What those who are left out would have had is shared in
 * the same proportions.
 */
export function shuffle(candidates: Candidates, { asked }: Situation): Choice {
  if (candidates.some(({ terms }) => terms.weight !== null)) return drawn(candidates, weightOf, 'weight', asked.random);
  if (candidates.every(({ terms }) => terms.requestsPerMinute !== null)) {
    return drawn(candidates, requestsOf, 'requests a minute', asked.random);
  }
  if (candidates.every(({ terms }) => terms.tokensPerMinute !== null)) {
    return drawn(candidates, tokensOf, 'tokens a minute', asked.random);
  }
  return { deployment: anyOf(candidates, asked.random), reason: 'drawn by lot' };
}

function drawn(
  candidates: Candidates,
  shareOf: (deployment: Deployment) => number,
  unit: string,
  random: () => number,
): Choice {
  let total = 0;
  for (const deployment of candidates) total += shareOf(deployment);
  // Only those are left that were given nothing: they are better than nobody.
  if (total === 0) return { deployment: anyOf(candidates, random), reason: 'drawn by lot' };
  const reason = `drawn by ${unit}`;
  const drawnAt = random() * total;
  let sum = 0;
  let [last] = candidates;
  for (const deployment of candidates) {
    const share = shareOf(deployment);
    if (share === 0) continue;
    sum += share;
    if (drawnAt < sum) return { deployment, reason };
    // What rounding leaves at the very end is the last one's that has a share at all.
    last = deployment;
  }
  return { deployment: last, reason };
}

function weightOf({ terms }: Deployment): number {
  return terms.weight ?? 0;
}

function requestsOf({ terms }: Deployment): number {
  return terms.requestsPerMinute ?? 0;
}

function tokensOf({ terms }: Deployment): number {
  return terms.tokensPerMinute ?? 0;
}
