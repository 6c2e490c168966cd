import type { SpendOverview } from '../../ledger/questions/overview.ts';

export type SpendRead =
  | { readonly state: 'read'; readonly overview: SpendOverview }
  | { readonly state: 'unreadable'; readonly problem: string };

/** Reads the ledger's file itself, read-only and in this process, so that no question slows the daemon. */
export async function readSpend(path: string, timeZone: string): Promise<SpendRead> {
  const [{ readSpendOverview }, { asProblem }] = await Promise.all([
    import('../../ledger/questions/overview.ts'),
    import('../../daemon/known-problems.ts'),
  ]);
  try {
    return { state: 'read', overview: readSpendOverview(path, { now: Date.now(), timeZone, includeDemo: false }) };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === null) throw error;
    return { state: 'unreadable', problem: problem.message };
  }
}
