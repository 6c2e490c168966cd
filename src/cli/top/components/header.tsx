import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { clip, shown, widthOf } from '../cells.ts';
import { capText } from '../../render/cap.ts';
import { clockText, countText, rateText } from '../figures.ts';
import { sortName } from '../rows.ts';
import { VIEWS } from '../state.ts';
import type { Data, Ui, View } from '../state.ts';
import { perSecond } from '../traffic.ts';
import { unreachable } from '../../../std/unreachable.ts';
import { Lines } from './list.tsx';

interface HeaderProps {
  /** What is shown, which may be paused. */
  readonly data: Data;
  /** What is true now: connection, and what has come since the pause. */
  readonly live: Data;
  readonly ui: Ui;
  readonly paint: ChalkInstance;
  /** One picture: there is no other view, and no rate. */
  readonly once?: boolean;
}

const TITLES: Readonly<Record<View, string>> = {
  live: 'Live',
  spend: 'Spend',
  models: 'Models',
  providers: 'Providers',
  deployments: 'Health',
};

/** A text and how it is coloured; parts that do not fit are left out, the last ones first. */
interface Part {
  readonly text: string;
  readonly paint: (text: string) => string;
}

/** Who is watched, how it goes, which view this is, and what has to be said. */
export function Header(props: HeaderProps): ReactNode {
  const { ui } = props;
  const lines =
    props.once === true
      ? [spread(leftOf(props), [], ui.columns), bannerOf(props)]
      : [
          spread(leftOf(props), trafficOf(props), ui.columns),
          spread(viewsOf(props), modesOf(props), ui.columns),
          bannerOf(props),
        ];
  return <Lines lines={lines} height={lines.length} />;
}

function leftOf({ data, live, paint }: HeaderProps): readonly Part[] {
  const parts: Part[] = [{ text: 'llmgw top', paint: paint.bold }, connectionPart(live, paint)];
  const entry = data.profilesDocument?.profiles.find(({ name }) => name === data.profile);
  if (data.profile !== null) {
    const wall = entry === undefined || entry.allow === 'any' ? '' : ` (${entry.allow} only)`;
    parts.push({ text: `profile ${shown(data.profile)}${wall}`, paint: paint.cyan });
  }
  const cap = entry?.cap ?? null;
  if (cap !== null) parts.push({ text: `cap ${capText(cap)}`, paint: String });
  return parts;
}

function connectionPart({ connection }: Data, paint: ChalkInstance): Part {
  switch (connection.kind) {
    case 'connected':
      return { text: '● connected', paint: paint.green };
    case 'looking':
      return { text: '○ connecting', paint: paint.dim };
    case 'absent':
      return { text: '○ not running', paint: paint.red };
    case 'silent':
    case 'foreign':
      return { text: '○ no events', paint: paint.red };
    default:
      return unreachable(connection);
  }
}

function trafficOf({ data, paint }: HeaderProps): readonly Part[] {
  const requests = rateText(perSecond(data.traffic.requests));
  const tokens = rateText(perSecond(data.traffic.tokens));
  return [
    { text: `${requests.padStart(5)} req/s`, paint: String },
    { text: `${tokens.padStart(5)} tok/s`, paint: paint.dim },
  ];
}

/**
 * The one that is shown stands in brackets, which take the place of the spaces around it. They are one part: beside
 * all of them there is room for a pause at the least width.
 */
function viewsOf({ ui, paint }: HeaderProps): readonly Part[] {
  const parts = VIEWS.map((view, index): Part => {
    const text = `${index + 1} ${TITLES[view]}`;
    return view === ui.view
      ? { text: `[${text}]`, paint: (label: string) => paint.bold.cyan(label) }
      : { text: ` ${text} `, paint: paint.dim };
  });
  const text = parts.map((part) => part.text).join('');
  return [{ text, paint: () => parts.map((part) => part.paint(part.text)).join('') }];
}

function modesOf({ live, ui, paint }: HeaderProps): readonly Part[] {
  const parts: Part[] = [];
  if (ui.frozen !== null) {
    parts.push({ text: `paused at ${clockText(ui.frozen.now)}`, paint: paint.bold.yellow });
  }
  if (live.dropped > 0) parts.push({ text: `${countText(live.dropped)} events dropped`, paint: paint.yellow });
  if (ui.filter !== '' && !ui.typing) parts.push({ text: `filter: ${clip(ui.filter, 20)}`, paint: paint.bold });
  if (ui.sort[ui.view] !== 0) parts.push({ text: `by ${sortName(ui)}`, paint: paint.dim });
  return parts;
}

function bannerOf({ live, ui, paint }: HeaderProps): string {
  const line = (sign: string, text: string): string => ` ${sign} ${clip(text, ui.columns - 4)}`;
  const { connection, command, notice, configProblem } = live;
  if (connection.kind === 'absent' && connection.before && (notice === null || notice.at <= connection.at)) {
    return paint.red(line('✗', goneText(clockText(connection.at), shown(command), ui.columns - 4)));
  }
  if (connection.kind === 'silent' || connection.kind === 'foreign') return paint.red(line('✗', connection.problem));
  if (notice !== null) {
    return notice.kind === 'warning' ? paint.yellow(line('!', notice.text)) : paint.cyan(line('·', notice.text));
  }
  if (configProblem !== null) return paint.yellow(line('!', `Config not in force: ${configProblem}`));
  return '';
}

/** As much as there is room for: what to type is not what is cut. */
function goneText(since: string, command: string, columns: number): string {
  const texts = [
    `The daemon is gone since ${since}; looking for it. \`${command} start\` starts it.`,
    `The daemon is gone since ${since}: \`${command} start\``,
    `Gone since ${since}: \`${command} start\``,
  ];
  return texts.find((text) => widthOf(text) <= columns) ?? `\`${command} start\``;
}

function spread(left: readonly Part[], right: readonly Part[], columns: number): string {
  const gap = 2;
  const room = columns - 1;
  const kept: Part[] = [];
  let used = 0;
  const fits = (part: Part): boolean => used + widthOf(part.text) + gap <= room;
  const keep = (part: Part): void => {
    kept.push(part);
    used += widthOf(part.text) + gap;
  };
  for (const part of left) if (fits(part)) keep(part);
  const leftKept = kept.length;
  for (const part of right) if (fits(part)) keep(part);
  const text = (parts: readonly Part[]): string => parts.map((part) => part.paint(part.text)).join('  ');
  const space = ' '.repeat(Math.max(0, room - used + (kept.length > leftKept ? gap : 0)));
  return ` ${text(kept.slice(0, leftKept))}${kept.length > leftKept ? space + text(kept.slice(leftKept)) : ''}`;
}
