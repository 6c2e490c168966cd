import { CollectedBytes } from '../../std/collected-bytes.ts';

const LF = 0x0a;

/** Cuts the bytes of a stream into lines, one JSON text each. Lines of nothing but space are none. */
export class JsonLines {
  readonly #maxBytes: number;
  readonly #held = new CollectedBytes();

  /** `maxBytes`: the longest line that is taken. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Hands every line that ends in `chunk` to `onLine`, in order. `false`: a line is over the limit. */
  push(chunk: Buffer, onLine: (line: string) => void): boolean {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const tail = chunk.subarray(start, end);
      if (this.#held.length + tail.length > this.#maxBytes) return false;
      start = end + 1;
      const line = (this.#held.length === 0 ? tail : this.#held.take(tail)).toString('utf8').trim();
      if (line !== '') onLine(line);
    }
    if (start < chunk.length) this.#held.push(start === 0 ? chunk : chunk.subarray(start));
    return this.#held.length <= this.#maxBytes;
  }

  /** The last line where its end is missing; it may be half of one. */
  rest(): string | null {
    const line = this.#held.take().toString('utf8').trim();
    return line === '' ? null : line;
  }
}
