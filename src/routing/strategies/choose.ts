import type { Strategy } from '../../canonical/strategy.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { Candidates, Choice, Situation } from '../situation.ts';
import { cost } from './cost.ts';
import { inOrder } from './in-order.ts';
import { latency } from './latency.ts';
import { leastBusy } from './least-busy.ts';
import { roundRobin } from './round-robin.ts';
import { shuffle } from './shuffle.ts';
import { usage } from './usage.ts';
import { warmFirst } from './warm-first.ts';

/** The one of several that can answer that a strategy takes. */
export function chooseBy(strategy: Strategy, candidates: Candidates, situation: Situation): Choice {
  if (candidates.length === 1) return { deployment: candidates[0], reason: 'the only one that can answer' };
  switch (strategy) {
    case 'in-order':
      return inOrder(candidates);
    case 'shuffle':
      return shuffle(candidates, situation);
    case 'round-robin':
      return roundRobin(candidates, situation);
    case 'least-busy':
      return leastBusy(candidates, situation);
    case 'latency':
      return latency(candidates, situation);
    case 'usage':
      return usage(candidates, situation);
    case 'cost':
      return cost(candidates, situation);
    case 'warm-first':
      return warmFirst(candidates, situation);
    default:
      return unreachable(strategy);
  }
}
