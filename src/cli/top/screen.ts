import { Writable } from 'node:stream';
import { widthOf } from './cells.ts';

const ALTERNATE_SCREEN = '\u001b[?1049h';
const MAIN_SCREEN = '\u001b[?1049l';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** A line that is a column too long is cut by the terminal, and scrolls nothing. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';
const CLEAR = '\u001b[2J';
const CLEAR_TO_END_OF_LINE = '\u001b[K';
const RESET = '\u001b[0m';
// eslint-disable-next-line no-control-regex -- these are what is looked for
const STYLES = /\u001b\[[0-9;]*m/g;
/** Synchronized output: a terminal that knows it shows the frame in one go, any other passes it over. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** As much of a stream as is used. `write` is `false` when it takes no more for now. */
interface Output {
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

/**
 * The alternate screen, painted by the lines that changed: one write a frame, and nothing is cleared but the rest of a
 * line. A terminal that does not keep up is not written to until it has: it gets the newest frame then.
 */
export class Screen {
  readonly #output: Output;
  #size: Size;
  #painted: readonly string[] = [];
  #waiting: string | null = null;
  #blocked = false;
  #open = false;
  #fresh = true;

  constructor(output: Output, size: Size) {
    this.#output = output;
    this.#size = size;
  }

  /** Can be called again after `leave`, and does nothing while it is there. */
  enter(): void {
    if (this.#open) return;
    this.#open = true;
    this.#fresh = true;
    this.#blocked = false;
    this.#waiting = null;
    this.#output.write(ALTERNATE_SCREEN + HIDE_CURSOR + NO_WRAP);
  }

  /** Gives the terminal back as it was. Can be called more than once. */
  leave(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#output.off('drain', this.#drained);
    // Cleared first: tmux takes lines of this screen into the other one when it was resized in between.
    this.#output.write(RESET + CLEAR + WRAP + SHOW_CURSOR + MAIN_SCREEN);
  }

  /** After a resize nothing on the screen is where it was: the next frame is painted whole. */
  resize(size: Size): void {
    this.#size = size;
    this.#fresh = true;
  }

  /** A frame as lines with their colours. */
  paint(frame: string): void {
    if (!this.#open) return;
    if (this.#blocked) {
      this.#waiting = frame;
      return;
    }
    const bytes = this.#difference(frame);
    if (bytes === '') return;
    if (this.#output.write(BEGIN_FRAME + bytes + END_FRAME)) return;
    this.#blocked = true;
    this.#output.once('drain', this.#drained);
  }

  readonly #drained = (): void => {
    this.#blocked = false;
    const frame = this.#waiting;
    this.#waiting = null;
    if (frame !== null) this.paint(frame);
  };

  #difference(frame: string): string {
    const lines = frame.split('\n').slice(0, this.#size.rows);
    const before = this.#fresh ? [] : this.#painted;
    const parts: string[] = this.#fresh ? [RESET + CLEAR] : [];
    const height = Math.max(lines.length, before.length);
    for (let row = 0; row < height; row++) {
      const line = lines[row] ?? '';
      if (line === (before[row] ?? '')) continue;
      // Behind a full line the cursor stays on its last character, which would be cleared.
      const full = widthOf(line.replace(STYLES, '')) >= this.#size.columns;
      parts.push(`\u001b[${row + 1};1H${line}${RESET}${full ? '' : CLEAR_TO_END_OF_LINE}`);
    }
    this.#fresh = false;
    this.#painted = lines;
    return parts.join('');
  }
}

/** What ink writes to: every write is a whole frame (its debug mode), which goes to `onFrame`. */
export function frameStream(onFrame: (frame: string) => void, columns: () => number): NodeJS.WriteStream {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done): void {
      if (typeof chunk === 'string' && chunk !== '') onFrame(chunk);
      done();
    },
  });
  Object.defineProperty(stream, 'columns', { get: columns });
  // Of a terminal's stream, ink uses in this mode what a writable stream has, and `columns`.
  return stream as unknown as NodeJS.WriteStream;
}
