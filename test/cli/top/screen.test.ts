import fc from 'fast-check';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { clip, fit, shown, widthOf } from '../../../src/cli/top/cells.ts';
import { Frames } from '../../../src/cli/top/frames.ts';
import { Screen } from '../../../src/cli/top/screen.ts';

/** A terminal that keeps what is written, and takes no more when it is told so. */
class FakeTerminal extends EventEmitter {
  readonly writes: string[] = [];
  full = false;

  write(text: string): boolean {
    this.writes.push(text);
    return !this.full;
  }
}

function openScreen(columns = 10, rows = 3): { terminal: FakeTerminal; screen: Screen } {
  const terminal = new FakeTerminal();
  const screen = new Screen(terminal, { columns, rows });
  screen.enter();
  terminal.writes.length = 0;
  return { terminal, screen };
}

const CLEAR = '\u001b[2J';

describe('the screen', () => {
  it('is cleared for the first frame only, and writes the lines that changed, once a frame', () => {
    const { terminal, screen } = openScreen();
    screen.paint('one\ntwo');
    screen.paint('one\nTWO');
    screen.paint('one\nTWO');
    screen.paint('one');
    expect(terminal.writes).toEqual([
      `\u001b[?2026h\u001b[0m${CLEAR}\u001b[1;1Hone\u001b[0m\u001b[K\u001b[2;1Htwo\u001b[0m\u001b[K\u001b[?2026l`,
      '\u001b[?2026h\u001b[2;1HTWO\u001b[0m\u001b[K\u001b[?2026l',
      '\u001b[?2026h\u001b[2;1H\u001b[0m\u001b[K\u001b[?2026l',
    ]);
  });

  it('clears nothing behind a full line, where the cursor stands on its last character', () => {
    const { terminal, screen } = openScreen();
    screen.paint('\u001b[1m0123456789\u001b[22m');
    expect(terminal.writes[0]).toContain('0123456789\u001b[22m\u001b[0m\u001b[?2026l');
  });

  it('never writes below its last row, and paints anew after a resize', () => {
    const { terminal, screen } = openScreen();
    screen.paint('a\nb\nc\nd');
    expect(terminal.writes[0]).not.toContain('\u001b[4;1H');
    screen.resize({ columns: 10, rows: 5 });
    screen.paint('a\nb\nc\nd');
    expect(terminal.writes[1]).toContain(CLEAR);
    expect(terminal.writes[1]).toContain('\u001b[4;1Hd');
  });

  it('gives a terminal that does not keep up the newest frame when it has', () => {
    const { terminal, screen } = openScreen();
    terminal.full = true;
    screen.paint('1');
    screen.paint('2');
    screen.paint('3');
    expect(terminal.writes).toHaveLength(1);
    terminal.full = false;
    terminal.emit('drain');
    expect(terminal.writes).toHaveLength(2);
    expect(terminal.writes[1]).toContain('3');
  });

  it('paints everything again when it was left and is entered again', () => {
    const { terminal, screen } = openScreen();
    screen.paint('one');
    terminal.full = true;
    screen.paint('two');
    screen.leave();
    terminal.full = false;
    screen.enter();
    screen.enter();
    screen.paint('two');
    const [entered = '', painted = '', ...more] = terminal.writes.slice(3);
    expect(entered).toContain('\u001b[?1049h');
    expect(painted).toMatch(/\u001b\[2J.*two/); // eslint-disable-line no-control-regex -- looked for
    expect(more).toEqual([]);
  });

  it('gives the terminal back once, and writes nothing afterwards', () => {
    const { terminal, screen } = openScreen();
    screen.leave();
    screen.leave();
    screen.paint('x');
    expect(terminal.writes).toHaveLength(1);
    expect(terminal.writes[0]).toMatch(/\u001b\[\?25h.*\u001b\[\?1049l$/); // eslint-disable-line no-control-regex -- looked for
  });
});

describe('frames', () => {
  it('are at least 100 ms apart for keys and 250 ms for events, and come once a second anyway', async () => {
    const at: number[] = [];
    const frames = new Frames(() => at.push(performance.now()));
    const keys = setInterval(() => frames.urgent(), 5);
    await new Promise((resolve) => setTimeout(resolve, 450));
    clearInterval(keys);
    const urgent = at.length;
    expect(gaps(at)).toEqual(gaps(at).filter((gap) => gap >= 95));
    expect(urgent).toBeGreaterThan(2);
    const events = setInterval(() => frames.calm(), 5);
    await new Promise((resolve) => setTimeout(resolve, 900));
    clearInterval(events);
    frames.stop();
    expect(gaps(at.slice(urgent))).toEqual(gaps(at.slice(urgent)).filter((gap) => gap >= 245));
    expect(at.length - urgent).toBeGreaterThan(1);
  });
});

function gaps(at: readonly number[]): number[] {
  return at.slice(1).map((time, index) => time - (at[index] ?? 0));
}

// eslint-disable-next-line no-control-regex -- these are what is looked for
const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

describe('cells', () => {
  it.each([
    ['gpt-4o', 6],
    ['提示模型', 8],
    ['é', 1],
    ['e\u0301', 1],
    ['🙂', 2],
    ['❤️', 1],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['→ ✓ ●', 5],
  ])('%s takes %i columns', (text, width) => {
    expect(widthOf(shown(text))).toBe(width);
  });

  it('have nothing that changes the picture before it', () => {
    expect(shown('❤️ 👍🏽')).toBe('❤ 👍');
  });

  it('are cut with an ellipsis, never within a wide character', () => {
    expect(clip('提示模型', 5)).toBe('提示…');
    expect(clip('提示模型', 4)).toBe('提…');
    expect(clip('abc', 0)).toBe('');
    expect(fit('ab', 4, 'right')).toBe('  ab');
  });

  it('are as wide as they are told and steer nothing, whatever they are made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(30), (text, width) => {
        expect(widthOf(fit(text, width))).toBe(width);
        expect(shown(text)).not.toMatch(STEERING);
      }),
    );
  });
});
