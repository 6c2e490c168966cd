import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { Lines } from '../components/list.tsx';
import { wrap } from '../../render/text.ts';
import { clip, fit, shown, widthOf } from '../cells.ts';
import type { Connection } from '../state.ts';

interface NoDaemonProps {
  readonly connection: Extract<Connection, { kind: 'absent' | 'silent' | 'foreign' }>;
  readonly command: string;
  readonly width: number;
  readonly height: number;
  readonly paint: ChalkInstance;
}

/** There is nothing to watch yet: how to change that. This goes away by itself when a daemon appears. */
export function NoDaemon({ connection, command, width, height, paint }: NoDaemonProps): ReactNode {
  const said = (text: string): readonly string[] =>
    wrap(shown(text), Math.min(width - 8, 76)).map((line) => `    ${line}`);
  const lines =
    connection.kind === 'absent'
      ? [
          `    ${paint.bold('llmgw is not running.')}`,
          '',
          ...choices(command, { width, paint }),
          '',
          ...said('Type it in another terminal: this screen connects as soon as it runs.').map((line) =>
            paint.dim(line),
          ),
        ]
      : [
          `    ${paint.bold('There are no events to show.')}`,
          '',
          ...said(connection.problem),
          '',
          ...said('This screen connects as soon as there are.').map((line) => paint.dim(line)),
        ];
  const above = Math.max(1, Math.floor((height - lines.length) / 3));
  return <Lines lines={[...new Array<string>(above).fill(''), ...lines]} height={height} />;
}

const MARGIN = '    ';
const GAP = '   ';
const CHOICES = [
  ['start', 'starts it'],
  ['start --demo', 'starts it with a model that needs nothing'],
] as const;

/** What to type and what it does: side by side, or below each other where a long path leads to this program. */
function choices(command: string, { width, paint }: Pick<NoDaemonProps, 'width' | 'paint'>): readonly string[] {
  const typed = CHOICES.map(([words, does]) => ({ text: shown(`${command} ${words}`), does }));
  const widest = Math.max(...typed.map(({ text }) => widthOf(text)));
  const beside = typed.every(({ does }) => MARGIN.length + widest + GAP.length + does.length < width);
  return typed.flatMap(({ text, does }) =>
    beside
      ? [`${MARGIN}${paint.bold.cyan(fit(text, widest))}${GAP}${does}`]
      : [`${MARGIN}${paint.bold.cyan(clip(text, width - MARGIN.length))}`, `${MARGIN}${GAP}${does}`],
  );
}
