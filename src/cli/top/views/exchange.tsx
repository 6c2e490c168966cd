import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import type { AttemptView, ExchangeView, SettledExchange } from '../../../canonical/feed-events.ts';
import { clip, shown } from '../cells.ts';
import type { Column } from '../columns.ts';
import { Lines, List } from '../components/list.tsx';
import { attemptState } from '../exchange-cells.ts';
import { costSoFarText, costText, countText, preciseClockText, rateText, shortTime, usdText } from '../figures.ts';
import { settledSpeed, speedOf } from '../reduce-exchange.ts';
import { endedAt, lastAttempt } from '../state.ts';
import type { Data, InFlight, NextSteps, Settled } from '../state.ts';

interface ExchangeProps {
  readonly id: string;
  readonly data: Data;
  readonly width: number;
  readonly height: number;
  readonly paint: ChalkInstance;
}

interface AttemptRow {
  readonly attempt: AttemptView;
  readonly tookMs: number;
  readonly next: string;
}

const LABEL_COLUMNS = 13;

/** One exchange: what was asked, how it was routed, every attempt, and tokens by class. */
export function ExchangePanel({ id, data, width, height, paint }: ExchangeProps): ReactNode {
  const inFlight = data.inFlight.get(id);
  const settled = data.settled.find(({ exchange }) => exchange.exchange === id);
  const of = inFlight ?? settled;
  if (of === undefined) {
    return <Lines lines={['', '  This exchange is no longer among those that are kept here.']} height={height} />;
  }
  const { exchange } = of;
  const ended = settled?.exchange ?? null;
  const attempts = attemptRows(exchange, of.nextSteps, ended === null ? data.now : endedAt(ended));
  const head = headLines(exchange, ended, { width, paint, times: timesOf(inFlight, settled, data.now) });
  const usage = usageLines(exchange, ended, paint);
  const room = Math.max(2, Math.min(attempts.length + 2, height - head.length - usage.length));
  return (
    <>
      <Lines lines={head} height={head.length} />
      <List
        name="ATTEMPTS"
        columns={ATTEMPT_COLUMNS}
        rows={attempts}
        keyOf={({ attempt }) => String(attempt.number)}
        marked={null}
        width={width}
        height={room}
        empty="None: it was refused before."
        paint={paint}
      />
      <Lines lines={usage} height={Math.max(0, height - head.length - room)} />
    </>
  );
}

const ATTEMPT_COLUMNS: readonly Column<AttemptRow>[] = [
  { title: '', width: 2, text: ({ attempt }) => String(attempt.number) },
  { title: '', width: { share: 3, least: 14 }, text: ({ attempt }) => attempt.target },
  { title: 'STATE', width: 13, text: ({ attempt }) => attemptState(attempt), paint: attemptPaint },
  { title: 'ERROR', width: { share: 2, least: 8 }, text: ({ attempt }) => attempt.error_code ?? '-' },
  { title: 'TTFT', width: 5, align: 'right', text: ({ attempt }) => shortTime(firstTokenMs(attempt)) },
  { title: 'TIME', width: 5, align: 'right', text: ({ tookMs }) => shortTime(tookMs) },
  { title: 'THEN', width: 11, text: ({ next }) => next, paint: (_, paint) => paint.dim },
];

function attemptPaint({ attempt }: AttemptRow, paint: ChalkInstance): ChalkInstance {
  if (attempt.outcome === 'failed') return paint.red;
  return attempt.outcome === 'answered' ? paint.green : paint.reset;
}

function firstTokenMs(attempt: AttemptView): number | null {
  return attempt.first_token_at === null ? null : attempt.first_token_at - attempt.opened_at;
}

/** A newer daemon may know other steps: they are told in its words. */
const STEPS: ReadonlyMap<string, string> = new Map([
  ['resend', 'sent again'],
  ['next_target', 'next target'],
  ['give_up', 'given up'],
]);

function attemptRows(exchange: ExchangeView, nextSteps: NextSteps, until: number): readonly AttemptRow[] {
  return exchange.attempts.map((attempt, index) => {
    const next = nextSteps.get(attempt.number);
    const ended = attempt.ended_at ?? nextOpening(exchange.attempts, index) ?? until;
    return { attempt, tookMs: ended - attempt.opened_at, next: next === undefined ? '' : (STEPS.get(next) ?? next) };
  });
}

