import { accountText, parseAccount } from '../../credentials/account.ts';
import { readableKeyIndex, removeFromKeyIndex } from '../../credentials/key-index.ts';
import { fileStore } from '../../credentials/file-store.ts';
import { STORE_KINDS, StoreTroubleError, type StoreKind } from '../../credentials/key-store.ts';
import { Problem } from '../../daemon/problem.ts';
import { nearest } from '../../std/nearest.ts';
import { usableVariables } from './store-key.ts';
import { tellDaemon } from './tell-daemon.ts';
import { asProblem, withVault, type Vault } from './vault.ts';

/** Removes a key from every store that has it, or from one. */
export async function removeKey(text: string, options: { readonly store?: StoreKind }): Promise<void> {
  await withVault({}, async (vault) => {
    const account = parseAccount(text);
    const stores = account === null ? [] : await storesWith(vault, text, options.store);
    if (account === null || stores.length === 0) throw await unknownKey(vault, text);
    const lines: string[] = [];
    for (const store of stores) lines.push(await removeFrom(vault, text, store));
    const variables = account.name === null ? usableVariables(account, vault.env) : [];
    if (variables.length > 0) lines.push(`${variables.join(' and ')} of the environment is used from now on.`);
    const told = await tellDaemon(vault.places, []);
    process.stdout.write(`${[...lines, ...(told === null ? [] : [told])].join('\n')}\n`);
  });
}

async function removeFrom(vault: Vault, account: string, store: StoreKind): Promise<string> {
  const removed = await vault.storeOf(store).remove(account);
  await removeFromKeyIndex(vault.places.data, account, store);
  return removed ? `Removed ${account} from the ${store}.` : `${account} was not in the ${store} any more; forgotten.`;
}

async function storesWith(vault: Vault, account: string, only: StoreKind | undefined): Promise<StoreKind[]> {
  const all = await keptAccounts(vault);
  return STORE_KINDS.filter((store) => {
    return (only === undefined || only === store) && all.some((one) => one.account === account && one.store === store);
  });
}

/** What the index knows, and what lies in the file besides. */
async function keptAccounts({ places, env }: Vault): Promise<{ account: string; store: StoreKind }[]> {
  const { keys } = readableKeyIndex(places.data);
  const inFile = await fileStore(places.data, env).accounts();
  if ('why' in inFile) {
    if (keys.some(({ store }) => store === 'file')) throw asProblem(new StoreTroubleError(inFile));
    return [...keys];
  }
  return [...keys, ...inFile.map((account) => ({ account, store: 'file' as const }))];
}

async function unknownKey(vault: Vault, text: string): Promise<Problem> {
  const kept = [...new Set((await keptAccounts(vault)).map(({ account }) => account))];
  const [near] = nearest(text, kept, 1);
  const known = kept.length === 0 ? 'None is stored.' : `Stored: ${kept.join(', ')}.`;
  const account = parseAccount(text);
  const shown = account === null ? 'of that name' : accountText(account);
  return new Problem('usage', `No key ${shown} is stored.`, {
    hint: near === undefined ? known : `${known} Did you mean ${near}?`,
  });
}
