import type { Deployment } from '../group.ts';
import type { Candidates, Choice, Situation } from '../situation.ts';
import { leastBy } from './chance.ts';

/**
 * The cheapest for this request, by its prompt and the answer that it allows. What runs here costs nothing; what has no
 * known price comes last: unknown is not cheap. Of several as cheap the least busy one.
 */
export function cost(candidates: Candidates, situation: Situation): Choice {
  const { book, asked } = situation;
  let least = Infinity;
  for (const deployment of candidates) least = Math.min(least, costOf(deployment, situation));
  const deployment = leastBy(
    candidates,
    (one) => (costOf(one, situation) === least ? book.stateOf(one.id).inFlight : Infinity),
    asked.random,
  );
  if (least === Infinity) return { deployment, reason: 'no price is known: least busy' };
  return { deployment, reason: least === 0 ? 'free' : 'cheapest' };
}

/** In pico-dollars; infinite: nobody knows. */
function costOf({ price, target }: Deployment, situation: Situation): number {
  if (price === null) return target.locality === 'local' ? 0 : Infinity;
  if (price.inputPico === 0 && price.outputPico === 0) return 0;
  // One token at least: without any, the dearest would be as cheap as the cheapest.
  const prompt = Math.max(1, situation.promptTokens);
  return price.inputPico * prompt + price.outputPico * Math.max(1, situation.needs.answerTokens);
}
