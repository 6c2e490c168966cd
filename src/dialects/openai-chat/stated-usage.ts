import { isObject } from '../../std/is-object.ts';

/** The `usage` member of an answer or of an event, wherever it stands; `null`: there is none. */
export function usageMember(answer: Readonly<Record<string, unknown>>): unknown {
  const { usage, x_groq: groq } = answer;
  // Groq puts the usage of a stream into `x_groq.usage`.
  return usage ?? (isObject(groq) ? groq['usage'] : null) ?? null;
}

/**
 * Whether a usage is only filled with zeros, as Ollama's `/v1/completions` sends it in every chunk before the last one
 * (recorded from 0.34.0): there is no request without a token, so it says that the tokens are not known yet.
 */
export function isBlankUsage(usage: unknown): boolean {
  if (!isObject(usage)) return false;
  let counts = 0;
  for (const name in usage) {
    const count = usage[name];
    if (typeof count !== 'number') continue;
    if (count !== 0) return false;
    counts++;
  }
  return counts > 0;
}
