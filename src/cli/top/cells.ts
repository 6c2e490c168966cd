import { plain } from '../render/terminal.ts';

/** What is there of a text may go to a terminal as it is. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/**
 * Steers the terminal or the direction of writing, or shows as nothing: controls, formats, halves of pairs. And what
 * changes the picture before it (variation selectors, skin tones): terminals do not agree on how wide it is then.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]|[\u{fe00}-\u{fe0f}]|[\u{1f3fb}-\u{1f3ff}]/gu;
const COMBINING = /^\p{M}$/u;
const WIDE_PICTURE = /^\p{Emoji_Presentation}$/u;
/** First and last of the ranges whose characters take two columns (East Asian Width W and F, in the large). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x1b000, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];
/** Half a flag each: by itself each is one column, and flags are not put together everywhere. */
const REGIONAL_INDICATOR = /^\p{Regional_Indicator}$/u;
const CUT = '…';

/** A text from outside as it may be shown: nothing in it steers a terminal, none of its characters is unseen. */
export function shown(text: string): string {
  return PRINTABLE_ASCII.test(text) ? text : plain(text).replace(UNSEEN, '');
}

/** The columns that a text takes, which has passed `shown`. */
export function widthOf(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** A text in at most `width` columns; what is cut off is an ellipsis. */
export function clip(text: string, width: number): string {
  const seen = shown(text);
  if (widthOf(seen) <= width) return seen;
  if (width <= 0) return '';
  let kept = '';
  let used = 0;
  for (const character of seen) {
    const next = widthOfCharacter(character);
    if (used + next > width - 1) break;
    kept += character;
    used += next;
  }
  return kept + CUT;
}

/** A text in exactly `width` columns. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const seen = clip(text, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(seen)));
  return align === 'right' ? space + seen : seen + space;
}

function widthOfCharacter(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (COMBINING.test(character)) return 0;
  if (REGIONAL_INDICATOR.test(character)) return 1;
  return WIDE_PICTURE.test(character) || WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}
