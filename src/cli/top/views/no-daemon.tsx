import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { Lines } from '../components/list.tsx';
import { wrap } from '../../render/text.ts';
import { shown } from '../cells.ts';
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
          `    ${paint.bold.cyan(`${command} start`)}          starts it`,
          `    ${paint.bold.cyan(`${command} start --demo`)}   starts it with a model that needs nothing`,
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
