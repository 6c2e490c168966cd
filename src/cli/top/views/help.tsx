import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { Lines } from '../components/list.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['1 2 3 4 5', 'Live, Spend, Models, Providers, Health'],
  ['tab', 'the next of them'],
  ['j k ↓ ↑', 'mark the next, the previous row'],
  ['g G', 'the first, the last row'],
  ['page up, down', 'a page'],
  ['enter', 'open the marked exchange (Live)'],
  ['b', 'group by model, provider, profile, client (Spend)'],
  ['s', 'sort by the next column that can be sorted by'],
  ['/', 'show only what holds these words; enter keeps, esc clears'],
  ['space', 'hold the screen still; what comes is still counted'],
  ['p', 'switch the profile of the daemon'],
  ['esc', 'back: the panel, the filter, the mark, the pause'],
  ['q', 'quit; the daemon goes on. ctrl-z: to the shell, until `fg`'],
];

const SIGNS = '○ wait  ● recv  ✓ answered  ✗ failed  - left  ! refused';

export function HelpPanel({ height, paint }: { readonly height: number; readonly paint: ChalkInstance }): ReactNode {
  const lines = [
    `  ${paint.bold('KEYS')}`,
    ...KEYS.map(([keys, does]) => `  ${paint.bold.cyan(keys.padEnd(15))}${does}`),
    `  ${paint.bold('SIGNS'.padEnd(15))}${SIGNS}`,
    `  ${' '.repeat(15)}${paint.dim('TTFT: time to first token. ~$: so far. $+: not all priced.')}`,
  ];
  return <Lines lines={lines} height={height} />;
}
