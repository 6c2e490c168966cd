import { readFileSync, realpathSync } from 'node:fs';
import { withReferences } from '../../config/written-keys.ts';
import type { WrittenKey } from '../../config/written-keys.ts';
import { Problem } from '../../daemon/problem.ts';
import { writeFileAtomically } from '../../std/atomic-write.ts';
import { confirm } from '../auth/confirm.ts';
import { objectionTo, storeKey } from '../auth/store-key.ts';
import { accountFrom, withVault, type Vault } from '../auth/vault.ts';
import { keysNow } from './check.ts';

/**
 * Asks for each key of a config file whether the keychain shall hold it and the file name it only, and does so. The
 * key goes from the file to the keychain and is shown nowhere.
 */
export async function offerKeychain(file: string, keys: readonly WrittenKey[]): Promise<void> {
  const accounts = [...new Set(keys.flatMap(({ account }) => account ?? []))];
  await withVault({ config: file }, async (vault) => {
    for (const account of accounts) {
      const secret = keys.find((key) => key.account === account)?.secret.reveal();
      // Each one that is moved moves what stands behind it.
      const places = keysNow(file).filter((key) => key.secret.reveal() === secret);
      if (places.length === 0) continue;
      const lines = places.map(({ line }) => line).join(', ');
      const question = `Move the key in line ${lines} to the keychain, and write keychain:${account} there?`;
      const answer = await confirm(question);
      if (answer === 'interrupted') return;
      if (answer === 'yes') await move(vault, { file, account, places });
    }
  });
}

interface Move {
  readonly file: string;
  readonly account: string;
  readonly places: readonly WrittenKey[];
}

async function move(vault: Vault, { file, account: text, places }: Move): Promise<void> {
  const [first] = places;
  if (first === undefined) return;
  const account = accountFrom(text, vault);
  const objection = objectionTo(first.secret, account);
  if (objection !== null) {
    process.stdout.write(`It is left where it is: ${objection}.\n`);
    return;
  }
  const changed = withReferences(readFileSync(file, 'utf8'), places, `keychain:${text}`);
  if (changed === null) {
    throw new Problem('failed', `The key in line ${first.line} is not written there in plain words.`, {
      hint: `Run \`llmgw auth add ${text}\` and write keychain:${text} in its place.`,
    });
  }
  const before = (await vault.read()).find(text);
  if (before.kind === 'found' && before.credential.secret.reveal() !== first.secret.reveal()) {
    process.stdout.write(`Another key ${text} is stored already; \`llmgw auth add ${text}\` replaces it.\n`);
    return;
  }
  if (before.kind !== 'found') await storeKey(vault, account, first.secret, 'keychain');
  // A link stays a link: people keep such files elsewhere.
  writeFileAtomically(realpathSync(file), changed);
  process.stdout.write(`The keychain has it as ${text}; ${file} names it, and is for you alone now.\n`);
}
