import { accountText, type Account } from '../../credentials/account.ts';
import type { StoreKind } from '../../credentials/key-store.ts';
import { Problem } from '../../daemon/problem.ts';
import { Secret } from '../../std/secret.ts';
import { askHidden } from './hidden-prompt.ts';
import { agreesToPassword } from './password-takeover.ts';
import { objectionTo, storeKey, usableVariables, whereItLies } from './store-key.ts';
import { tellDaemon } from './tell-daemon.ts';
import { accountFrom, withVault, type Vault } from './vault.ts';

export interface AddOptions {
  readonly stdin?: true;
  readonly store: StoreKind;
  readonly config?: string;
}

const INTERRUPTED = 130;
const MAX_INPUT_BYTES = 64 * 1024;

/** Stores a key that is typed or piped in, never given as an argument. */
export async function addKey(text: string, extra: readonly string[], options: AddOptions): Promise<void> {
  if (extra.length > 0) {
    throw new Problem('usage', 'A key is never given as an argument: other programs see arguments, shells keep them.', {
      hint: 'Type it when asked, or pipe it in with --stdin. If that was a real key, take it for known to others.',
    });
  }
  await withVault(options, async (vault) => {
    const account = accountFrom(text, vault);
    const secret = options.stdin === true ? await readPiped() : await askFor(account);
    if (secret === null) {
      process.stderr.write('llmgw: nothing was stored.\n');
      process.exitCode = INTERRUPTED;
      return;
    }
    const objection = objectionTo(secret, account);
    if (objection !== null) throw new Problem('usage', `That is not stored as a key: ${objection}.`);
    if (!(await agreesToPassword(vault, options.store, options.stdin !== true))) {
      throw new Problem('failed', 'Nothing was stored.');
    }
    await storeKey(vault, account, secret, options.store);
    const lines = [`Stored ${accountText(account)} in ${whereItLies(vault, options.store)}.`, ...hints(vault, account)];
    const told = await tellDaemon(vault.places, [accountText(account)]);
    process.stdout.write(`${[...lines, ...(told === null ? [] : [told])].join('\n')}\n`);
  });
}

async function askFor(account: Account): Promise<Secret | null> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    throw new Problem('usage', 'Standard input is not a terminal, so the key cannot be asked for.', {
      hint: 'Pipe it in: `llmgw auth add PROVIDER --stdin`.',
    });
  }
  const typed = await askHidden(`Key for ${accountText(account)} (not shown): `, stdin, stderr);
  return typed === null ? null : new Secret(typed.reveal().trim());
}

async function readPiped(): Promise<Secret> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_INPUT_BYTES) throw new Problem('usage', 'What was piped in is too large to be a key.');
    chunks.push(chunk);
  }
  return new Secret(Buffer.concat(chunks).toString('utf8').trim());
}

/** What changes for whoever has used the provider before, and what else the key takes to be used. */
function hints({ env, providers }: Vault, account: Account): string[] {
  const { provider, name } = account;
  if (name !== null) {
    return [
      `It is used where it is named: \`credentials: {${provider}: ${name}}\` in a profile, or ` +
        `keychain:${provider}:${name} as an api_key.`,
    ];
  }
  if (providers.some(({ id, apiKey }) => id === provider && apiKey !== null)) {
    return [`The config has an api_key for ${provider}, which comes first.`];
  }
  const variables = usableVariables(account, env);
  if (variables.length === 0) return [];
  return [`${variables.join(' and ')} of the environment, used till now, comes after it.`];
}
