const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
/** Strings up to this long are walked byte by byte; in longer ones the native search for the quote is faster. */
const SHORT_STRING_BYTES = 48;

/** Where one member of a JSON object stands: the key without its quotes, and the value. Ends are exclusive. */
export type MemberVisitor = (keyStart: number, keyEnd: number, valueStart: number, valueEnd: number) => void;

/** Where the braces of the object are. */
export interface ObjectSpan {
  readonly open: number;
  readonly close: number;
}

/**
 * Walks the members of the JSON object at `from` (white space before it is skipped), nested values in one step each,
 * without building anything. `null`: there is no complete object there. Brackets and strings are checked, the inside of
 * nested values is not: it is meant for text that is known to be JSON, or of which only the ends are in doubt.
 */
export function visitMembers(bytes: Uint8Array, from: number, visit: MemberVisitor): ObjectSpan | null {
  const open = skipSpace(bytes, from);
  if (bytes[open] !== OPEN_BRACE) return null;
  let at = skipSpace(bytes, open + 1);
  if (bytes[at] === CLOSE_BRACE) return { open, close: at };
  for (;;) {
    if (bytes[at] !== QUOTE) return null;
    const keyEnd = endOfString(bytes, at);
    if (keyEnd < 0) return null;
    const colon = skipSpace(bytes, keyEnd);
    if (bytes[colon] !== COLON) return null;
    const valueStart = skipSpace(bytes, colon + 1);
    const valueEnd = endOfValue(bytes, valueStart);
    if (valueEnd < 0) return null;
    visit(at + 1, keyEnd - 1, valueStart, valueEnd);
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] === CLOSE_BRACE) return { open, close: at };
    if (bytes[at] !== COMMA) return null;
    at = skipSpace(bytes, at + 1);
  }
}

/** The key as JSON means it: escapes resolved. */
export function keyText(bytes: Buffer, keyStart: number, keyEnd: number): string {
  const text = bytes.toString('utf8', keyStart, keyEnd);
  if (!text.includes('\\')) return text;
  return JSON.parse(`"${text}"`) as string;
}

export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** The index after the closing quote of the string that opens here, or -1. */
export function endOfString(bytes: Uint8Array, openingQuote: number): number {
  let at = openingQuote + 1;
  const short = Math.min(at + SHORT_STRING_BYTES, bytes.length);
  while (at < short) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  // From here on by native search. The walk may have stopped behind an escaped character, never inside an escape.
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return -1;
    let backslashes = 0;
    while (quote - 1 - backslashes >= at && bytes[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

/** The index after the value, or -1 when it does not end. */
function endOfValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return endOfString(bytes, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfNested(bytes, from);
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined) return -1;
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20) break;
    at++;
  }
  return at === from ? -1 : at;
}

function endOfNested(bytes: Uint8Array, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined) return -1;
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      if (at < 0) return -1;
      continue;
    }
    at++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
  }
}
