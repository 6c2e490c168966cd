import { accountText, type Account } from '../../credentials/account.ts';
import { findActiveProviders, type FoundProviders } from '../../credentials/find-active-providers.ts';
import { Problem } from '../../daemon/problem.ts';
import { testCredential, type CredentialVerdict } from '../../daemon/test-credential.ts';
import { createProber } from '../../upstream/probe.ts';
import { counted } from '../render/text.ts';
import { accountFrom, withVault, type Vault } from './vault.ts';

/** Asks the provider whether it takes the key; exit code 0 only when it does. */
export async function testKey(text: string, { json, config }: { json?: true; config?: string }): Promise<void> {
  await withVault({ config }, async (vault) => {
    const account = accountFrom(text, vault);
    const active = await activeProvider(vault, account);
    const prober = createProber();
    let verdict;
    try {
      verdict = await testCredential(active, prober.probe);
    } finally {
      await prober.close();
    }
    if (verdict.kind !== 'works') process.exitCode = 1;
    const document = { v: 1, account: accountText(account), source: active.credentialSource };
    const { kind: result, ...details } = verdict;
    if (json === true)
      process.stdout.write(
        `${JSON.stringify({ ...document, result, models: null, status: null, why: null, ...details }, null, 2)}\n`,
      );
    else process.stdout.write(`${document.account} (${active.credentialSource}): ${sentence(verdict)}\n`);
  });
}

async function activeProvider(vault: Vault, { provider, name }: Account) {
  const { env, providers: configured, ownPort } = vault;
  const stored = await vault.read();
  const names = new Map(name === null ? [] : [[provider, name] as const]);
  const found = findActiveProviders({ env, configured, ownPort, stored, names });
  const active = found.active.find((one) => one.provider.id === provider);
  if (active === undefined) throw notUsable(found, provider, name);
  return active;
}

function notUsable({ locked, problems }: FoundProviders, provider: string, name: string | null): Problem {
  const account = accountText({ provider, name });
  const lock = locked.find(({ id }) => id === provider);
  if (lock !== undefined) return new Problem('failed', `${account} is locked.`, { hint: lock.why });
  const about = problems.filter((problem) => problem.includes(provider));
  return new Problem('failed', `There is no key ${account} that can be used.`, {
    hint: about.length === 0 ? `\`llmgw auth add ${account}\` stores one.` : about.join('\n'),
  });
}

function sentence(verdict: CredentialVerdict): string {
  switch (verdict.kind) {
    case 'works':
      return `works, ${counted(verdict.models, 'model')}`;
    case 'wrong_key':
      return `wrong key: the provider does not take it (status ${verdict.status})`;
    case 'no_network':
      return `no network: ${verdict.why}`;
    case 'cannot_be_told':
      return `cannot be told: ${verdict.why}`;
  }
}
