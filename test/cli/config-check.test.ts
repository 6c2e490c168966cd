import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StatusDocument } from '../../src/daemon/status.ts';
import { makeHome, PROGRAM, startDaemon, type TestHome } from '../helpers/daemon.ts';
import { startFakeUpstream } from '../helpers/fake-upstream.ts';
import { startKeyring, whyNoKeyring, type Keyring } from '../helpers/keyring.ts';

const FIRST_KEY = 'gsk_kX83hfTz0aVvQm1o';
const SECOND_KEY = 'gsk_Tz0aVvQm1okX83hf';

let home: TestHome;
let file: string;
beforeEach(() => {
  home = makeHome();
  file = join(home.folder, 'litellm.yaml');
  return () => home.remove();
});

function write(lines: readonly string[], mode = 0o600): void {
  writeFileSync(file, `${lines.join('\n')}\n`);
  chmodSync(file, mode);
}

async function check(env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout, stderr, code } = await home.run(['config', 'check', file], { env });
  const isLong = (line: string): boolean => line.length > 80 && !line.includes(file);
  expect(stdout.split('\n').filter(isLong)).toEqual([]);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout.replaceAll(file, 'FILE');
}

const entry = (name: string, params: string): string => `  - {model_name: ${name}, litellm_params: {${params}}}`;

