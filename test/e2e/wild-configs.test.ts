import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PROVIDERS } from '../../src/providers/table.ts';
import { makeHome, startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { EVERYTHING_GOES_THERE, startEveryUpstream, type EveryUpstream } from '../helpers/every-upstream.ts';
import { sharedFolder } from '../helpers/shared-folder.ts';

/** Files as people run them, which are not a part of the project. */
const FOLDER = sharedFolder('wild-configs');
const files = FOLDER === null ? [] : readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
/** Enough of the names of long files; each deployment of the others is counted all the same. */
const MOST_ASKED = 20;
const LIMIT_MS = 60_000;

interface Entry {
  readonly model_name: string;
  readonly litellm_params: { readonly model: string; readonly api_base?: string };
  readonly model_info?: { readonly mode?: string };
}

let folder: string;
let upstream: EveryUpstream;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-wild-'));
  writeFileSync(join(folder, 'network.mjs'), EVERYTHING_GOES_THERE);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    type: 'service_account',
    project_id: 'my-project',
    client_email: 'me@my-project.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: 'https://oauth2.googleapis.com/token',
  };
  writeFileSync(join(folder, 'google.json'), JSON.stringify(account));
  upstream = await startEveryUpstream();
});
afterAll(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the variables of a file hold, and what their machines have beside that. */
function environmentOf(text: string): Record<string, string> {
  const names = Array.from(text.matchAll(/os\.environ\/(\w+)/g), ([, name]) => name ?? '');
  return {
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret-of-the-machine',
    AWS_REGION: 'us-east-1',
    ...Object.fromEntries(
      PROVIDERS.flatMap(({ keyVariables }) => keyVariables.map((one) => [one, 'key-of-the-machine'])),
    ),
    GITHUB_API_KEY: 'key-of-the-machine',
    AZURE_API_BASE: 'https://machine.openai.azure.com',
    GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'google.json'),
    ...Object.fromEntries(names.map((name) => [name, valueOf(name)])),
    NODE_OPTIONS: `--import=${pathToFileURL(join(folder, 'network.mjs')).href}`,
    EVERY_UPSTREAM: String(upstream.port),
  };
}

/** What a variable is named for decides what it must look like. */
function valueOf(name: string): string {
  if (/REGION/.test(name)) return 'eu-west-1';
  if (name === 'GOOGLE_APPLICATION_CREDENTIALS') return join(folder, 'google.json');
  if (/AZURE.*(BASE|ENDPOINT)/.test(name)) return `https://${name.toLowerCase().replaceAll('_', '-')}.openai.azure.com`;
  if (/URL|BASE|ENDPOINT/.test(name)) return `https://${name.toLowerCase().replaceAll('_', '-')}.example/v1`;
  if (/MODEL/.test(name)) return 'openai/some-model';
  return `value-of-${name.toLowerCase()}`;
}

/** Nothing here can ask them: they sign in with a person's subscription, or speak an API of their own. */
const LEFT_OUT = /^(?:chatgpt|sagemaker)\//;

/** Embeddings of Bedrock and pictures of Gemini have APIs of their own, which llmgw does not speak: 400 says so. */
const NOT_ANSWERED = /^bedrock\/amazon\.titan-embed|^gemini\/.*-image/;

