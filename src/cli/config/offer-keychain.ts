import { readFileSync, realpathSync } from 'node:fs';
import { withReferences } from '../../config/written-keys.ts';
import type { WrittenKey } from '../../config/written-keys.ts';
import { errorCode, Problem } from '../../daemon/problem.ts';
import { writeFileAtomically } from '../../std/atomic-write.ts';
import { confirm } from '../auth/confirm.ts';
import { objectionTo, storeKey } from '../auth/store-key.ts';
import { tellDaemon } from '../auth/tell-daemon.ts';
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
      // Where the same key stands for something that has no account, a reference would not be understood.
      const places = keysNow(file).filter((key) => key.account !== null && key.secret.reveal() === secret);
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
  const changed = changedText(file, places, `keychain:${text}`);
  if (changed === null) {
    const hint = `Run \`llmgw auth add ${text}\` and write keychain:${text} in its place.`;
    process.stdout.write(`It is left where it is: it is not written there in plain words. ${hint}\n`);
    return;
  }
  const before = (await vault.read()).find(text);
  if (before.kind === 'locked') {
    process.stdout.write(`It is left where it is, since nobody can say whether ${text} is stored: ${before.why}\n`);
    return;
  }
  if (before.kind === 'found' && before.credential.secret.reveal() !== first.secret.reveal()) {
    process.stdout.write(`Another key ${text} is stored already; \`llmgw auth add ${text}\` replaces it.\n`);
    return;
  }
  if (before.kind === 'missing') await storeKey(vault, account, first.secret, 'keychain');
  // A daemon that follows the file must have the key before the file names it.
  const told = await tellDaemon(vault.places, [text]);
  replaceFile(file, changed, text);
  const done = `The keychain has it as ${text}; ${file} names it, and is for you alone now.`;
  process.stdout.write(`${[done, ...(told === null ? [] : [told])].join('\n')}\n`);
}

/** What some editors put before everything else; no part of the text that offsets count in. */
const BYTE_ORDER_MARK = '\uFEFF';

function changedText(file: string, places: readonly WrittenKey[], reference: string): string | null {
  const whole = readFileSync(file, 'utf8');
  const mark = whole.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const changed = withReferences(whole.slice(mark.length), places, reference);
  return changed === null ? null : mark + changed;
}

function replaceFile(file: string, content: string, account: string): void {
  try {
    // A link stays a link: people keep such files elsewhere.
    writeFileAtomically(realpathSync(file), content);
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    throw new Problem('files', `The keychain has the key as ${account}, but ${file} cannot be replaced (${code}).`, {
      hint: `It is as it was; write keychain:${account} there in place of the key.`,
      cause: error,
    });
  }
}
