import { Problem, type ProblemKind } from './problem.ts';

/**
 * What a daemon tells the process that started it, over the channel between the two: once, when it listens or when it
 * cannot. After it the channel is closed and the two no longer know each other.
 */
export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly problem: ProblemKind; readonly message: string; readonly hint: string | null };

const CHANNEL_LIMIT_MS = 1000;

/** Tells the parent, when there is one that listens, and lets go of it. */
export async function reportReadiness(readiness: Readiness): Promise<void> {
  const send = process.send?.bind(process);
  if (send === undefined || !isConnected()) return;
  await new Promise<void>((resolve) => {
    const limit = setTimeout(resolve, CHANNEL_LIMIT_MS);
    send({ llmgw: readiness }, undefined, undefined, () => {
      // A parent that has gone away meanwhile is no reason to fail.
      clearTimeout(limit);
      resolve();
    });
  });
  if (isConnected()) process.disconnect();
}

/** Asked anew each time: the parent may let go while it is being told. */
function isConnected(): boolean {
  return process.connected;
}

export function parseReadiness(message: unknown): Readiness | null {
  if (typeof message !== 'object' || message === null || !('llmgw' in message)) return null;
  return message.llmgw as Readiness;
}

export function problemOf(readiness: Extract<Readiness, { kind: 'failed' }>): Problem {
  return new Problem(readiness.problem, readiness.message, readiness.hint === null ? {} : { hint: readiness.hint });
}