async function ask(daemon: TestDaemon, key: string, path: string, body: object): Promise<[number, string]> {
  const answer = await fetch(daemon.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return [answer.status, await answer.text()];
}

async function askToHear(daemon: TestDaemon, key: string, model: string): Promise<[number, string]> {
  const form = new FormData();
  form.set('model', model);
  form.set('file', new Blob(['sound']), 'sound.wav');
  const answer = await fetch(`${daemon.url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: form,
  });
  return [answer.status, await answer.text()];
}

/** As a client asks who has read what the model is for. */
function askFor(daemon: TestDaemon, key: string, model: string, { litellm_params, model_info }: Entry) {
  const what = `${model_info?.mode ?? ''} ${litellm_params.model}`;
  if (/whisper|transcri|stt/i.test(what)) return askToHear(daemon, key, model);
  if (/tts|kokoro|speech/i.test(what)) {
    return ask(daemon, key, '/v1/audio/speech', { model, input: 'Hello.', voice: 'alloy' });
  }
  if (/dall-e|image_generation|gpt-image/i.test(what)) {
    return ask(daemon, key, '/v1/images/generations', { model, prompt: 'A house.' });
  }
  if (/embed|bge|ada-002/i.test(what)) return ask(daemon, key, '/v1/embeddings', { model, input: 'Hello.' });
  if (/^ text-completion/.test(what)) return ask(daemon, key, '/v1/completions', { model, prompt: 'Hello.' });
  return ask(daemon, key, '/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hello.' }] });
}

async function deploymentsOf(daemon: TestDaemon, key: string, model: string): Promise<number> {
  const address = `${daemon.url}/llmgw/route?model=${encodeURIComponent(model)}`;
  const answer = await fetch(address, { headers: { authorization: `Bearer ${key}` } });
  const route = (await answer.json()) as { group: { deployments: unknown[] } | null };
  return route.group?.deployments.length ?? 0;
}

/** A name that a wildcard takes. */
const askedName = (name: string): string => name.replace(/\*/g, 'some-model');

describe.runIf(FOLDER !== null)("LiteLLM's files as people run them", { timeout: LIMIT_MS }, () => {
  it.concurrent.each(files)('%s: starts, keeps each deployment, and answers for its names', async (name) => {
    const text = readFileSync(join(FOLDER ?? '', name), 'utf8');
    const written = parse(text, { merge: true }) as { model_list: Entry[]; general_settings?: { master_key?: string } };
    const entries = written.model_list.filter(({ litellm_params: { model } }) => !LEFT_OUT.test(model));
    for (const { litellm_params: one } of entries) {
      if (!one.model.startsWith('ollama')) continue;
      const host = new URL(one.api_base ?? 'http://localhost:11434').host;
      const model = one.model.replace(/^ollama(?:_chat)?\//, '');
      upstream.ollamas.set(host, [...(upstream.ollamas.get(host) ?? []), model]);
    }
    const home = makeHome({ env: environmentOf(text) });
    const file = join(home.folder, 'litellm.yaml');
    writeFileSync(file, text, { mode: 0o600 });
    const daemon = await startDaemon({ home, args: ['--config', file], profile: null });
    try {
      const master = written.general_settings?.master_key;
      const key =
        master === undefined ? daemon.key : master.replace(/^os\.environ\/(\w+)$/, (_, one: string) => valueOf(one));
      const names = new Map<string, Entry[]>();
      for (const entry of entries) names.set(entry.model_name, [...(names.get(entry.model_name) ?? []), entry]);
      const failed: unknown[] = [];
      for (const [model, same] of names) {
        const [first] = same;
        if (first === undefined) continue;
        const kept = await deploymentsOf(daemon, master === undefined ? daemon.adminToken : key, askedName(model));
        if (kept < same.length && !first.litellm_params.model.startsWith('auto_router')) {
          failed.push(`${model}: ${kept} of ${same.length} deployments`);
        }
      }
      for (const [model, [first]] of [...names].slice(0, MOST_ASKED)) {
        if (first === undefined) continue;
        const [status, said] = await askFor(daemon, key, askedName(model), first);
        const expected = NOT_ANSWERED.test(first.litellm_params.model) ? 400 : 200;
        if (status !== expected) failed.push(`${model}: ${status} ${said.slice(0, 300)}`);
      }
      expect(failed).toEqual([]);
      expect(/(?:is|are) left out,/.test(daemon.program.stdout())).toBe(entries.length < written.model_list.length);
    } finally {
      await daemon.remove();
    }
  });
});
