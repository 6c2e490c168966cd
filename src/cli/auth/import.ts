import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { StoreKind } from '../../credentials/key-store.ts';
import type { StoredCredentials } from '../../credentials/stored-credentials.ts';
import { Problem } from '../../daemon/problem.ts';
import { PROVIDERS } from '../../providers/table.ts';
import { Secret } from '../../std/secret.ts';
import { counted } from '../render/text.ts';
import { confirm } from './confirm.ts';
import { parseDotenv } from './dotenv.ts';
import { agreesToPassword } from './password-takeover.ts';
import { objectionTo, storeKey, whereItLies } from './store-key.ts';
import { tellDaemon } from './tell-daemon.ts';
import { withVault, type Vault } from './vault.ts';

export interface ImportOptions {
  /** Path of a file; left out: `.env` of this folder, where there is one. */
  readonly from?: string;
  readonly yes?: true;
  readonly store: StoreKind;
}

/** A key that lies in the open. */
interface Candidate {
  readonly provider: string;
  readonly variable: string;
  /** `the environment`, or the path of a file. */
  readonly where: string;
  readonly secret: Secret;
}

const ENVIRONMENT = 'the environment';

/** Stores what the environment and a `.env` file hold, asking for each; no value is shown, nor a part of one. */
export async function importKeys(options: ImportOptions): Promise<void> {
  await withVault({}, async (vault) => {
    const { candidates, notes } = findCandidates(vault.env, options.from ?? null);
    for (const note of notes) process.stderr.write(`llmgw: ${note}\n`);
    if (candidates.length === 0) {
      process.stdout.write('No key was found in the environment or in a .env file.\n');
      return;
    }
    const wanted = await wantedOf(candidates, await vault.read(), options);
    const agrees = wanted.length === 0 || (await agreesToPassword(vault, options.store, options.yes !== true));
    await storeAll(vault, agrees ? wanted : [], options);
  });
}

/** Those that were stored before one could not be are told of all the same. */
async function storeAll(vault: Vault, wanted: readonly Candidate[], options: ImportOptions): Promise<void> {
  const stored: Candidate[] = [];
  try {
    for (const candidate of wanted) {
      await storeKey(vault, { provider: candidate.provider, name: null }, candidate.secret, options.store);
      stored.push(candidate);
    }
  } finally {
    if (stored.length > 0 || wanted.length === 0) process.stdout.write(await summary(vault, stored, options));
  }
}

async function summary(vault: Vault, stored: readonly Candidate[], { store }: ImportOptions): Promise<string> {
  if (stored.length === 0) return 'Nothing was stored.\n';
  const names = stored.map(({ provider }) => provider).join(', ');
  const lines = [`Stored ${counted(stored.length, 'key')} (${names}) in ${whereItLies(vault, store)}.`];
  for (const where of new Set(stored.map((one) => one.where))) {
    const here = stored.filter((one) => one.where === where);
    const variables = here.map(({ variable }) => variable).join(', ');
    lines.push(`They still lie in the open: ${variables} in ${where}. Nothing of llmgw needs them there any more.`);
  }
  const told = await tellDaemon(
    vault.places,
    stored.map(({ provider }) => provider),
  );
  return `${[...lines, ...(told === null ? [] : [told])].join('\n')}\n`;
}

function findCandidates(env: NodeJS.ProcessEnv, named: string | null): { candidates: Candidate[]; notes: string[] } {
  const path = resolve(named ?? '.env');
  const text = readEnvFile(path, named !== null);
  const sources = [
    { where: ENVIRONMENT, values: env },
    ...(text === null ? [] : [{ where: path, values: parseDotenv(text) }]),
  ];
  const candidates: Candidate[] = [];
  const notes: string[] = [];
  for (const { id: provider, keyVariables } of PROVIDERS) {
    for (const { where, values } of sources) {
      for (const variable of keyVariables) {
        const secret = new Secret(values[variable]?.trim() ?? '');
        if (secret.reveal() === '') continue;
        const taken = candidates.find((one) => one.provider === provider);
        if (taken?.secret.reveal() === secret.reveal()) continue;
        const objection = objectionTo(secret, { provider, name: null });
        const name = `${variable} in ${where}`;
        if (objection !== null) notes.push(`${name} is left out: ${objection}.`);
        else if (taken !== undefined)
          notes.push(`${name} is left out: it is another key than ${taken.variable} in ${taken.where}.`);
        else candidates.push({ provider, variable, where, secret });
      }
    }
  }
  return { candidates, notes };
}

async function wantedOf(
  candidates: readonly Candidate[],
  stored: StoredCredentials,
  { yes, store }: ImportOptions,
): Promise<Candidate[]> {
  const wanted: Candidate[] = [];
  for (const candidate of candidates) {
    const { provider, variable, where, secret } = candidate;
    const before = stored.keys.find((key) => key.account === provider && key.store === store)?.reading ?? null;
    if (before?.kind === 'found' && before.secret.reveal() === secret.reveal()) {
      process.stdout.write(`${provider}: ${variable} in ${where} is stored already.\n`);
      continue;
    }
    const replaces = before !== null && before.kind !== 'missing';
    if (replaces && yes === true) {
      process.stdout.write(`${provider}: another key is stored already; \`llmgw auth add ${provider}\` replaces it.\n`);
      continue;
    }
    const instead = replaces ? ', replacing another key' : '';
    const question = `${provider}: store ${variable} of ${where} in the ${store}${instead}?`;
    if (yes === true || (await isWanted(question))) wanted.push(candidate);
  }
  return wanted;
}

async function isWanted(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new Problem('usage', 'Standard input is not a terminal, so nobody can be asked which keys to store.', {
      hint: '`llmgw auth import --yes` stores all that are found and not stored yet.',
    });
  }
  const answer = await confirm(question);
  if (answer === 'interrupted') throw new Problem('failed', 'Interrupted; nothing was stored.');
  return answer === 'yes';
}

function readEnvFile(path: string, isNamed: boolean): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    // A folder called .env is a virtual environment of Python.
    if (!isNamed && (code === 'ENOENT' || code === 'EISDIR')) return null;
    throw new Problem('usage', `${path} cannot be read (${String(code)}).`, { cause: error });
  }
}
