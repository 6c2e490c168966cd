/** What the keeper is started with. */
export interface KeeperStart {
  readonly path: string;
  /** One number, shared: not 0 while the keeper wants the write lock, which it would never get between busy batches. */
  readonly pause: Int32Array;
}

/** What the keeper is asked for. It does one after the other, in order. */
export type KeeperMessage =
  /** Copy what the write-ahead log has into the file. */
  | { readonly kind: 'checkpoint' }
  /** Nothing will be settled before this time any more: close the quarters before it. */
  | { readonly kind: 'roll-up'; readonly until: number }
  /** A last checkpoint, then end. */
  | { readonly kind: 'close' };

/** What the keeper tells: each failure, which does not end it. */
export interface KeeperReport {
  readonly failure: string;
}
