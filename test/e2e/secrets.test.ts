import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../src/daemon/status.ts';
import { makeHome, PROGRAM, startDaemon, type TestDaemon, type TestHome } from '../helpers/daemon.ts';
import { beginEvents } from '../helpers/fake-answers.ts';
import { startFakeUpstream, type FakeCall, type FakeUpstream, type Scene } from '../helpers/fake-upstream.ts';
import { startKeyring, whyNoKeyring, type Keyring } from '../helpers/keyring.ts';

const noKeyring = whyNoKeyring();
if (noKeyring !== null) console.log(`skipped: keys in a keychain, ${noKeyring}; they are in a file instead`);

/** Of no vendor's shape, so that only knowing them hides them; with characters that are written otherwise in URLs. */
const PLANTED = {
  environment: 'env+4Vq0Zr8k/P2mWbT6yLx1c=',
  config: 'cfg+Zr8kP2mW/bT6yLx1c4Vq0=',
  server: 'srv+P2mWbT6y/Lx1c4Vq0Zr8k=',
  stored: 'sto+bT6yLx1c/4Vq0Zr8kP2mW=',
  named: 'nam+Lx1c4Vq0/Zr8kP2mWbT6y=',
  password: 'pwd+c4Vq0Zr8/kP2mWbT6yLx1=',
};

let fake: FakeUpstream;
let elsewhere: FakeUpstream;
let keyring: Keyring | null;
let home: TestHome;
const outputs: string[] = [];

beforeEach(async () => {
  fake = await startFakeUpstream({ models: Object.keys(SCENES) });
  elsewhere = await startFakeUpstream();
  keyring = noKeyring === null ? await startKeyring({ prompt: 'hangs' }) : null;
  outputs.length = 0;
  home = makeHome({
    config: [
      'discovery: {enabled: false}',
      `servers: [{name: box, base_url: "${fake.apiBase}", api_key: "${PLANTED.server}"}]`,
      'providers:',
      `  openai: {base_url: "${fake.apiBase}", api_key: "${PLANTED.config}", models: [gpt-4o]}`,
      `  corp: {base_url: "${fake.apiBase}", models: [big]}`,
      '  other: {base_url: "https://other.invalid/v1", models: [big]}',
      'profile: prod',
      'profiles: {work: {credentials: {corp: work}}}',
      '',
    ].join('\n'),
    env: {
      ...keyring?.env,
      GROQ_API_KEY: PLANTED.environment,
      LLMGW_MASTER_PASSWORD: PLANTED.password,
    },
  });
});
afterEach(async () => {
  await home.remove();
  await Promise.all([fake.close(), elsewhere.close(), keyring?.close()]);
});

async function run(args: readonly string[], input = ''): Promise<number | null> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: home.env, cwd: home.folder });
  const keep = (text: string): void => void outputs.push(text);
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

const keychainOrFile = (): string[] => (keyring === null ? ['--store', 'file'] : []);

/** What the client gets, whole or as far as it came. */
async function ask(daemon: TestDaemon, model: string, stream = false, profile = ''): Promise<string> {
  const answer = await fetch(`${daemon.url}${profile}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'hello' }] }),
  });
  const head = JSON.stringify([...answer.headers]);
  try {
    return `${answer.status} ${head} ${await answer.text()}`;
  } catch (error) {
    return `${answer.status} ${head} ${String(error)}`;
  }
}

const authorizationOf = ({ headers }: FakeCall): string => headers.authorization ?? '';

/** Ways in which a provider gives the key back in its failure. */
const SCENES: Readonly<Record<string, Scene>> = {
  'quote-401': (response, call) => {
    response.writeHead(401, { 'content-type': 'application/json', 'x-request-id': 'r-1' });
    response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${authorizationOf(call)}` } }));
  },
  'quote-500': (response, call) => {
    response.writeHead(500, { 'content-type': 'text/html' });
    response.end(`<h1>Traceback</h1><pre>headers = ${JSON.stringify(call.headers)}</pre>`);
  },
  'quote-not-json': (response, call) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`{"id": "${authorizationOf(call)}`);
  },
  'quote-cut-stream': (response, call) => {
    beginEvents(response);
    response.write(`data: {"error": {"message": "bad key ${authorizationOf(call)}"}}\n\n`, () => response.destroy());
  },
  redirect: (response) => {
    response.writeHead(307, { location: `${elsewhere.apiBase}/chat/completions` });
    response.end();
  },
  hang: () => undefined,
};

