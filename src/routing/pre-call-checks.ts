import type { Target } from '../canonical/target.ts';
import type { Situation } from './situation.ts';

export type Misfit = 'capability' | 'context';

/**
 * What speaks against sending the request to a target, by what is known of both; `null`: nothing. What nobody tells of
 * a target is taken to fit.
 */
export function misfitOf(target: Target, situation: Situation): Misfit | null {
  if (lackingCapability(target, situation) !== null) return 'capability';
  const window = windowOf(target);
  return window !== null && situation.takesMoreThan(window) ? 'context' : null;
}

/** What the request needs and the target cannot do, by its server's or the config's word; `null`: nothing. */
export function lackingCapability({ capabilities }: Target, situation: Situation): 'tools' | 'vision' | null {
  if (capabilities === null) return null;
  const [canCall, canSee] = [capabilities.includes('tools'), capabilities.includes('vision')];
  if (canCall && canSee) return null;
  const { tools, vision } = situation.needs;
  if (tools && !canCall) return 'tools';
  return vision && !canSee ? 'vision' : null;
}

/**
 * The most tokens of a prompt; `null`: nobody tells. How much answer is asked for does not count: a limit on it is cut
 * to what is left. Only Ollama makes the window of a loaded model larger when it is asked to; any other server keeps
 * what it was started with.
 */
export function windowOf({ limits, via }: Target): number | null {
  const { contextTokens, loadedContextTokens } = limits;
  const grows = via.kind === 'network' && via.endpoint.dialect === 'ollama';
  return grows ? contextTokens : (loadedContextTokens ?? contextTokens);
}
