/** What was opened so far, closed in the opposite order. */
export type Closing = (() => void | Promise<void>)[];

/** Each is closed, whatever becomes of the others: the ledger is the last, and its rows must not be lost. */
export async function closeAll(closing: Closing): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closing.reverse()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'not everything could be closed');
}
