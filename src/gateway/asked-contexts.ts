import type { Target } from '../canonical/target.ts';

/** Discovery has looked at a server again by then, also while a large model is loaded, and knows better. */
const KEPT_MS = 30_000;
/** More models than this are forgotten together. */
const MAX_KEPT = 1_000;

interface Asked {
  readonly tokens: number;
  /** Of a clock that only goes forward. */
  readonly at: number;
}

/**
 * What models were asked to be loaded with not long ago: a small request right behind a large one would load the model
 * anew, and the next large one once more. By the server's address and the model.
 */
const asked = new Map<string, Asked>();

/** Tokens of the context that the target's model is loaded with, or soon is; `null`: nobody knows. */
export function loadedContextOf(target: Target, now = performance.now()): number | null {
  const { loadedContextTokens } = target.limits;
  const before = asked.size === 0 ? undefined : asked.get(keyOf(target));
  if (before === undefined || now - before.at > KEPT_MS) return loadedContextTokens;
  return Math.max(before.tokens, loadedContextTokens ?? 0);
}

export function rememberContext(target: Target, tokens: number, now = performance.now()): void {
  if (asked.size >= MAX_KEPT) asked.clear();
  asked.set(keyOf(target), { tokens, at: now });
}

function keyOf({ via, model }: Target): string {
  return via.kind === 'demo' ? model : `${via.endpoint.apiBase} ${model}`;
}
