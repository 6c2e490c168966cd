import type { ChalkInstance } from 'chalk';
import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { OverviewGrouping, OverviewPoint, SpendOverview } from '../../../ledger/questions/overview.ts';
import type { SpendSums } from '../../../ledger/questions/spend.ts';
import { bar, sparkline } from '../../render/bar.ts';
import { readableUsd } from '../../render/money.ts';
import { wrap } from '../../render/text.ts';
import { clip, fit, shown } from '../cells.ts';
import type { Column } from '../columns.ts';
import { Lines, List } from '../components/list.tsx';
import { countText } from '../figures.ts';
import { isWide } from '../layout.ts';
import { spendRows } from '../spend-rows.ts';
import type { SpendViewRow } from '../spend-rows.ts';
import type { Data, Ui } from '../state.ts';

interface SpendProps {
  readonly data: Data;
  readonly ui: Ui;
  readonly height: number;
  readonly paint: ChalkInstance;
}

const LABEL_COLUMNS = 14;
const FIGURE_COLUMNS = 14;
const SHARE_COLUMNS = 10;
/** Four lists side by side need this many rows below the figures. */
const LEAST_FOUR_ROWS = 24;

/** What was spent today, this week and this month, how fast, and on what. */
export function SpendView({ data, ui, height, paint }: SpendProps): ReactNode {
  const { spend, spendProblem } = data;
  if (spend === null) {
    const text = spendProblem === null ? 'Reading the ledger.' : `The ledger cannot be read: ${spendProblem}`;
    return <Lines lines={[`  ${paint.dim(clip(text, ui.columns - 4))}`]} height={height} />;
  }
  const head = headLines(spend, ui.columns, paint);
  const rest = height - head.length;
  const four = isWide(ui) && rest >= LEAST_FOUR_ROWS;
  return (
    <>
      <Lines lines={head} height={head.length} />
      {four ? <Four {...{ data, ui, paint }} height={rest} /> : <One {...{ data, ui, paint }} height={rest} />}
    </>
  );
}

function One({ data, ui, height, paint }: SpendProps): ReactNode {
  return <Groups {...{ data, ui, height, paint }} grouping={ui.grouping} width={ui.columns} />;
}

/** All groupings at once; the one that is moved in is marked. */
function Four({ data, ui, height, paint }: SpendProps): ReactNode {
  const upper = Math.floor(height / 2);
  const left = Math.floor(ui.columns / 2);
  const pair = (groupings: readonly OverviewGrouping[], rows: number): ReactNode => (
    <Box height={rows} flexShrink={0}>
      {groupings.map((grouping, index) => {
        const width = index === 0 ? left - 2 : ui.columns - left;
        return (
          <Box key={grouping} width={index === 0 ? left : width} flexDirection="column">
            <Groups {...{ data, ui, paint, grouping, width }} height={rows - 1} />
          </Box>
        );
      })}
    </Box>
  );
  return (
    <>
      {pair(['model', 'provider'], upper)}
      {pair(['profile', 'client'], height - upper)}
    </>
  );
}

interface GroupsProps extends SpendProps {
  readonly grouping: OverviewGrouping;
  readonly width: number;
}

function Groups({ data, ui, grouping, width, height, paint }: GroupsProps): ReactNode {
  const rows = spendRows(data.spend, { ...ui, grouping });
  const all = data.spend?.groupCounts[grouping] ?? rows.length;
  const count = all > rows.length && ui.filter === '' ? `${rows.length} of ${all}` : String(rows.length);
  return (
    <List
      name={`BY ${grouping.toUpperCase()}`}
      detail={count}
      columns={GROUP_COLUMNS}
      rows={rows}
      keyOf={({ key }) => key}
      marked={grouping === ui.grouping ? ui.marked.spend : null}
      width={width}
      height={height}
      empty={ui.filter === '' ? 'Nothing this month.' : 'Nothing matches the filter.'}
      paint={paint}
    />
  );
}

