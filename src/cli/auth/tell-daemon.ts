import { findDaemon } from '../../daemon/client.ts';
import { Problem } from '../../daemon/problem.ts';
import type { Places } from '../../std/places.ts';

/**
 * Lets a running daemon read the stores again. Gives the sentence to print; `null`: none runs. What keeps it from that
 * is a sentence too: the key is stored or removed all the same.
 */
export async function tellDaemon(places: Places): Promise<string | null> {
  const found = await findDaemon(places);
  if (found.state === 'stopped') return null;
  if (found.state === 'silent') return notTold(found.problem);
  try {
    await found.client.reloadCredentials();
    return 'The running daemon has taken it over.';
  } catch (error) {
    if (error instanceof Problem) return notTold(error);
    throw error;
  }
}

function notTold(problem: Problem): string {
  return `The running daemon has not taken it over: ${problem.message} \`llmgw restart\` makes it.`;
}
