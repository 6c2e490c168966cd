import { parseAccount } from '../../credentials/account.ts';
import { unreadableAccounts } from '../../credentials/stored-credentials.ts';
import { findDaemon, type DaemonClient } from '../../daemon/client.ts';
import { Problem } from '../../daemon/problem.ts';
import type { StatusDocument } from '../../daemon/status.ts';
import type { Places } from '../../std/places.ts';

/**
 * Lets a running daemon read the stores again. Gives the sentences to print; `null`: none runs. What keeps it from that
 * is a sentence too, and so is what it cannot read where we can: the key is stored or removed all the same.
 * `accounts`: what was stored just now.
 */
export async function tellDaemon(places: Places, accounts: readonly string[]): Promise<string | null> {
  const found = await findDaemon(places);
  if (found.state === 'stopped') return null;
  if (found.state === 'silent') return notTold(found.problem);
  return reload(found.client, accounts);
}

/**
 * Lets a running daemon read again what could be read here. `null`: none runs, or it could read everything before and
 * still can, so that there is nothing to tell.
 */
export async function refreshDaemon(places: Places): Promise<string | null> {
  const found = await findDaemon(places);
  if (found.state !== 'running') return null;
  const told = await reload(found.client, []);
  return told === TAKEN_OVER && lockedIn(found.status).accounts.length === 0 ? null : told;
}

const TAKEN_OVER = 'The running daemon has taken it over.';

async function reload(client: DaemonClient, accounts: readonly string[]): Promise<string> {
  try {
    await client.reloadCredentials();
    const locked = lockedIn(await client.status());
    if (locked.accounts.length === 0) return TAKEN_OVER;
    const isTaken = !accounts.some((account) => locked.accounts.includes(account));
    const said = isTaken ? TAKEN_OVER : 'The running daemon could not take it over.';
    return [said, ...locked.why.map((sentence) => `There ${sentence}`)].join('\n');
  } catch (error) {
    if (error instanceof Problem) return notTold(error);
    throw error;
  }
}

/** The keys that a daemon knows of and cannot read, and its sentences about them. */
function lockedIn({ providers, provider_problems: problems }: StatusDocument) {
  const why = problems.filter((problem) => unreadableAccounts(problem).length > 0);
  const named = why.flatMap(unreadableAccounts);
  const ids = providers.filter(({ state }) => state === 'locked').map(({ id }) => id);
  const unsaid = ids.filter((id) => !named.some((account) => parseAccount(account)?.provider === id));
  return {
    accounts: [...named, ...unsaid],
    why: [...why, ...(unsaid.length === 0 ? [] : [`${unsaid.join(', ')} cannot be read.`])],
  };
}

function notTold(problem: Problem): string {
  return `The running daemon has not taken it over: ${problem.message} \`llmgw restart\` makes it.`;
}