const GROUP_COLUMNS: readonly Column<SpendViewRow>[] = [
  { title: '', width: { share: 1, least: 8 }, text: ({ name }) => name },
  { title: 'REQ', width: 6, align: 'right', text: ({ group }) => countText(group.requests) },
  { title: 'TOKENS', width: 7, align: 'right', text: ({ group }) => countText(group.inputTokens + group.outputTokens) },
  { title: 'SAVED', width: 9, align: 'right', text: ({ group }) => readableUsd(group.saved), paint: dimZero('saved') },
  { title: 'COST', width: 10, align: 'right', text: ({ group }) => sumsCost(group) },
  {
    title: '',
    width: SHARE_COLUMNS,
    text: ({ group }) => bar(group.share, 1, SHARE_COLUMNS),
    paint: (_, paint) => paint.cyan,
  },
];

function dimZero(of: 'saved'): (row: SpendViewRow, paint: ChalkInstance) => ChalkInstance {
  return ({ group }, paint) => (group[of] === 0n ? paint.dim : paint.reset);
}

function headLines(spend: SpendOverview, columns: number, paint: ChalkInstance): readonly string[] {
  const periods = [spend.today, spend.week, spend.month];
  const right = (text: string): string => fit(text, FIGURE_COLUMNS, 'right');
  const line = (name: string, figureOf: (sums: SpendSums) => string): string =>
    `  ${paint.dim(name.padEnd(LABEL_COLUMNS))}${periods.map((sums) => right(figureOf(sums))).join('')}`;
  const titles = ['TODAY', 'THIS WEEK', 'THIS MONTH'].map(right).join('');
  // Whoever tries the demo model looks for it here.
  const demo = demoText(spend.demoLeftOut, columns - LABEL_COLUMNS - titles.length - 2);
  const label = (text: string): string => `  ${paint.dim(text.padEnd(LABEL_COLUMNS))}`;
  const figure = (text: string): string => fit(text, FIGURE_COLUMNS + 4);
  const end = `${label("Month's end")}${figure(readableUsd(spend.projection.cost))}`;
  const room = columns - LABEL_COLUMNS - FIGURE_COLUMNS - 8;
  const [beside, below] = wrapOnce(spend.projection.basis, room);
  return [
    `  ${paint.bold('SPENT'.padEnd(LABEL_COLUMNS))}${paint.dim(clip(titles + demo, columns - LABEL_COLUMNS - 2))}`,
    line('Cost', sumsCost),
    line('Saved by local', ({ saved }) => readableUsd(saved)),
    line('Requests', ({ requests }) => countText(requests)),
    line('Tokens', ({ inputTokens, outputTokens }) => countText(inputTokens + outputTokens)),
    '',
    `${label('Burn rate')}${figure(`${readableUsd(spend.burnPerHour)} an hour`)}${paint.dim('in the last 60 minutes')}`,
    `${end}${paint.dim(beside)}`,
    ...(below === '' ? [] : [' '.repeat(LABEL_COLUMNS + FIGURE_COLUMNS + 6) + paint.dim(below)]),
    spark('Last 24 hours', spend.hours, paint, 'hour'),
    spark('Last 30 days', spend.days, paint, 'day'),
    '',
  ];
}

/** As much of it as there is room for. */
function demoText(leftOut: number, columns: number): string {
  if (leftOut === 0) return '';
  const texts = [`   ${countText(leftOut)} to demo left out`, `   ${countText(leftOut)} to demo`, '   no demo'];
  return texts.find((text) => text.length <= columns) ?? '';
}

function spark(label: string, points: readonly OverviewPoint[], paint: ChalkInstance, unit: string): string {
  const most = points.reduce((highest, { cost }) => (cost > highest ? cost : highest), 0n);
  // Only the shape is drawn: a number is exact enough.
  const line = sparkline(
    points.map(({ cost }) => Number(cost)),
    points.length,
  );
  const top =
    most === 0n ? 'nothing was spent' : `at most ${readableUsd(most)} in ${unit === 'hour' ? 'an' : 'a'} ${unit}`;
  return `  ${paint.dim(label.padEnd(LABEL_COLUMNS))}${paint.cyan(line)}  ${paint.dim(top)}`;
}

/** A sentence in two lines; what is longer is cut. */
function wrapOnce(text: string, columns: number): readonly [string, string] {
  const [first = '', ...others] = wrap(shown(text), columns);
  return [first, clip(others.join(' '), columns)];
}

/** `unpriced`: all of it has no price; `+`: a part has none. */
function sumsCost({ cost, unpriced }: Pick<SpendSums, 'cost' | 'unpriced'>): string {
  if (cost === null) return 'unpriced';
  return `${readableUsd(cost)}${unpriced > 0 ? '+' : ''}`;
}
