import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHome, startDaemon, type TestDaemon, type TestHome } from '../helpers/daemon.ts';
import { startFakeUpstream, type FakeUpstream } from '../helpers/fake-upstream.ts';

const MASTER = 'sk-1234';
const FIRST_KEY = 'first-key-of-the-environment';
const SECOND_KEY = 'second-key-of-the-dotenv';

let first: FakeUpstream;
let second: FakeUpstream;
let home: TestHome;
let daemon: TestDaemon;
let file: string;

const fileWith = (models: string): string => `model_list:
${models}
general_settings:
  master_key: ${MASTER}
  database_url: os.environ/DATABASE_URL
litellm_settings:
  cache: true
router_settings:
  num_retrys: 3
`;
const deployment = (name: string, model: string, base: string, key: string): string =>
  `  - model_name: ${name}
    litellm_params: {model: openai/${model}, api_base: "${base}", api_key: os.environ/${key}}`;

beforeAll(async () => {
  [first, second] = await Promise.all([
    startFakeUpstream({ models: ['model-a', 'model-n', 'model-z'] }),
    startFakeUpstream({ models: ['model-b', 'model-c'] }),
  ]);
  home = makeHome({ env: { FIRST_KEY } });
  file = join(home.folder, 'litellm_config.yaml');
  writeFileSync(join(home.folder, '.env'), `SECOND_KEY=${SECOND_KEY}\n`, { mode: 0o600 });
  const models = [
    deployment('one', 'model-a', first.apiBase, 'FIRST_KEY'),
    deployment('two', 'model-b', second.apiBase, 'SECOND_KEY'),
    deployment('three', 'model-c', second.apiBase, 'NEVER_SET'),
  ];
  writeFileSync(file, fileWith(models.join('\n')), { mode: 0o600 });
  daemon = await startDaemon({
    home,
    args: ['--config', file, '--num_workers', '4', '--detailed_debug'],
    profile: null,
  });
});
afterAll(async () => {
  await daemon.remove();
  await Promise.all([first.close(), second.close()]);
});

function ask(model: string, key = MASTER): Promise<Response> {
  return fetch(`${daemon.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello.' }] }),
  });
}

describe("LiteLLM's file", () => {
  it('is served as its author meant, with keys of the environment and of the .env beside it', async () => {
    expect((await ask('one')).status).toBe(200);
    expect((await ask('two')).status).toBe(200);
    expect(first.callsOf('model-a').map(({ headers }) => headers.authorization)).toEqual([`Bearer ${FIRST_KEY}`]);
    expect(second.callsOf('model-b').map(({ headers }) => headers.authorization)).toEqual([`Bearer ${SECOND_KEY}`]);
  });

  it('leaves out what a missing variable stands before, and nothing else', async () => {
    expect((await ask('three')).status).toBe(400);
  });

  it("is answered with LiteLLM's headers, errors and statuses", async () => {
    const { headers } = await ask('one');
    expect(headers.get('x-litellm-version')).toMatch(/^1\.\d+\.\d+\+llmgw\./);
    expect(headers.get('x-litellm-model-api-base')).toBe(first.apiBase);
    expect(headers.get('x-litellm-call-id')).toBe(headers.get('x-llmgw-request-id'));
    expect(await (await ask('three')).json()).toMatchObject({
      error: { code: '400', message: expect.stringMatching(/^Invalid model name passed in model=three\./) as unknown },
    });
    expect(await (await ask('one', 'sk-12345')).json()).toMatchObject({
      error: { code: '401', type: 'token_not_found_in_db', param: 'key' },
    });
  });

  it('lets in who has its master key, below /llmgw/ too, and nobody with another', async () => {
    expect((await ask('one', 'sk-12345')).status).toBe(401);
    const status = (key: string) => fetch(`${daemon.url}/llmgw/status`, { headers: { 'x-litellm-api-key': key } });
    expect((await status(MASTER)).status).toBe(200);
    expect((await status(daemon.key)).status).toBe(401);
  });

  it('is summed up at the start, and each remark is in the log', () => {
    const printed = daemon.program.stdout().replace(/\s+/g, ' ');
    expect(printed).toMatch(/2 deployments under 2 names are served\./);
    for (const said of ['three (model_list[2]', 'NEVER_SET', 'caches', 'database']) expect(printed).toContain(said);
    expect(home.read('state/llmgw.log')).toContain('did you mean `num_retries`?');
  });

  it('is followed while it is changed', async () => {
    writeFileSync(file, fileWith(deployment('new', 'model-n', first.apiBase, 'FIRST_KEY')), { mode: 0o600 });
    await expect.poll(async () => (await ask('new')).status, { timeout: 10_000 }).toBe(200);
    expect((await ask('two')).status).toBe(400);
  });
});

describe('llmgw config', () => {
  it('check tells what is served, and every remark with its line', async () => {
    const { stdout, code } = await home.run(['config', 'check', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\d+: router_settings\.num_retrys: [^.]*did you mean `num_retries`/);
    expect(stdout.replace(/\s+/g, ' ')).toContain("is LiteLLM's: 1 deployment under 1 name is served.");
  });

  it("import writes the native form, which is llmgw's own and private, and never over a file", async () => {
    const out = join(home.folder, 'native.yaml');
    const imported = () => home.run(['config', 'import', file, '--out', out]);
    expect(await imported()).toMatchObject({ code: 0, stdout: `Wrote ${out}.\n` });
    if (process.platform !== 'win32') expect(statSync(out).mode & 0o777).toBe(0o600);
    const text = readFileSync(out, 'utf8');
    expect(text).toContain('api_key: ${FIRST_KEY}');
    expect(text).not.toContain(FIRST_KEY.slice(0, 12));
    expect((await home.run(['config', 'check', out])).stdout).toContain(`${out} is fine`);
    expect((await imported()).code).toBe(6);
    expect(readFileSync(out, 'utf8')).toBe(text);
    expect((await home.run(['config', 'import', out])).code).not.toBe(0);
  });
});

describe('a master key that everybody knows', () => {
  it('is for this machine alone', async () => {
    const other = makeHome();
    const { stderr, code } = await other.run([
      'start',
      '--foreground',
      '--config',
      file,
      '--host',
      '0.0.0.0',
      '--port',
      '0',
    ]);
    expect(code).toBe(5);
    expect(stderr).toContain('easily guessed');
    await other.remove();
  });
});

describe('llmgw start --model', () => {
  it('serves one model without a file', async () => {
    const args = ['--model', 'openai/model-z', '--alias', 'zed', '--api_base', first.apiBase];
    const other = await startDaemon({ args, profile: null });
    try {
      const answer = await fetch(`${other.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${other.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'zed', messages: [{ role: 'user', content: 'Hello.' }] }),
      });
      expect(answer.status).toBe(200);
      expect(first.callsOf('model-z')).toHaveLength(1);
    } finally {
      await other.remove();
    }
  });
});
