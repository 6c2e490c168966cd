import { isNestedTooDeep } from './nesting.ts';

/** What a text of JSON says; `undefined`, which no JSON says: it is none, or is nested too deep to be anything. */
export function parseJson(text: string): unknown {
  if (isNestedTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
