import type { ChalkInstance } from 'chalk';
import { fit } from './cells.ts';

/** A column of a list: how wide, what stands in it, and how it is coloured. Colour only repeats what the text says. */
export interface Column<Row> {
  readonly title: string;
  /** In columns of the terminal; `share`: of what the others leave, by weight, at least as many as `least`. */
  readonly width: number | { readonly share: number; readonly least: number };
  readonly align?: 'left' | 'right';
  readonly text: (row: Row, width: number) => string;
  readonly paint?: (row: Row, paint: ChalkInstance) => ChalkInstance;
}

const MARK = '▸';
const GAP = ' ';
/** The mark and the space behind it, in front of every row. */
const MARK_COLUMNS = 2;

/** How wide each column is in a list of `width`. */
export function columnWidths<Row>(columns: readonly Column<Row>[], width: number): readonly number[] {
  const fixed = columns.reduce((sum, column) => sum + (typeof column.width === 'number' ? column.width : 0), 0);
  const shares = columns.reduce((sum, column) => sum + (typeof column.width === 'number' ? 0 : column.width.share), 0);
  let left = Math.max(0, width - MARK_COLUMNS - fixed - Math.max(0, columns.length - 1) * GAP.length);
  let sharesLeft = shares;
  return columns.map((column) => {
    if (typeof column.width === 'number') return column.width;
    const part = Math.max(column.width.least, Math.floor((left * column.width.share) / Math.max(1, sharesLeft)));
    left = Math.max(0, left - part);
    sharesLeft -= column.width.share;
    return part;
  });
}

export function rowLine<Row>(
  row: Row,
  columns: readonly Column<Row>[],
  widths: readonly number[],
  { paint, marked }: { readonly paint: ChalkInstance; readonly marked: boolean },
): string {
  const cells = columns.map((column, index) => {
    const width = widths[index] ?? 0;
    const text = fit(column.text(row, width), width, column.align);
    const painted = column.paint === undefined ? text : column.paint(row, paint)(text);
    return marked ? paint.bold(painted) : painted;
  });
  return `${marked ? paint.cyan.bold(MARK) : ' '} ${cells.join(GAP)}`;
}

/** The titles of a list; the first column's is the list's own name, with how much there is. */
export function titleLine<Row>(
  name: string,
  detail: string,
  { columns, widths, paint }: { columns: readonly Column<Row>[]; widths: readonly number[]; paint: ChalkInstance },
): string {
  // The name may reach over the columns on its left that have no title.
  let reach = 0;
  let rest = '';
  let named = true;
  columns.forEach((column, index) => {
    const width = widths[index] ?? 0;
    named &&= column.title === '';
    if (named) reach += width + GAP.length;
    else rest += GAP + fit(column.title, width, column.align);
  });
  const room = Math.max(0, reach - GAP.length);
  const label = fit(name, Math.min(room, name.length + 1));
  const told = fit(detail, Math.max(0, room - label.length));
  return `  ${paint.bold(label)}${paint.dim(told + rest)}`;
}
