const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts a stream of server-sent events into blocks (an event or a comment with the blank line that ends it) without
 * changing a byte: the blocks put together are the stream. Line ends are LF, CRLF or CR, as the WHATWG standard has them;
 * a CRLF cut after its CR leaves the LF at the front of the next block, where it means nothing.
 */
export class SseBlocks {
  readonly #maxBytes: number;
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #lineIsEmpty = true;
  #blockHasContent = false;
  #afterCr = false;

  /** `maxBytes`: the longest block that is waited for. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Hands every block that ends in `chunk` to `onBlock`, in order. `false`: a block grew over the limit. */
  push(chunk: Buffer, onBlock: (block: Buffer) => void): boolean {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === LF || byte === CR) {
        if (this.#endsBlock(byte)) {
          onBlock(this.#take(chunk, start, at + 1));
          start = at + 1;
        }
      } else {
        this.#afterCr = false;
        this.#lineIsEmpty = false;
        this.#blockHasContent = true;
      }
    }
    if (start < chunk.length) {
      this.#held.push(start === 0 ? chunk : chunk.subarray(start));
      this.#heldBytes += chunk.length - start;
    }
    return this.#heldBytes <= this.#maxBytes;
  }

  /** What is left at the end of the stream: an event whose blank line is missing, or `null`. */
  rest(): Buffer | null {
    if (!this.#blockHasContent) return null;
    const rest = Buffer.concat(this.#held);
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.#blockHasContent = false;
    return rest;
  }

  #endsBlock(byte: number): boolean {
    if (byte === LF && this.#afterCr) {
      this.#afterCr = false;
      return false;
    }
    this.#afterCr = byte === CR;
    if (!this.#lineIsEmpty) {
      this.#lineIsEmpty = true;
      return false;
    }
    if (!this.#blockHasContent) return false;
    this.#blockHasContent = false;
    return true;
  }

  #take(chunk: Buffer, start: number, end: number): Buffer {
    const tail = start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
    if (this.#held.length === 0) return tail;
    this.#held.push(tail);
    const block = Buffer.concat(this.#held);
    this.#held.length = 0;
    this.#heldBytes = 0;
    return block;
  }
}

/** The `data` of a block, its lines joined by LF; `null` when it has none (a comment, or another field). */
export function dataOf(block: string): string | null {
  let data: string | null = null;
  for (const line of block.split(/\r\n|\r|\n/)) {
    if (!line.startsWith('data:')) continue;
    const value = line.charCodeAt(5) === 0x20 ? line.slice(6) : line.slice(5);
    data = data === null ? value : `${data}\n${value}`;
  }
  return data;
}
