import { accountText, type Account } from '../../credentials/account.ts';
import { judgeKey } from '../../credentials/judge-key.ts';
import { addToKeyIndex, readableKeyIndex } from '../../credentials/key-index.ts';
import type { StoreKind } from '../../credentials/key-store.ts';
import { Problem } from '../../daemon/problem.ts';
import { findProvider } from '../../providers/table.ts';
import type { Secret } from '../../std/secret.ts';
import type { Vault } from './vault.ts';

/** Why this text cannot be a key of the provider, as the end of a sentence; `null`: nothing speaks against it. */
export function objectionTo(secret: Secret, { provider }: Account): string | null {
  if (secret.reveal() === '') return 'it is empty';
  return judgeKey(secret.reveal(), findProvider(provider)?.refusedKeyPrefixes ?? []);
}

/** Writes a key into a store, reads it back, and remembers where it lies. */
export async function storeKey(vault: Vault, account: Account, secret: Secret, kind: StoreKind): Promise<void> {
  const name = accountText(account);
  // What could not be remembered is not stored.
  readableKeyIndex(vault.places.data);
  const store = vault.storeOf(kind);
  await store.write(name, secret);
  const reading = await store.read(name);
  if (reading.kind !== 'found' || reading.secret.reveal() !== secret.reveal()) {
    const seen = reading.kind === 'unreadable' ? reading.trouble.why : 'What was read back is not what was written.';
    throw new Problem('failed', `The key ${name} was written to the ${kind} and could not be read back. ${seen}`);
  }
  await addToKeyIndex(vault.places.data, name, kind);
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
