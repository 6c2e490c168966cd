/**
 * JSON that is nested deeper than this is refused where it comes in: nothing that means something is, and what is can
 * be read but not written again (`JSON.stringify` calls itself for each level and overflows the stack at a few
 * thousand).
 */
export const MAX_LEVELS = 512;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Whether brackets outside of strings are open more than `MAX_LEVELS` deep. The text need not be JSON. */
export function isNestedTooDeep(text: string): boolean {
  // Each level has two characters.
  if (text.length <= 2 * MAX_LEVELS) return false;
  let levels = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      at = endOfString(text, at);
      if (at < 0) return false;
    } else if (character === OPEN_BRACE || character === OPEN_BRACKET) {
      levels += 1;
      if (levels > MAX_LEVELS) return true;
    } else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) levels -= 1;
  }
  return false;
}

/** The index of the closing quote of the string that opens here, or -1. Long strings are searched natively. */
function endOfString(text: string, openingQuote: number): number {
  let at = openingQuote;
  for (;;) {
    const quote = text.indexOf('"', at + 1);
    if (quote < 0) return -1;
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
    at = quote;
  }
}
