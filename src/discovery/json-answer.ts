import type { ProbeAnswer, ProbeFailure } from '../canonical/probe.ts';
import { isObject } from '../std/is-object.ts';
import { parseJson } from '../std/parse-json.ts';

/** What came back for a question; `undefined`: it was not asked. */
export type Answer = ProbeAnswer | ProbeFailure | undefined;

/** Whether an answer is one over HTTP, whatever its status. */
export function isHttp(answer: Answer): answer is ProbeAnswer {
  return typeof answer === 'object';
}

/** The JSON of a 200 answer; `undefined` for every other answer, and for a body that is no JSON. */
export function jsonOf(answer: Answer): unknown {
  return isHttp(answer) && answer.status === 200 ? parseJson(answer.body) : undefined;
}

/** The JSON of an answer with any status. */
export function jsonOfAnyStatus(answer: Answer): unknown {
  return isHttp(answer) ? parseJson(answer.body) : undefined;
}

/** The member of an object; `undefined` when there is no object or no such member. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return at;
}

/** A text with something in it, else `null`. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A whole number above zero, else `null`: servers write 0 for what they do not know. */
export function count(value: unknown): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 1) return null;
  const whole = Math.trunc(value);
  return Number.isSafeInteger(whole) ? whole : null;
}

/** The objects in a list; anything else in it is left out. */
export function objectsIn(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The texts in a list; anything else in it is left out. */
export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
