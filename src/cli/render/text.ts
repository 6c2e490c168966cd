/** A cell of a grid: its text decides the width, `paint` only colours it. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
  readonly align?: 'left' | 'right';
}

/** Rows with their columns aligned, two spaces between them; nothing is cut. */
export function grid(rows: readonly (readonly (Cell | string)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
  const widths: number[] = [];
  for (const row of cells)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.text.length)));
  return cells.map((row) =>
    row.map((cell, index) => padded(cell, widths[index] ?? 0, index === row.length - 1)).join('  '),
  );
}

function padded(cell: Cell, width: number, last: boolean): string {
  const paint = cell.paint ?? ((text: string) => text);
  const space = ' '.repeat(width - cell.text.length);
  if (cell.align === 'right') return space + paint(cell.text);
  return last ? paint(cell.text) : paint(cell.text) + space;
}

/** Words laid out in lines of at most `columns`; a word longer than that has a line of its own. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > columns && line !== '') {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** The first few of a list, and how many there are besides: `a, b, c and 12 more`. */
export function listed(items: readonly string[], most: number): string {
  if (items.length <= most + 1) return items.join(', ');
  return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
}

/** `1 model`, `2 models`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Decimal units, as model servers and disks are labelled: `4.7 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** `8k`, `128k`, `1M` where the number is round in that unit or close to it, else the number: `4,096` is `4k`. */
export function formatTokens(tokens: number): string {
  for (const [unit, name] of [
    [1_048_576, 'M'],
    [1_000_000, 'M'],
    // Before 1024, which 128,000 can be divided by as well.
    [1000, 'k'],
    [1024, 'k'],
  ] as const) {
    if (tokens >= unit && tokens % unit === 0) return `${tokens / unit}${name}`;
  }
  return tokens < 1000 ? String(tokens) : `${(tokens / 1000).toFixed(tokens < 10_000 ? 1 : 0)}k`;
}
