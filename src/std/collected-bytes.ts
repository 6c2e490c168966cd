/** Smaller pieces are copied together: each Buffer costs about a hundred bytes of heap, whatever it holds. */
const SMALL_BYTES = 1_024;
const FIRST_SLAB_BYTES = 4 * 1_024;
const LARGEST_SLAB_BYTES = 64 * 1_024;

/**
 * Bytes that arrive in pieces and are needed in one. The first piece and large ones are kept as they are; small ones
 * are copied into slabs, so that what this costs grows with the bytes, not with the number of pieces.
 */
export class CollectedBytes {
  #pieces: Buffer[] = [];
  #length = 0;
  #slab: Buffer | null = null;
  /** What of the slab is used and no piece yet. */
  #slabStart = 0;
  #slabEnd = 0;

  get length(): number {
    return this.#length;
  }

  push(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.#length === 0 || piece.length >= SMALL_BYTES) {
      this.#closeSlab();
      this.#pieces.push(piece);
    } else {
      this.#copy(piece);
    }
    this.#length += piece.length;
  }

  /** What was collected, in order; nothing is copied. */
  pieces(): readonly Buffer[] {
    this.#closeSlab();
    return this.#pieces;
  }

  /** What was collected, and `last` behind it, in one; nothing is collected afterwards. */
  take(last?: Buffer): Buffer {
    this.#closeSlab();
    const pieces = this.#pieces;
    if (last !== undefined) pieces.push(last);
    this.#pieces = [];
    this.#length = 0;
    this.#slab = null;
    const [first] = pieces;
    return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
  }

  #copy(piece: Buffer): void {
    let slab = this.#slab;
    if (slab === null || slab.length - this.#slabEnd < piece.length) {
      this.#closeSlab();
      slab = Buffer.allocUnsafe(Math.min(LARGEST_SLAB_BYTES, Math.max(FIRST_SLAB_BYTES, this.#length)));
      this.#slab = slab;
      this.#slabStart = 0;
      this.#slabEnd = 0;
    }
    this.#slabEnd += piece.copy(slab, this.#slabEnd);
  }

  /** What was copied becomes a piece; the rest of the slab is used for the next ones. */
  #closeSlab(): void {
    if (this.#slab === null || this.#slabStart === this.#slabEnd) return;
    this.#pieces.push(this.#slab.subarray(this.#slabStart, this.#slabEnd));
    this.#slabStart = this.#slabEnd;
  }
}