describe('planted keys', () => {
  it('are in no file, no output, no argument and no environment of a child', async () => {
    for (const [model, scene] of Object.entries(SCENES)) fake.play(model, scene);
    expect(await run(['auth', 'add', 'corp', '--stdin', ...keychainOrFile()], PLANTED.stored)).toBe(0);
    expect(await run(['auth', 'add', 'corp:work', '--stdin', '--store', 'file'], PLANTED.named)).toBe(0);
    const daemon = await startDaemon({ home });
    // From here on it has read the stores.
    await daemon.manage('/llmgw/credentials/reload', 'POST');
    const answers: string[] = [];
    for (const provider of ['openai', 'corp', 'box']) {
      for (const model of Object.keys(SCENES).filter((name) => name !== 'hang')) {
        for (const stream of [false, true]) answers.push(await ask(daemon, `${provider}/${model}`, stream));
      }
    }
    answers.push(await ask(daemon, 'corp/quote-401', false, '/work'));
    const sent = new Set(fake.calls.map(authorizationOf));
    expect(sent).toEqual(
      new Set([PLANTED.config, PLANTED.stored, PLANTED.server, PLANTED.named].map((key) => `Bearer ${key}`)),
    );
    // A redirect is not followed.
    expect(elsewhere.calls).toEqual([]);

    for (const args of [
      ['list'],
      ['list', '--json'],
      ['test', 'corp'],
      ['test', 'groq'],
      ['test', 'corp:work', '--json'],
    ]) {
      await run(['auth', ...args]);
    }
    await run(['auth', 'add', 'corp', PLANTED.stored]);
    await run(['auth', 'import', '--yes', '--store', 'file']);
    for (const args of [['status'], ['status', '--json'], ['models'], ['logs'], ['spend'], ['config', 'show']])
      await run(args);

    // A keychain that is locked now keeps the process that asks it alive until its limit.
    keyring?.lock();
    const reloaded = daemon.manage('/llmgw/credentials/reload', 'POST');
    const seen = await processesUntil(reloaded, daemon.pid);
    if (keyring !== null) expect(seen.children.length).toBeGreaterThan(0);

    void ask(daemon, 'openai/hang').catch(() => undefined);
    await fake.called('hang');
    await daemon.kill();
    const next = await startDaemon({ home });
    await next.manage('/llmgw/credentials/reload', 'POST');
    const status = (await next.manage('/llmgw/status')) as StatusDocument;
    if (keyring !== null) expect(status.provider_problems.join()).toContain('corp cannot be read. The keychain');
    await next.stop();

    const printed = [daemon, next].flatMap(({ program }) => [program.stdout(), program.stderr()]);
    const places = {
      ...filesBelow(home.folder),
      answers: answers.join('\n'),
      outputs: outputs.join('\n'),
      printed: printed.join('\n'),
      status: JSON.stringify(status),
      arguments: seen.commands.join('\n'),
      children: seen.children.join('\n'),
    };
    expect(Object.keys(places)).toEqual(expect.arrayContaining(['data/ledger.sqlite', 'state/llmgw.log']));
    expect(findPlanted(places)).toEqual([]);
  }, 90_000);

  it('would be found in any of their forms', () => {
    for (const form of formsOf(PLANTED.config)) {
      expect(findPlanted({ here: `…${form}…` })).toHaveLength(1);
    }
    for (let before = 0; before < 3; before++) {
      const text = Buffer.from(`${'x'.repeat(before)}Bearer ${PLANTED.config}`).toString('base64');
      expect(findPlanted({ here: text })).toHaveLength(1);
    }
    expect(findPlanted({ here: encodeURIComponent(PLANTED.password) })).toEqual(['here: password']);
  });
});

