import type { ChalkInstance } from 'chalk';
import type { ReactNode } from 'react';
import { clip } from '../cells.ts';
import type { Ui } from '../state.ts';
import { Lines } from './list.tsx';

type Hint = readonly [key: string, does: string];

const EVERYWHERE: readonly Hint[] = [
  ['/', 'filter'],
  ['s', 'sort'],
  ['space', 'pause'],
  ['p', 'profile'],
  ['?', 'help'],
  ['q', 'quit'],
];

/** The keys of what is shown, or the filter while it is typed. */
export function Footer({ ui, paint }: { readonly ui: Ui; readonly paint: ChalkInstance }): ReactNode {
  if (ui.typing) {
    const text = clip(ui.filter, ui.columns - 50);
    const line = ` ${paint.bold.cyan('/')}${text}${paint.bold('▏')}  ${hintsText(TYPING, paint, 40)}`;
    return <Lines lines={[line]} height={1} />;
  }
  return <Lines lines={[` ${hintsText(hintsOf(ui), paint, ui.columns - 2)}`]} height={1} />;
}

const TYPING: readonly Hint[] = [
  ['enter', 'keep'],
  ['esc', 'clear'],
];

function hintsOf(ui: Ui): readonly Hint[] {
  switch (ui.panel?.kind) {
    case 'help':
      return [
        ['esc', 'back'],
        ['q', 'quit'],
      ];
    case 'exchange':
      return [
        ['esc', 'back'],
        ['j/k', 'next, previous'],
        ['space', 'pause'],
        ['q', 'quit'],
      ];
    case 'profiles':
      return [
        ['enter', 'use it'],
        ['j/k', 'down, up'],
        ['esc', 'back'],
        ['q', 'quit'],
      ];
    default:
      return [...ofView(ui), ...EVERYWHERE];
  }
}

function ofView({ view, filter, marked }: Ui): readonly Hint[] {
  const back: readonly Hint[] = filter !== '' || marked[view] !== null ? [['esc', 'back']] : [];
  if (view === 'live') return [['j/k', 'move'], ['enter', 'open'], ...back];
  if (view === 'spend') return [['b', 'group by'], ...back];
  return [['j/k', 'move'], ...back];
}

/** The last two say how to find the others and how to leave: they are kept, and what is before them gives way. */
function hintsText(hints: readonly Hint[], paint: ChalkInstance, columns: number): string {
  const widthOfHint = ([key, does]: Hint): number => key.length + does.length + 3;
  const last = hints.slice(-2);
  let left = columns + 2 - last.reduce((sum, hint) => sum + widthOfHint(hint), 0);
  const before = hints.slice(0, -2).filter((hint) => {
    if (widthOfHint(hint) > left) return false;
    left -= widthOfHint(hint);
    return true;
  });
  return [...before, ...last].map(([key, does]) => `${paint.bold.cyan(key)} ${paint.dim(does)}`).join('  ');
}
