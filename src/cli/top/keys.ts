import type { Key as Pressed } from 'ink';
import type { Key, NamedKey } from './state.ts';

const NAMED: readonly (readonly [keyof Pressed, NamedKey])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'page_up'],
  ['pageDown', 'page_down'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  // What many terminals send for the backspace key.
  ['delete', 'backspace'],
];

/** One event of ink as keys: what is pasted, or typed faster than it is read, comes as one text. */
export function keysOf(input: string, pressed: Pressed): readonly Key[] {
  if (pressed.ctrl) return ofControl(input);
  if (pressed.tab) return [{ kind: 'named', name: pressed.shift ? 'back_tab' : 'tab' }];
  for (const [name, key] of NAMED) {
    if (pressed[name] === true) return [{ kind: 'named', name: key }];
  }
  // Escape and a key that came together look like one with Alt, which nothing here is bound to.
  const before: readonly Key[] = pressed.meta ? [{ kind: 'named', name: 'escape' }] : [];
  const typed = Array.from(input, (text): Key =>
    text === '\r' ? { kind: 'named', name: 'enter' } : { kind: 'character', text },
  );
  return [...before, ...typed];
}

/** In raw mode no key makes a signal by itself. Half pages, as in vi and less, are taken for whole ones. */
function ofControl(input: string): readonly Key[] {
  if (input === 'c') return [{ kind: 'named', name: 'quit' }];
  if (input === 'z') return [{ kind: 'named', name: 'suspend' }];
  if (input === 'd' || input === 'f') return [{ kind: 'named', name: 'page_down' }];
  return input === 'u' || input === 'b' ? [{ kind: 'named', name: 'page_up' }] : [];
}
