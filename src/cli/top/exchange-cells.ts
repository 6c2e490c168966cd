import type { ChalkInstance } from 'chalk';
import type { AttemptView, ExchangeView } from '../../canonical/feed-events.ts';
import { clip, shown, widthOf } from './cells.ts';
import type { Column } from './columns.ts';
import { costSoFarText, costText, countText, rateText, shortTime } from './figures.ts';
import { isWide } from './layout.ts';
import { settledSpeed, speedOf } from './reduce-exchange.ts';
import { endedAt, lastAttempt } from './state.ts';
import type { Data, InFlight, Settled, Ui } from './state.ts';

/** A row of the Live view, in flight or ended, in the words of its columns. */
export type LiveRow = { readonly now: number } & (
  { readonly kind: 'in_flight'; readonly of: InFlight } | { readonly kind: 'settled'; readonly of: Settled }
);

const LEAST_NAME = 8;
const ARROW = ' → ';

/** The columns for a list of this width. */
export function liveColumns(columns: number): readonly Column<LiveRow>[] {
  const state: Column<LiveRow> = { title: '', width: 6, text: stateText, paint: statePaint };
  const figures: readonly Column<LiveRow>[] = [
    { title: 'TTFT', width: 5, align: 'right', text: (row) => shortTime(firstTokenMs(row)) },
    { title: 'TOK/S', width: 5, align: 'right', text: (row) => rateText(speed(row)) },
    { title: 'COST', width: 9, align: 'right', text: costOf },
    { title: 'TIME', width: 5, align: 'right', text: (row) => shortTime(tookMs(row)) },
  ];
  const client = (width: number): Column<LiveRow> => ({
    title: 'CLIENT',
    width,
    text: ({ of }) => of.exchange.client ?? '-',
    paint: (_, paint) => paint.dim,
  });
  if (!isWide({ columns })) {
    const name: Column<LiveRow> = { title: '', width: { share: 1, least: 12 }, text: nameText };
    return [state, name, client(columns >= 100 ? 16 : 9), ...figures];
  }
  return [
    state,
    { title: '', width: { share: 3, least: 12 }, text: ({ of }) => of.exchange.requested_model ?? '-' },
    { title: 'TARGET', width: { share: 4, least: 12 }, text: ({ of }) => lastAttempt(of.exchange)?.target ?? '-' },
    client(14),
    { title: 'PROFILE', width: 8, text: ({ of }) => of.exchange.profile, paint: (_, paint) => paint.dim },
    { title: 'ERROR', width: { share: 2, least: 8 }, text: errorText, paint: (_, paint) => paint.red },
    { title: 'IN', width: 7, align: 'right', text: ({ of }) => countText(of.exchange.usage.input_tokens) },
    { title: 'OUT', width: 7, align: 'right', text: ({ of }) => countText(of.exchange.usage.output_tokens) },
    ...figures,
  ];
}

function stateText(row: LiveRow): string {
  if (row.kind === 'in_flight') return row.of.firstTokenAt === null ? '○ wait' : '● recv';
  const { outcome, status } = row.of.exchange;
  switch (outcome) {
    case 'answered':
      return `✓ ${status ?? 'ok'}`;
    case 'failed':
      return `✗ ${status ?? 'cut'}`;
    case 'client_left':
      return '- left';
    default:
      return `! ${status ?? 'no'}`;
  }
}

function statePaint(row: LiveRow, paint: ChalkInstance): ChalkInstance {
  if (row.kind === 'in_flight') return row.of.firstTokenAt === null ? paint.yellow : paint.green;
  const { outcome } = row.of.exchange;
  if (outcome === 'answered') return paint.green;
  return outcome === 'client_left' ? paint.dim : paint.red;
}

/** What was asked for and who answers, in one column; what failed tells its error instead of its target. */
function nameText({ of, kind }: LiveRow, width: number): string {
  const { requested_model: requested } = of.exchange;
  const target = lastAttempt(of.exchange)?.target ?? null;
  const error = kind === 'settled' ? of.exchange.error_code : null;
  const answers = shown(error ?? target ?? '-');
  const asked = shown(requested ?? '-');
  const same = error === null && (asked === answers || answers.endsWith(`/${asked}`));
  if (same) return answers;
  const mark = error === null ? ARROW : ' ✗ ';
  const room = Math.max(LEAST_NAME, width - widthOf(answers) - widthOf(mark));
  return clip(asked, room) + mark + answers;
}

function errorText({ of, kind }: LiveRow): string {
  if (kind === 'settled') return of.exchange.error_code ?? '';
  const failed = of.exchange.attempts.filter(({ outcome }) => outcome === 'failed').length;
  return failed === 0 ? '' : `attempt ${failed + 1}`;
}

function firstTokenMs(row: LiveRow): number | null {
  const first = row.kind === 'in_flight' ? row.of.firstTokenAt : answeredFirstAt(row.of.exchange);
  return first === null ? null : first - row.of.exchange.opened_at;
}

function answeredFirstAt(exchange: ExchangeView): number | null {
  return lastAttempt(exchange)?.first_token_at ?? null;
}

function speed(row: LiveRow): number | null {
  return row.kind === 'in_flight' ? speedOf(row.of, row.now) : settledSpeed(row.of.exchange);
}

function costOf({ of, kind }: LiveRow): string {
  const { cost_usd: cost, unpriced } = of.exchange;
  return kind === 'settled' ? costText(cost, unpriced) : costSoFarText(cost, unpriced);
}

function tookMs(row: LiveRow): number {
  return (row.kind === 'in_flight' ? row.now : endedAt(row.of.exchange)) - row.of.exchange.opened_at;
}

/** `answered 200`, `failed 503`, `under way`. */
export function attemptState({ outcome, status }: AttemptView): string {
  if (outcome === null) return 'under way';
  const word = outcome === 'client_left' ? 'client left' : outcome;
  return status === null ? word : `${word} ${status}`;
}

export function keyOfLiveRow({ of }: LiveRow): string {
  return of.exchange.exchange;
}

/** Said where nothing is in flight. */
export function inFlightText({ connection, inFlight, status }: Data, ui: Pick<Ui, 'filter'>): string {
  if (connection.kind === 'looking') return 'Connecting to the daemon.';
  if (connection.kind !== 'connected') return 'No daemon.';
  if (inFlight.size > 0 || ui.filter !== '') return 'Nothing matches the filter.';
  return status === null ? 'Nothing at the moment.' : `Nothing at the moment; clients send to ${status.address}/v1.`;
}
