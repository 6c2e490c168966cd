import { accountText, type Account } from '../../credentials/account.ts';
import { judgeKey } from '../../credentials/judge-key.ts';
import { addToKeyIndex, readableKeyIndex, removeFromKeyIndex } from '../../credentials/key-index.ts';
import { StoreTroubleError, type StoreKind } from '../../credentials/key-store.ts';
import { Problem } from '../../daemon/problem.ts';
import { findProvider } from '../../providers/table.ts';
import type { Secret } from '../../std/secret.ts';
import type { Vault } from './vault.ts';

/** Why this text cannot be a key of the provider, as the end of a sentence; `null`: nothing speaks against it. */
export function objectionTo(secret: Secret, { provider }: Account): string | null {
  if (secret.reveal() === '') return 'it is empty';
  return judgeKey(secret.reveal(), findProvider(provider)?.refusedKeyPrefixes ?? []);
}

/**
 * Remembers where a key lies, writes it there, and reads it back. In this order: one that is listed and not there can
 * be removed, one that is there and not listed would lie in the keychain without anybody knowing.
 */
export async function storeKey(vault: Vault, account: Account, secret: Secret, kind: StoreKind): Promise<void> {
  const name = accountText(account);
  const { keys } = readableKeyIndex(vault.places.data);
  const isListed = keys.some((key) => key.account === name && key.store === kind);
  await addToKeyIndex(vault.places.data, name, kind);
  const store = vault.storeOf(kind);
  try {
    await store.write(name, secret);
  } catch (error) {
    if (!isListed) await takeBack(vault, name, kind);
    throw error;
  }
  const reading = await store.read(name);
  if (reading.kind !== 'found' || reading.secret.reveal() !== secret.reveal()) {
    const seen = reading.kind === 'unreadable' ? reading.trouble.why : 'What was read back is not what was written.';
    throw new Problem('failed', `The key ${name} was written to the ${kind} and could not be read back. ${seen}`);
  }
}

async function takeBack(vault: Vault, name: string, kind: StoreKind): Promise<void> {
  try {
    await removeFromKeyIndex(vault.places.data, name, kind);
  } catch (error) {
    // It stays listed as gone, with the sentence how to forget it; why nothing was stored matters more now.
    if (!(error instanceof StoreTroubleError)) throw error;
  }
}

/** Where a key now lies, and what that guards, in sentences. */
export function whereItLies(vault: Vault, kind: StoreKind): string {
  if (kind === 'keychain') return 'the keychain, service llmgw';
  const file = `${vault.places.data}/credentials.enc`;
  if ((vault.env['LLMGW_MASTER_PASSWORD'] ?? '') !== '') return `${file}, encrypted with LLMGW_MASTER_PASSWORD`;
  return (
    `${file}, whose key is credentials.key beside it: that guards a copied file or a backup, not against programs of ` +
    'your own account, nor a stolen disk'
  );
}

/** Environment variables that the provider's key was taken from till now. */
export function usableVariables({ provider }: Account, env: NodeJS.ProcessEnv): string[] {
  const row = findProvider(provider);
  return (row?.keyVariables ?? []).filter((variable) => {
    const value = env[variable]?.trim() ?? '';
    return value !== '' && judgeKey(value, row?.refusedKeyPrefixes ?? []) === null;
  });
}