describe('config check of a file of LiteLLM', () => {
  it('says the same of several places once, and what the names mean in each profile', async () => {
    write([
      'model_list:',
      entry('cheap', 'model: groq/llama-3.1-8b-instant, api_key: os.environ/GROQ_KEY'),
      entry('here', 'model: ollama/llama3.2'),
      entry('lost', 'model: openai/gpt-4o, api_key: os.environ/NOT_SET'),
      entry('lost', 'model: openai/gpt-4o-mini, api_key: os.environ/NOT_SET'),
      entry('own', 'model: openai/acme-1, api_base: https://api.acme.example/v1, api_key: os.environ/GROQ_KEY'),
      'litellm_settings:',
      '  success_callback: [langfuse]',
      '  failure_callback: [langfuse]',
      '  fallbacks: [{cheap: [lost, nobody]}, {lost: [cheap]}]',
      '  num_retrys: 3',
    ]);
    expect(await check({ GROQ_KEY: 'gsk_0123456789abcdef' })).toBe(`FILE is LiteLLM's: 3 deployments under 3 names
are served.

Unknown keys:
  11: litellm_settings.num_retrys: is no key that LiteLLM or llmgw knows, so
      it is not used; did you mean \`num_retries\`?

Variables that are not set:
  4, 5: NOT_SET; left out: lost

Read so, where LiteLLM does otherwise or says nothing:
  10: litellm_settings.fallbacks[0].cheap[0]: is left out with all its
      deployments, so it is not asked
  10: litellm_settings.fallbacks[0].cheap[1]: is no model_name here; it is
      asked if llmgw finds a model of that name

Not served yet:
  8, 9: litellm_settings.success_callback, failure_callback: asks for
      callbacks

No price is known for 1 of 3 deployments, so nobody knows what it costs; give it
\`input_cost_per_token\` or \`base_model\`: own (acme-example/acme-1).

The 3 names that stand first in the file, if every server answers:
  dev (local models only):
    cheap, own → ollama/llama3.2 in its place
    here → ollama/llama3.2
  prod (local and cloud models):
    cheap → groq-2/llama-3.1-8b-instant
    here → ollama/llama3.2
    own → acme-example/acme-1

FILE can be used, with 8 remarks.
`);
  });

  it('names keys in clear, with the command that stores each, and never the key', async () => {
    write(
      [
        'model_list:',
        entry('a', `model: groq/x, api_key: ${FIRST_KEY}`),
        entry('b', `model: groq/y, api_key: "${SECOND_KEY}"`),
        entry('c', `model: groq/y, api_key: ${FIRST_KEY}`),
        entry('d', `model: groq/z, api_base: https://proxy.example/v1, api_key: another-${SECOND_KEY}`),
        entry('e', 'model: openai/x, api_base: http://127.0.0.1:9/v1, api_key: not-needed-here'),
        'general_settings: {master_key: sk-9f8e7d6c5b4a3210}',
      ],
      0o644,
    );
    const said = (await check()).replace(/\s+/g, ' ');
    expect(said).toContain(
      'Keys that whoever sees this file has: ' +
        '2, 4: model_list[0, 2].litellm_params.api_key: `llmgw auth add groq:a --config FILE`, ' +
        'then write keychain:groq:a there 3: model_list[1].litellm_params.api_key: `llmgw auth add groq:b --config FILE`',
    );
    expect(said).toContain('write keychain:groq-proxy-example there');
    expect(said).toContain(' 7: general_settings.master_key Where no command stands');
    expect(said).toContain('Other users of this machine can read this file: chmod 600 FILE');
    expect(said).not.toContain('model_list[4]');
    for (const key of [FIRST_KEY, SECOND_KEY, 'sk-9f8e']) expect(said).not.toContain(key);
  });

  it('warns of keys in headers, and of those that look like none, where others can read the file', async () => {
    const provider = (key: string) => ['providers:', `  acme: {base_url: "https://acme.example/v1", ${key}}`];
    write(provider(`headers: {Authorization: Bearer ${FIRST_KEY}}`), 0o644);
    const said = (await check()).replace(/\s+/g, ' ');
    expect(said).toContain(' 2: providers.acme.headers.Authorization Where no command stands');
    expect(said).toContain('Other users of this machine can read this file: chmod 600 FILE');
    write(provider('api_key: short-key'), 0o644);
    expect(await check()).toContain('other users of this machine can read this key');
  });

  it('as JSON has the same, and no key', async () => {
    write(['model_list:', entry('a', `model: groq/x, api_key: ${FIRST_KEY}`)]);
    const { stdout } = await home.run(['config', 'check', file, '--json']);
    expect(stdout).not.toContain(FIRST_KEY);
    expect(JSON.parse(stdout)).toMatchObject({
      v: 1,
      ok: true,
      keys: [{ line: 2, path: 'model_list[0].litellm_params.api_key', account: 'groq' }],
      readableByOthers: false,
      outlook: {
        namesFrom: 'file',
        deployments: 1,
        unpriced: [{ name: 'a', target: 'groq-2/x' }],
        profiles: [
          { profile: 'dev', answers: [{ name: 'a', targets: [], refusal: { code: 'no_local_model' } }] },
          { profile: 'prod', answers: [{ name: 'a', targets: ['groq-2/x'], refusal: null }] },
        ],
      },
    });
  });

  it('goes by the names that were asked for most, where there is a ledger', async () => {
    const upstream = await startFakeUpstream({ models: ['x'] });
    write([
      'model_list:',
      ...['a', 'b'].map((name) => entry(name, `model: openai/x, api_base: "${upstream.apiBase}"`)),
    ]);
    const daemon = await startDaemon({ home, args: ['--config', file], profile: null });
    for (const model of ['b', 'a', 'b']) {
      const answer = await fetch(`${daemon.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello.' }] }),
      });
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
    await daemon.stop();
    await upstream.close();
    expect(await check()).toMatch(/The 2 names asked for most, if every server answers:\n.*:\n {4}b, a → /);
    write(['model_list:', entry('new', `model: openai/x, api_base: "${upstream.apiBase}"`)]);
    expect(await check()).toContain('The name that stands first in the file');
  });
});

describe('config check beside a ledger that cannot be read', () => {
  it('goes by the names of the file', async () => {
    mkdirSync(join(home.folder, 'data'), { recursive: true });
    writeFileSync(
      join(home.folder, 'data', 'ledger.sqlite'),
      'this is no database, and longer than its header is: '.repeat(9),
    );
    write(['model_list:', entry('here', 'model: ollama/llama3.2')]);
    expect(await check()).toContain('The name that stands first in the file');
  });
});

describe("config check of llmgw's own file", () => {
  it('says what is dead, what hides, what has no price, and what each profile does', async () => {
    write([
      'providers:',
      `  acme: {dialect: openai-chat, base_url: "https://api.acme.example/v1", api_key: ${FIRST_KEY}}`,
      'models:',
      '  chat: {deployments: [{target: acme/big}], fallbacks: [chatt]}',
      '  priced: {deployments: [{target: acme/big, price: {input: 1, output: 2}}]}',
      '  groq/llama-3.1-8b-instant: acme/small',
      'profiles: {work: {allow: cloud, stand_in: none}}',
    ]);
    const said = await check();
    expect(said).toMatch(/FILE:4:\d+: models\.chat\.fallbacks\[0\]: .*did you mean `chat`\?/);
    expect(said).toMatch(/FILE:6:3: models\["groq\/llama-3\.1-8b-instant"\]: hides the model/);
    const flat = said.replace(/\s+/g, ' ');
    expect(flat).toContain(' 2: providers.acme.api_key: `llmgw auth add acme --config FILE`, then write');
    expect(flat).toContain(
      'No price is known for 2 of 3 deployments, so nobody knows what it costs; give it `price:` or `price_as:`: ' +
        'chat (acme/big), groq/llama-3.1-8b-instant (acme/small).',
    );
    expect(said).toContain('  prod (local and cloud models), work (cloud models only):\n    chat, priced → acme/big\n');
  });
});

const whyNot = whyNoKeyring() ?? (spawnSync('which', ['script']).status === 0 ? null : 'script is not installed');
if (whyNot !== null) console.warn(`skipped: keys are not moved to a keychain, ${whyNot}`);

/** What a command prints on a terminal where each of its questions gets one of the answers. */
async function inTerminal(command: string, answers: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const terminal = spawn('script', ['-qec', `${process.execPath} ${PROGRAM} ${command}`, '/dev/null'], { env });
  const left = [...answers];
  let shown = '';
  let asked = 0;
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    for (const questions = shown.split('[y/N] ').length - 1; asked < questions; asked++) {
      terminal.stdin.write(`${left.shift() ?? ''}\n`);
    }
  });
  await once(terminal, 'close');
  return shown;
}

describe.skipIf(whyNot !== null)('with a terminal', () => {
  let keyring: Keyring;
  beforeAll(async () => {
    keyring = await startKeyring();
  });
  afterAll(() => keyring.close());

  it('asks for each key, moves it to the keychain, and names it in the file', async () => {
    write(
      [
        '# not the place: gsk_kX83hfTz0aVvQm1o',
        'model_list:',
        entry('a', `model: groq/x, api_key: "${FIRST_KEY}"`),
        entry('b', `model: groq/y, api_key: ${SECOND_KEY}`),
        entry('c', `model: groq/z, api_key: ${FIRST_KEY}`),
      ],
      0o644,
    );
    const answers = await inTerminal(`config check ${file}`, ['y', 'n'], { ...home.env, ...keyring.env });
    expect(answers).toContain('Move the key in line 3, 5 to the keychain, and write keychain:groq:a there?');
    expect(answers).not.toContain(FIRST_KEY);
    expect(keyring.entries()).toEqual(['groq:a']);
    expect(readFileSync(file, 'utf8')).toBe(
      [
        '# not the place: gsk_kX83hfTz0aVvQm1o',
        'model_list:',
        entry('a', 'model: groq/x, api_key: "keychain:groq:a"'),
        entry('b', `model: groq/y, api_key: ${SECOND_KEY}`),
        entry('c', 'model: groq/z, api_key: keychain:groq:a'),
        '',
      ].join('\n'),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // And the daemon takes it from there.
    const { stdout } = await home.run(['auth', 'list', '--config', file], { env: keyring.env });
    expect(stdout).toContain('groq:a');
  });

  it('lets a daemon that follows the file have the key before the file names it', async () => {
    const upstream = await startFakeUpstream({ models: ['x'] });
    const real = join(home.folder, 'kept-elsewhere.yaml');
    const text = [
      '\uFEFFdiscovery: {enabled: false}',
      'providers:',
      `  acme: {dialect: openai-chat, base_url: "${upstream.apiBase}", api_key: KEY}`,
      'models: {m: acme/x}',
    ].join('\n');
    writeFileSync(real, text.replace('KEY', FIRST_KEY), { mode: 0o600 });
    symlinkSync(real, file);
    Object.assign(home.env, keyring.env);
    const daemon = await startDaemon({ home, args: ['--config', file] });
    const loadedAt = async () => ((await daemon.manage('/llmgw/status')) as StatusDocument).config.loaded_at;
    const before = await loadedAt();
    const shown = await inTerminal(`config check ${file}`, ['y'], home.env);
    expect(shown).toContain('The running daemon has taken it over.');
    expect(readFileSync(real, 'utf8')).toBe(text.replace('KEY', 'keychain:acme'));
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    await vi.waitFor(async () => expect(await loadedAt()).not.toBe(before), { timeout: 10_000, interval: 100 });
    const answer = await fetch(`${daemon.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello.' }] }),
    });
    expect({ status: answer.status, text: await answer.text() }).toMatchObject({ status: 200 });
    expect(upstream.callsOf('x').at(-1)?.headers.authorization).toBe(`Bearer ${FIRST_KEY}`);
    await daemon.stop();
    await upstream.close();
  });
});
