/** Opens once. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** A gate that opens when it is told to, or after the limit, if there is one. */
export function createGate(limitMs: number | null): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  if (limitMs !== null) setTimeout(open, limitMs).unref();
  return { opened, open };
}
