import { LIMITS } from './state.ts';
import type { Traffic } from './state.ts';

const AVERAGED_SECONDS = 10;

/** Adds requests that ended and output tokens that came to the second that runs. */
export function countTraffic(
  traffic: Traffic,
  { requests, tokens }: { readonly requests: number; readonly tokens: number },
  at: number,
): Traffic {
  const moved = moveTraffic(traffic, at);
  if (requests === 0 && tokens === 0) return moved;
  return { ...moved, requests: addToLast(moved.requests, requests), tokens: addToLast(moved.tokens, tokens) };
}

/** Begins the seconds that have come since. A clock that went back is waited for. */
export function moveTraffic(traffic: Traffic, at: number): Traffic {
  const second = Math.floor(at / 1000);
  const passed = second - traffic.second;
  if (passed <= 0) return traffic;
  const empty = new Array<number>(Math.min(passed, LIMITS.trafficSeconds)).fill(0);
  const moved = (counts: readonly number[]): number[] => [...counts, ...empty].slice(-LIMITS.trafficSeconds);
  return { second, requests: moved(traffic.requests), tokens: moved(traffic.tokens) };
}

/** A second, over the last ten that are complete. */
export function perSecond(counts: readonly number[]): number {
  const complete = counts.slice(0, -1).slice(-AVERAGED_SECONDS);
  return complete.length === 0 ? 0 : complete.reduce((sum, count) => sum + count, 0) / complete.length;
}

function addToLast(counts: readonly number[], more: number): number[] {
  return [...counts.slice(0, -1), (counts.at(-1) ?? 0) + more];
}
