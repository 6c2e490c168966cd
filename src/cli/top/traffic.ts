import { LIMITS } from './state.ts';
import type { Settled, Traffic } from './state.ts';

const AVERAGED_SECONDS = 10;

export function countTraffic(traffic: Traffic, settled: readonly Settled[], at: number): Traffic {
  const moved = moveTraffic(traffic, at);
  if (settled.length === 0) return moved;
  const tokens = settled.reduce((sum, { exchange }) => sum + (exchange.usage.output_tokens ?? 0), 0);
  return { ...moved, requests: addToLast(moved.requests, settled.length), tokens: addToLast(moved.tokens, tokens) };
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
