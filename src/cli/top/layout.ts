import type { Ui } from './state.ts';

type Size = Pick<Ui, 'columns' | 'rows'>;

/** What a view needs at least; 80×24 is what it is made for. */
export const LEAST_COLUMNS = 76;
export const LEAST_ROWS = 20;
/** Title, views, and a line for what has to be said, which stays empty otherwise so that nothing jumps. */
const HEADER_ROWS = 3;
const FOOTER_ROWS = 1;
/** Lists that are wider are read across with difficulty. */
const WIDE_COLUMNS = 120;

export function isTooSmall({ columns, rows }: Size): boolean {
  return columns < LEAST_COLUMNS || rows < LEAST_ROWS;
}

export function isWide({ columns }: Pick<Size, 'columns'>): boolean {
  return columns >= WIDE_COLUMNS;
}

export function bodyRows({ rows }: Pick<Size, 'rows'>): number {
  return Math.max(1, rows - HEADER_ROWS - FOOTER_ROWS);
}

/** How far a page key moves. */
export function pageRows(ui: Size): number {
  return Math.max(1, bodyRows(ui) - 4);
}

/** The part of a list that is shown: the marked row in the middle, as far as the list allows. */
export function windowOf(
  count: number,
  marked: number,
  height: number,
): { readonly from: number; readonly to: number } {
  const last = Math.max(0, count - height);
  const from = Math.min(last, Math.max(0, marked - Math.floor(height / 2)));
  return { from, to: Math.min(count, from + height) };
}

/**
 * Rows for what is in flight and for what has ended, under their titles: the upper part has what was needed lately, at
 * least a few and at most half.
 */
export function liveRooms(height: number, needed: number): { readonly upper: number; readonly lower: number } {
  const upper = Math.min(Math.max(needed, LEAST_UPPER), Math.floor(height / 2));
  return { upper, lower: Math.max(0, height - upper) };
}

const LEAST_UPPER = 3;