/** Older daemons do not say when an attempt ended: where one failed, the next one began. `null`: it is the last. */
function nextOpening(attempts: readonly AttemptView[], index: number): number | null {
  return attempts[index]?.outcome === 'failed' ? (attempts[index + 1]?.opened_at ?? null) : null;
}

interface HeadLook {
  readonly width: number;
  readonly paint: ChalkInstance;
  readonly times: string;
}

function headLines(exchange: ExchangeView, ended: SettledExchange | null, look: HeadLook): readonly string[] {
  const { paint, width } = look;
  const line = (label: string, text: string): string =>
    `  ${paint.dim(label.padEnd(LABEL_COLUMNS))}${clip(text, width - LABEL_COLUMNS - 3)}`;
  const how = exchange.stream ? 'streamed' : 'at once';
  return [
    `  ${paint.bold('EXCHANGE')} ${clip(exchange.exchange, width - 13)}`,
    '',
    line('Asked for', exchange.requested_model ?? 'no model'),
    line('Answered by', lastAttempt(exchange)?.target ?? 'nobody'),
    line('Outcome', outcomeText(ended)),
    line('Route', exchange.route === '' ? '-' : exchange.route),
    line('Profile', exchange.profile),
    line('Client', `${exchange.client ?? 'not told'}, key ${exchange.key_id ?? 'none'}`),
    line('Request', `${shown(exchange.endpoint)}, ${how}`),
    line('Times', look.times),
    '',
  ];
}

function outcomeText(ended: SettledExchange | null): string {
  if (ended === null) return 'in flight';
  const word = ended.outcome === 'client_left' ? 'the client left' : ended.outcome;
  const status = ended.status === null ? '' : `, status ${ended.status}`;
  return `${word}${status}${ended.error_code === null ? '' : `: ${ended.error_code}`}`;
}

function timesOf(inFlight: InFlight | undefined, settled: Settled | undefined, now: number): string {
  const exchange = inFlight?.exchange ?? settled?.exchange;
  if (exchange === undefined) return '';
  const first = inFlight?.firstTokenAt ?? lastAttempt(exchange)?.first_token_at ?? null;
  const speed =
    settled === undefined ? (inFlight === undefined ? null : speedOf(inFlight, now)) : settledSpeed(settled.exchange);
  const until = settled === undefined ? now : endedAt(settled.exchange);
  return [
    `began ${preciseClockText(exchange.opened_at)}`,
    first === null ? 'no token yet' : `first token ${shortTime(first - exchange.opened_at)}`,
    `${settled === undefined ? 'so far' : 'in all'} ${shortTime(until - exchange.opened_at)}`,
    ...(speed === null ? [] : [`${rateText(speed)} tok/s`]),
  ].join(', ');
}

function usageLines(exchange: ExchangeView, ended: SettledExchange | null, paint: ChalkInstance): readonly string[] {
  const { usage } = exchange;
  const line = (label: string, figure: string, part: string): string =>
    `  ${paint.dim(label.padEnd(LABEL_COLUMNS))}${figure.padStart(11)}${part === '' ? '' : `   ${paint.dim(part)}`}`;
  const cached = `cache read ${countText(usage.cache_read_tokens)}, cache write ${countText(usage.cache_write_tokens)}`;
  return [
    '',
    `  ${paint.bold('USAGE')}${usage.estimated ? paint.dim('  tokens counted here, an estimate') : ''}`,
    line('Input', countText(usage.input_tokens), `of it ${cached}`),
    line('Output', countText(usage.output_tokens), `of it reasoning ${countText(usage.reasoning_tokens)}`),
    ended === null
      ? line('Cost', costSoFarText(exchange.cost_usd, exchange.unpriced), 'so far, an estimate')
      : line('Cost', costText(exchange.cost_usd, exchange.unpriced), ''),
    line('Saved', usdText(ended?.saved_usd ?? null), 'what the same would have cost in the cloud'),
  ];
}
