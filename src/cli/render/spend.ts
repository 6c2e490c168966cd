import type { SpendBy } from '../../ledger/questions/spend-query.ts';
import type { SpendReport, SpendRow, SpendSums } from '../../ledger/questions/spend.ts';
import { bar, sparkline } from './bar.ts';
import { readableCount, readableUsd } from './money.ts';
import { table, tableWidth } from './table.ts';
import type { Column } from './table.ts';
import { plain } from './terminal.ts';
import { wrap } from './text.ts';

export interface SpendView {
  /** `null`: not a screen, nothing is cut. */
  readonly columns: number | null;
  readonly paint: Record<'bold' | 'dim' | 'cyan' | 'yellow', (text: string) => string>;
  readonly timeZone: string;
}

const PIPE_COLUMNS = 80;
const LEAST_BAR = 5;
const MOST_BAR = 20;
const LEAST_NAME = 16;

const NAMES_OF_NONE: Readonly<Record<SpendBy, string>> = {
  model: '(no model)',
  provider: '(no provider)',
  profile: '(no profile)',
  key: '(no key)',
  client: '(unknown client)',
  day: '',
  hour: '',
};

/** The report as a table with totals, and under it what its marks mean. */
export function renderSpend(report: SpendReport, view: SpendView): string {
  const { paint } = view;
  const period = `${localTime(report.query.from, view.timeZone)} to ${localTime(report.query.to, view.timeZone)}`;
  if (report.rows.length === 0) return `${nothing(report, period)}\n`;
  const title = `Spend by ${report.query.by}, ${report.query.from === 0 ? 'all of it' : period}`;
  const lines = [...wrap(title, view.columns ?? PIPE_COLUMNS).map((line) => paint.bold(line)), ''];
  if (report.buckets.length > 1) lines.push(paint.cyan(spark(report, view)), '');
  const style = { heading: paint.dim, total: paint.bold };
  lines.push(...table(columnsOf(report, view), view.columns, style), '');
  for (const note of notes(report)) {
    for (const line of wrap(note, view.columns ?? PIPE_COLUMNS)) lines.push(paint.dim(line));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function nothing(report: SpendReport, period: string): string {
  const when = report.query.from === 0 ? 'yet' : `from ${period}`;
  if (report.demoLeftOut > 0) {
    const left = some(report.demoLeftOut, 'request');
    return `Only the demo model was used ${when}: ${left}. \`llmgw spend --demo\` shows them.`;
  }
  const next = 'Send a request through llmgw and ask again; `--since all` looks further back.';
  return `Nothing was recorded ${when}. ${next}`;
}

/** Narrow screens lose first what a person misses least: the numbers for `spare` say in which order. */
function columnsOf(report: SpendReport, view: SpendView): Column[] {
  const { rows, total } = report;
  const all: readonly SpendSums[] = [...rows, total];
  const column = (heading: string, text: (sums: SpendSums) => string, spare: number): Column => ({
    heading,
    cells: all.map(text),
    align: 'right',
    spare,
  });
  const name = (cells: string[]): Column => ({
    heading: report.query.by.toUpperCase(),
    cells,
    align: 'left',
    spare: 0,
    leastWidth: LEAST_NAME,
  });
  const columns: Column[] = [
    name([...rows.map((row) => nameOf(row, report)), 'TOTAL']),
    column('REQUESTS', (sums) => readableCount(sums.requests), 0),
    column('INPUT', (sums) => readableCount(sums.inputTokens), 2),
    column('OUTPUT', (sums) => readableCount(sums.outputTokens), 2),
    column('COST', (sums) => (sums.cost === null ? 'unpriced' : readableUsd(sums.cost)), 0),
  ];
  if (total.failed > 0)
    columns.splice(
      2,
      0,
      column('FAILED', (sums) => shownUnlessNone(sums.failed), 5),
    );
  if (total.saved > 0n) columns.push(column('SAVED', (sums) => (sums.saved === 0n ? '' : readableUsd(sums.saved)), 1));
  if (total.unpriced + total.estimated > 0) {
    columns.push({ heading: 'MARKS', cells: all.map(marksOf), align: 'left', spare: 4, paint: view.paint.yellow });
  }
  const left = (view.columns ?? PIPE_COLUMNS) - tableWidth(columns) - 2;
  columns.splice(1, 0, barsOf(report, Math.max(LEAST_BAR, Math.min(MOST_BAR, left)), view));
  return columns;
}

function nameOf(row: SpendRow, report: SpendReport): string {
  const { by } = report.query;
  const name = row.value === null ? NAMES_OF_NONE[by] : plain(row.value);
  // The offset is needed only to tell the two hours apart when the clocks are put back.
  const shown = by === 'hour' ? `${name.slice(0, 10)} ${name.slice(11, 16)} ${name.slice(16)}` : name;
  return row.demo ? `${shown} (demo)` : shown;
}

function shownUnlessNone(count: number): string {
  return count === 0 ? '' : readableCount(count);
}

function marksOf(sums: SpendSums): string {
  const marks: string[] = [];
  if (sums.unpriced > 0) marks.push(`${readableCount(sums.unpriced)} unpriced`);
  if (sums.estimated > 0) marks.push(`≈${readableCount(sums.estimated)}`);
  return marks.join(' ');
}

function barsOf(report: SpendReport, width: number, view: SpendView): Column {
  const measure = measureOf(report);
  const values = report.rows.map(measure);
  const most = Math.max(...values);
  return {
    heading: '',
    cells: [...values.map((value) => bar(value, most, width)), ''],
    align: 'left',
    spare: 3,
    paint: view.paint.cyan,
  };
}

function spark(report: SpendReport, view: SpendView): string {
  const measure = measureOf(report);
  const byLabel = new Map<string | null, number>();
  for (const row of report.rows) byLabel.set(row.value, (byLabel.get(row.value) ?? 0) + measure(row));
  return sparkline(
    report.buckets.map((label) => byLabel.get(label) ?? 0),
    view.columns ?? PIPE_COLUMNS,
  );
}

/** What the bars stand for: the cost, or where nothing cost anything the tokens, or the requests. */
function measureOf({ total }: SpendReport): (sums: SpendSums) => number {
  if ((total.cost ?? 0n) > 0n) return (sums) => Number(sums.cost ?? 0n);
  if (total.inputTokens + total.outputTokens > 0) return (sums) => sums.inputTokens + sums.outputTokens;
  return (sums) => sums.requests;
}

function notes(report: SpendReport): string[] {
  const { total } = report;
  const result = ['Amounts are rounded to four decimals, two from $100 on; --json and --csv have them exactly.'];
  if (total.saved > 0n) result.push('SAVED: what local tokens would have cost on the models that were stood in for.');
  if (total.unpriced > 0) result.push(`${some(total.unpriced, 'attempt')} without a known price: not in the cost.`);
  if (total.estimated > 0) {
    const counted = some(total.estimated, 'attempt');
    result.push(`≈ ${counted} whose tokens were counted here, since the upstream told none.`);
  }
  if (report.demoLeftOut > 0) result.push(`${some(report.demoLeftOut, 'demo request')} left out: --demo counts them.`);
  return result;
}

function some(count: number, noun: string): string {
  return `${readableCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `2026-01-31 09:30` of the zone. */
function localTime(at: number, timeZone: string): string {
  // sv-SE writes times as ISO 8601 does, with a space.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at);
}
