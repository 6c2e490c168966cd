import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import type { DeploymentEntry } from '../../../daemon/deployments-document.ts';
import { formatTokens, wrap } from '../../render/text.ts';
import { clip, shown } from '../cells.ts';
import type { Column } from '../columns.ts';
import { Lines, List } from '../components/list.tsx';
import { countText, shortTime } from '../figures.ts';
import { isWide } from '../layout.ts';
import { deploymentRows } from '../rows.ts';
import type { Data, Ui } from '../state.ts';

interface DeploymentsProps {
  readonly data: Data;
  readonly ui: Ui;
  readonly height: number;
  readonly paint: ChalkInstance;
}

const NOTE_ROWS = 2;
const LEGEND = 'REQ/MIN, TOK/MIN: in the last minute, of what it takes.';

/** The places that answer for the names of the active profile: which are well, which are left alone, and why. */
export function DeploymentsView({ data, ui, height, paint }: DeploymentsProps): ReactNode {
  const rows = deploymentRows(data, ui);
  const well = rows.filter(({ state }) => state === 'open').length;
  const marked = rows.find(({ id }) => id === ui.marked.deployments);
  const note = marked === undefined ? LEGEND : wholeText(marked);
  return (
    <>
      <List
        name="DEPLOYMENTS"
        detail={well === rows.length ? String(well) : `${well} of ${rows.length} well`}
        columns={columnsOf(ui, data.now)}
        rows={rows}
        keyOf={({ id }) => id}
        marked={ui.marked.deployments}
        width={ui.columns}
        height={height - NOTE_ROWS}
        empty={emptyText(data, ui)}
        paint={paint}
      />
      <Lines lines={noteLines(note, ui.columns - 4).map((line) => `  ${paint.dim(line)}`)} height={NOTE_ROWS} />
    </>
  );
}

function noteLines(note: string, width: number): readonly string[] {
  const lines = wrap(shown(note), width);
  return [...lines.slice(0, NOTE_ROWS - 1), clip(lines.slice(NOTE_ROWS - 1).join(' '), width)];
}

/** What the columns cut off. */
function wholeText({ id, target, reason }: DeploymentEntry): string {
  return `${id === target ? id : `${id} (${target})`}${reason === null ? '' : `: ${reason}`}`;
}

function columnsOf(ui: Ui, now: number): readonly Column<DeploymentEntry>[] {
  const wide = isWide(ui);
  return [
    { title: '', width: 12, text: (row) => stateText(row, now), paint: statePaint },
    { title: '', width: { share: 2, least: 8 }, text: ({ name }) => name },
    { title: 'ID', width: { share: 3, least: 12 }, text: ({ id }) => id },
    ...(wide ? WIDE_PLACE : []),
    { title: 'NOW', width: 3, align: 'right', text: (row) => countText(row.in_flight) },
    { title: 'REQ/MIN', width: 8, align: 'right', text: (row) => ofLimit(row.requests, row.requests_limit) },
    ...(wide ? WIDE_TOKENS : []),
    { title: 'TTFT', width: 5, align: 'right', text: (row) => shortTime(row.first_token_ms) },
    {
      title: 'WHY',
      width: { share: wide ? 4 : 3, least: 12 },
      text: ({ reason }) => reason ?? '',
      paint: (_, paint) => paint.dim,
    },
  ];
}

const WIDE_PLACE: readonly Column<DeploymentEntry>[] = [
  {
    title: 'TARGET',
    width: { share: 2, least: 12 },
    text: ({ id, target }) => (target === id ? '' : target),
    paint: (_, paint) => paint.dim,
  },
  { title: 'ORDER', width: 5, align: 'right', text: ({ order }) => String(order) },
  { title: 'WEIGHT', width: 6, align: 'right', text: ({ weight }) => (weight === null ? '-' : String(weight)) },
];

const WIDE_TOKENS: readonly Column<DeploymentEntry>[] = [
  {
    title: 'TOK/MIN',
    width: 11,
    align: 'right',
    text: ({ tokens, tokens_limit: limit }) =>
      limit === null ? formatTokens(tokens) : `${formatTokens(tokens)}/${formatTokens(limit)}`,
  },
];

function ofLimit(count: number, limit: number | null): string {
  return limit === null ? countText(count) : `${countText(count)}/${countText(limit)}`;
}

/** For a countdown: no part of a second, so that it stands still between two of them. */
function wholeTime(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 100 ? `${seconds}s` : `${Math.ceil(seconds / 60)}m`;
}

/** A newer daemon may know other states: they are told in its words. */
function stateText({ state, until }: DeploymentEntry, now: number): string {
  const left = until === null ? '' : ` ${wholeTime(Math.max(0, Date.parse(until) - now))}`;
  const texts: Readonly<Record<string, string>> = {
    open: '● well',
    cooled: `◌ cooled${left}`,
    trial: '◌ to try',
    down: '✗ down',
    hindered: '■ hindered',
  };
  return texts[state] ?? `? ${state}`;
}

function statePaint({ state }: DeploymentEntry, paint: ChalkInstance): ChalkInstance {
  if (state === 'open') return paint.green;
  return state === 'down' ? paint.red : paint.yellow;
}

function emptyText({ deployments }: Data, ui: Ui): string {
  if (deployments === null) return 'Asking the daemon.';
  return ui.filter === ''
    ? 'No name can be answered: no server, and nothing in the config.'
    : 'Nothing matches the filter.';
}
