import { createInterface } from 'node:readline/promises';

/** Asks on the terminal; `interrupted`: Ctrl-C or Ctrl-D. Anything but y and yes is no. */
export async function confirm(question: string): Promise<'yes' | 'no' | 'interrupted'> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const interrupted = new AbortController();
  asking.once('SIGINT', () => interrupted.abort());
  // Ctrl-D closes it, and the question would never be answered.
  asking.once('close', () => interrupted.abort());
  try {
    const answer = await asking.question(`${question} [y/N] `, { signal: interrupted.signal });
    return /^y(es)?$/i.test(answer.trim()) ? 'yes' : 'no';
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    process.stderr.write('\n');
    return 'interrupted';
  } finally {
    asking.close();
  }
}
