import { CollectedBytes } from '../../std/collected-bytes.ts';
import { MAX_EVENT_BYTES } from '../sse-frames.ts';

const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Cuts a JSON text into the objects that stand at its top, or in the list at its top: what `:streamGenerateContent`
 * answers without `alt=sse`. Only the bytes of an object are kept, until it is whole.
 */
export class JsonObjects {
  readonly #held = new CollectedBytes();
  #depth = 0;
  #isInText = false;
  #isEscaped = false;

  /** Hands the text of every object that ends in `chunk` to `onObject`. `false`: an object grew over the limit. */
  push(chunk: Buffer, onObject: (text: string) => void): boolean {
    let start = this.#depth > 0 ? 0 : -1;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#isInText) this.#takeTextByte(byte);
      else if (byte === QUOTE) this.#isInText = this.#depth > 0;
      else if (byte === OPEN) {
        if (this.#depth++ === 0) start = at;
      } else if (byte === CLOSE && this.#depth > 0 && --this.#depth === 0) {
        onObject(this.#held.take(chunk.subarray(start, at + 1)).toString('utf8'));
        start = -1;
      }
    }
    if (start >= 0) this.#held.push(chunk.subarray(start));
    return this.#held.length <= MAX_EVENT_BYTES;
  }

  #takeTextByte(byte: number | undefined): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInText = false;
  }
}
