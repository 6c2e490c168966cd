import { CollectedBytes } from './collected-bytes.ts';

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Cuts a stream of server-sent events into blocks (an event or a comment with the blank line that ends it) without
 * changing a byte: the blocks put together are the stream. Line ends are LF, CRLF or CR, as the WHATWG standard has
 * them. Where a chunk ends between the CR and the LF that end a block, the LF is a block of its own: it is not held
 * back, since some clients wait for it.
 */
export class SseBlocks {
  readonly #maxBytes: number;
  readonly #held = new CollectedBytes();
  #lineIsEmpty = true;
  #blockHasContent = false;
  #afterCr = false;
  /** The last block ended with the last chunk, in a CR whose LF may still come. */
  #endedByCr = false;

  /** `maxBytes`: the longest block that is waited for. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Hands every block that ends in `chunk` to `onBlock`, in order. `false`: a block grew over the limit. */
  push(chunk: Buffer, onBlock: (block: Buffer) => void): boolean {
    let start = this.#takeLateLf(chunk, onBlock);
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === LF || byte === CR) {
        if (this.#endsBlock(byte)) {
          if (byte === CR) at = this.#endOfCr(chunk, at);
          onBlock(this.#take(chunk, start, at + 1));
          start = at + 1;
        }
      } else {
        this.#afterCr = false;
        this.#lineIsEmpty = false;
        this.#blockHasContent = true;
      }
    }
    if (start < chunk.length) this.#held.push(start === 0 ? chunk : chunk.subarray(start));
    return this.#held.length <= this.#maxBytes;
  }

  /** What is left at the end of the stream: an event whose blank line is missing, or `null`. */
  rest(): Buffer | null {
    if (!this.#blockHasContent) return null;
    this.#blockHasContent = false;
    return this.#held.take();
  }

  #takeLateLf(chunk: Buffer, onBlock: (block: Buffer) => void): number {
    if (!this.#endedByCr || chunk.length === 0) return 0;
    this.#endedByCr = false;
    if (chunk[0] !== LF) return 0;
    this.#afterCr = false;
    onBlock(chunk.subarray(0, 1));
    return 1;
  }

  /** The index of the line end's last byte, as far as it is there. */
  #endOfCr(chunk: Buffer, cr: number): number {
    this.#endedByCr = cr + 1 === chunk.length;
    if (chunk[cr + 1] !== LF) return cr;
    this.#afterCr = false;
    return cr + 1;
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
    return this.#held.length === 0 ? tail : this.#held.take(tail);
  }
}

/** The `data` of a block, its lines joined by LF; `null` when it has none (a comment, or another field). */
export function dataOf(block: string): string | null {
  let data: string | null = null;
  // A stream may begin with a byte order mark, which is no part of its first line.
  const lines = (block.charCodeAt(0) === BYTE_ORDER_MARK ? block.slice(1) : block).split(/\r\n|\r|\n/);
  for (const line of lines) {
    if (!line.startsWith('data:')) continue;
    const value = line.charCodeAt(5) === 0x20 ? line.slice(6) : line.slice(5);
    data = data === null ? value : `${data}\n${value}`;
  }
  return data;
}
