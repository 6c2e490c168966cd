import { CollectedBytes } from './collected-bytes.ts';

const LF = 0x0a;

/** Cuts a stream of lines (NDJSON) into its lines, each with the LF that ends it, without changing a byte. */
export class Lines {
  readonly #maxBytes: number;
  readonly #held = new CollectedBytes();

  /** `maxBytes`: the longest line that is waited for. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Hands every line that ends in `chunk` to `onLine`, in order. `false`: a line grew over the limit. */
  push(chunk: Buffer, onLine: (line: Buffer) => void): boolean {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const tail = start === 0 && end + 1 === chunk.length ? chunk : chunk.subarray(start, end + 1);
      onLine(this.#held.length === 0 ? tail : this.#held.take(tail));
      start = end + 1;
    }
    if (start < chunk.length) this.#held.push(start === 0 ? chunk : chunk.subarray(start));
    return this.#held.length <= this.#maxBytes;
  }

  /** What is left at the end of the stream: a line whose LF is missing, or `null`. */
  rest(): Buffer | null {
    return this.#held.length === 0 ? null : this.#held.take();
  }
}
