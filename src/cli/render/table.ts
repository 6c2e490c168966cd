/** A column of a table, its cells as text without colours. */
export interface Column {
  readonly heading: string;
  readonly cells: readonly string[];
  readonly align: 'left' | 'right';
  /** Narrow screens lose the columns with the greatest number first; 0: never left out. */
  readonly spare: number;
  /** Where there is too little room even so, the texts of this column are cut, to no less than this. */
  readonly leastWidth?: number;
  readonly paint?: (text: string) => string;
}

export interface TableStyle {
  readonly heading: (text: string) => string;
  /** The last row, which adds up the others. */
  readonly total: (text: string) => string;
}

const GAP = '  ';

/** Aligned lines, the heading's first, that fit into `columns` characters; `null`: as wide as it comes. */
export function table(all: readonly Column[], columns: number | null, style: TableStyle): string[] {
  const shown = fitted(all, columns);
  const rows = Math.max(0, ...shown.map((column) => column.cells.length));
  const lines = [
    line(
      shown,
      (column) => column.heading,
      (_, text) => style.heading(text),
    ),
  ];
  for (let row = 0; row < rows; row++) {
    const isTotal = row === rows - 1;
    const paint = (column: Column, text: string): string => {
      return isTotal ? style.total(text) : (column.paint?.(text) ?? text);
    };
    lines.push(line(shown, (column) => column.cells[row] ?? '', paint));
  }
  return lines;
}

/** How many characters the table takes when nothing is left out. */
export function tableWidth(columns: readonly Column[]): number {
  const widths = columns.reduce((sum, column) => sum + columnWidth(column), 0);
  return widths + GAP.length * Math.max(0, columns.length - 1);
}

/** Leaves columns out, then cuts texts; cuts first where that alone is enough. */
function fitted(all: readonly Column[], limit: number | null): Column[] {
  let shown = [...all];
  if (limit === null) return shown;
  for (;;) {
    const excess = tableWidth(shown) - limit;
    if (excess <= 0) return shown;
    const cut = shown.map((column) => shortened(column, excess));
    const most = Math.max(...shown.map((column) => column.spare));
    if (tableWidth(cut) <= limit || most === 0) return cut;
    shown = shown.filter((column) => column.spare !== most);
  }
}

function shortened(column: Column, excess: number): Column {
  if (column.leastWidth === undefined) return column;
  const width = Math.max(column.leastWidth, columnWidth(column) - excess);
  const cut = (text: string): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);
  return { ...column, heading: cut(column.heading), cells: column.cells.map(cut) };
}

function columnWidth(column: Column): number {
  return Math.max(column.heading.length, ...column.cells.map((cell) => cell.length));
}

function line(
  columns: readonly Column[],
  textOf: (column: Column) => string,
  paint: (column: Column, text: string) => string,
): string {
  const cells = columns.map((column) => {
    const text = textOf(column);
    const space = ' '.repeat(columnWidth(column) - text.length);
    const painted = text === '' ? '' : paint(column, text);
    return column.align === 'right' ? space + painted : painted + space;
  });
  return cells.join(GAP).trimEnd();
}