describe('a running daemon', () => {
  it('takes over a key that is added, replaced and removed', async () => {
    const daemon = await startDaemon({ home });
    const used = async (): Promise<string | undefined> => {
      await ask(daemon, 'corp/big');
      return fake.calls.at(-1)?.headers.authorization;
    };
    expect(await used()).toBeUndefined();
    for (const key of [PLANTED.stored, PLANTED.named]) {
      expect(await run(['auth', 'add', 'corp', '--stdin', ...keychainOrFile()], key)).toBe(0);
      expect(outputs.join('')).toContain('The running daemon has taken it over.');
      expect(await used()).toBe(`Bearer ${key}`);
    }
    expect(await run(['auth', 'remove', 'corp'])).toBe(0);
    expect(await used()).toBeUndefined();
    await daemon.stop();
  });

  it('answers, starts and ends while a keychain waits for somebody', async () => {
    if (keyring === null) {
      console.log(`skipped: ${noKeyring ?? ''}`);
      return;
    }
    await run(['auth', 'add', 'corp', '--stdin'], PLANTED.stored);
    keyring.lock();
    const startedMs = performance.now();
    const daemon = await startDaemon({ home });
    expect(await ask(daemon, 'openai/gpt-4o')).toMatch(/^200 /);
    const { code } = await daemon.stop();
    expect(code).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(8000);
  });

  it('sends no key unencrypted to another machine that only the environment names', async () => {
    const env = { OPENAI_BASE_URL: 'http://192.0.2.7/v1', OPENAI_API_KEY: PLANTED.environment };
    const plain = makeHome({ env });
    const daemon = await startDaemon({ home: plain });
    const status = (await daemon.manage('/llmgw/status')) as StatusDocument;
    expect(status.providers.map(({ id }) => id)).not.toContain('openai');
    expect(status.provider_problems.join()).toMatch(/openai is at http:\/\/192\.0\.2\.7\/v1, where .* unencrypted/);
    await daemon.remove();
  });
});

/** Arguments of every process, and environment and arguments of the children of one, as long as something goes on. */
async function processesUntil(done: Promise<unknown>, parent: number) {
  const commands = new Set<string>();
  const children = new Set<string>();
  const state = { isDone: false };
  void done.finally(() => (state.isDone = true)).catch(() => undefined);
  for (;;) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const command = readOrEmpty(`/proc/${pid}/cmdline`);
      commands.add(command);
      if (new RegExp(`^PPid:\\s+${parent}$`, 'm').test(readOrEmpty(`/proc/${pid}/status`))) {
        children.add(`${command} ${readOrEmpty(`/proc/${pid}/environ`)}`);
      }
    }
    if (state.isDone) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await done;
  return { commands: [...commands], children: [...children] };
}

/** A process may end while it is looked at. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

/** All that is written, but what keys are kept in: the config by its writer, and the stores. */
function filesBelow(folder: string): Record<string, string> {
  const keep = ['config.yaml', 'data/credentials.enc', 'data/credentials.key'];
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const names = files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return Object.fromEntries(
    names.filter((name) => !keep.includes(name)).map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}

/** `place: which key` wherever one stands in plain, in base64 at any offset, in hexadecimal or as in a URL. */
function findPlanted(places: Readonly<Record<string, string>>): string[] {
  return Object.entries(places).flatMap(([place, text]) => {
    const found = Object.entries(PLANTED).filter(([, key]) => formsOf(key).some((form) => text.includes(form)));
    return found.map(([name]) => `${place}: ${name}`);
  });
}

function formsOf(key: string): string[] {
  const base64 = [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.from('x'.repeat(before) + key);
    // The characters at both ends hold bits of what stands beside the key.
    const [from, to] = [before === 0 ? 0 : before + 1, -4];
    return [bytes.toString('base64').slice(from, to), bytes.toString('base64url').slice(from, to)];
  });
  return [key, encodeURIComponent(key), Buffer.from(key).toString('hex'), ...base64];
}
