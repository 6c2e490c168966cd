import { fileStore, PASSWORD_VARIABLE } from '../../credentials/file-store.ts';
import type { StoreKind } from '../../credentials/key-store.ts';
import { confirm } from './confirm.ts';
import type { Vault } from './vault.ts';

/**
 * Says beforehand that storing a key puts all keys of the file under the password, which a daemon that was started
 * without it can then not read any more; where somebody can be asked, whether to go on. `false`: not to.
 */
export async function agreesToPassword(vault: Vault, store: StoreKind, canAsk: boolean): Promise<boolean> {
  const { places, env } = vault;
  if (store !== 'file' || !(await fileStore(places.data, env).takesPasswordNext())) return true;
  process.stderr.write(
    `llmgw: ${PASSWORD_VARIABLE} is set, so every key in the encrypted file, till now protected by credentials.key ` +
      'beside it, is put under that password. From then on nothing reads them without it: a daemon needs ' +
      `${PASSWORD_VARIABLE} too, one that runs without it has to be started again with it.\n`,
  );
  return !canAsk || (await confirm('Put them under the password?')) === 'yes';
}
