import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../src/daemon/status.ts';
import { startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { startFakeModelServer } from '../helpers/fake-model-server.ts';
import { startFakeUpstream } from '../helpers/fake-upstream.ts';
import { freePort } from '../helpers/upstream-server.ts';
import { clientOf, eventually, ledgerRows, only } from './stage.ts';

/** The default ports: what listens there on the machine of whoever runs this is not the test's. */
const DEFAULT_PORTS =
  '11434, 1234, 8080, 9931, 8000, 30000, 3000, 1337, 12434, 5001, 5000, 13305, 4891, 23333, 5272, 5273, 4000, 8081, ' +
  '8001, 8008, 9000';
const DISCOVERY = `discovery: {enabled: true, interval: 1s, ignore: [${DEFAULT_PORTS}]}\n`;
/** How soon what changes on the machine must be known. */
const FOLLOWED_MS = 10_000;
const MESSAGES = [{ role: 'user' as const, content: 'hello' }];

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

function closing<Closable extends { close(): Promise<void> }>(one: Closable): Closable {
  cleanUp.push(() => one.close());
  return one;
}

async function daemonWith(config: string, env: NodeJS.ProcessEnv = {}): Promise<TestDaemon> {
  const daemon = await startDaemon({ config, env });
  cleanUp.push(() => daemon.remove());
  return daemon;
}

async function names(client: OpenAI): Promise<string[]> {
  return (await client.models.list()).data.map(({ id }) => id).toSorted();
}

/** Waits until the list of models is so, for as long as following may take. */
async function listed(client: OpenAI, expected: readonly string[]): Promise<void> {
  const wanted = [...expected].toSorted().join();
  let latest: string[] = [];
  await eventually(
    `/v1/models is ${wanted}`,
    async () => {
      latest = await names(client);
      return latest.join() === wanted ? true : null;
    },
    FOLLOWED_MS,
  ).catch((cause: unknown) => {
    throw new Error(`/v1/models is ${latest.join()}`, { cause });
  });
}

async function serverNames(daemon: TestDaemon): Promise<string[]> {
  return ((await daemon.manage('/llmgw/status')) as StatusDocument).servers.map(({ name }) => name);
}

const OLLAMA_MODELS = ['tiny-embed:latest', 'tiny-hello:latest', 'tiny-think:latest', 'tiny:latest'];

describe('a model server that comes and goes', () => {
  it('Ollama: its models are served within 10 s, follow its list, and go with it', async () => {
    const port = await freePort();
    const daemon = await daemonWith(DISCOVERY, { OLLAMA_HOST: `127.0.0.1:${port}` });
    const client = clientOf(daemon);
    expect(await names(client)).toEqual([]);

    const ollama = await startFakeModelServer('ollama-0.34.0', { port });
    ollama.hidden = ['tiny-tools:latest'];
    await listed(client, OLLAMA_MODELS);
    expect(await serverNames(daemon)).toEqual([`ollama-${port}`]);
    expect(await client.models.retrieve('tiny-think:latest')).toMatchObject({
      owned_by: `ollama-${port}`,
      context_length: 2048,
      capabilities: ['chat', 'completion', 'thinking'],
    });
    await chatsAndStreams(daemon, 'tiny', `ollama-${port}`, '(((hello', 'hello');
    expect(
      ollama.requests
        .map(({ question }) => question)
        .filter((question) => question.startsWith('POST') && question !== 'POST /api/show'),
    ).toEqual(Array(2).fill('POST /api/chat'));

    ollama.hidden = [];
    await listed(client, [...OLLAMA_MODELS, 'tiny-tools:latest']);
    ollama.hidden = OLLAMA_MODELS;
    await listed(client, ['tiny-tools:latest']);

    await ollama.close();
    await listed(client, []);
    const failure: unknown = await client.chat.completions
      .create({ model: 'tiny', messages: MESSAGES })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 404, code: 'model_not_found' });
    expect((failure as Error).message).toContain('was on a local server that is not running now');

    closing(await startFakeModelServer('ollama-0.34.0', { port }));
    await listed(client, [...OLLAMA_MODELS, 'tiny-tools:latest']);
    await chatsAndStreams(daemon, 'tiny', `ollama-${port}`, '(((hello', 'hello');
    const said = daemon.home
      .read('state/llmgw.log')
      .split('\n')
      .filter((line) => line.includes(`"ollama-${port}"`));
    expect(said.length).toBeGreaterThanOrEqual(5);
  }, 60_000);

  it('several of them: merged under one name, each reachable by its own, in the order of the config', async () => {
    const vllm = closing(await startFakeModelServer('vllm', { key: 'vllm-key-1' }));
    const llama = closing(await startFakeModelServer('llama.cpp'));
    const daemon = await daemonWith(
      `servers:\n  - {name: gpu, base_url: "${vllm.origin}", api_key: vllm-key-1}\n${DISCOVERY}`,
      { LLAMA_ARG_PORT: String(llama.port) },
    );
    await listed(clientOf(daemon), ['tiny']);
    const { servers } = (await daemon.manage('/llmgw/status')) as StatusDocument;
    expect(servers.map(({ name, kind, state, locality }) => ({ name, kind, state, locality }))).toEqual([
      { name: 'gpu', kind: 'vllm', state: 'ready', locality: 'local' },
      { name: `llama.cpp-${llama.port}`, kind: 'llama.cpp', state: 'ready', locality: 'local' },
    ]);
    await chatsAndStreams(daemon, 'tiny', 'gpu', null, ' fora');
    await chatsAndStreams(daemon, `llama.cpp-${llama.port}/tiny`, `llama.cpp-${llama.port}`, 'Mhavha haves the', '8zs');
    expect(vllm.requests.every(({ headers }) => headers.authorization === 'Bearer vllm-key-1')).toBe(true);
    // A key of one server goes to no other.
    expect(llama.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('a server that wants a key that nobody gave: said, and asked for nothing more', async () => {
    const vllm = closing(await startFakeModelServer('vllm', { key: 'vllm-key-1' }));
    const daemon = await daemonWith(`servers: [{name: gpu, base_url: "${vllm.origin}"}]\n${DISCOVERY}`);
    const { servers } = (await daemon.manage('/llmgw/status')) as StatusDocument;
    expect(servers).toMatchObject([{ name: 'gpu', state: 'locked', models: [] }]);
    await expect(
      clientOf(daemon).chat.completions.create({ model: 'gpu/tiny', messages: MESSAGES }),
    ).rejects.toMatchObject({ status: 404, code: 'no_credential' });
  });
});

/** A whole answer and a streamed one, as they were recorded; both are free and in the ledger. */
async function chatsAndStreams(
  daemon: TestDaemon,
  model: string,
  provider: string,
  whole: string | null,
  streamed: string,
): Promise<void> {
  const client = clientOf(daemon);
  const { data, response } = await client.chat.completions.create({ model, messages: MESSAGES }).withResponse();
  expect(response.headers.get('x-llmgw-provider')).toBe(provider);
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  if (whole !== null) expect(data.choices[0]?.message.content).toBe(whole);
  let text = '';
  const stream = await client.chat.completions.create({ model, messages: MESSAGES, stream: true });
  for await (const { choices } of stream) text += only(choices).delta.content ?? '';
  if (streamed !== '') expect(text.endsWith(streamed)).toBe(true);
  const rows = await eventually('both are booked', () => {
    const last = ledgerRows(daemon.home.folder).slice(-2);
    return last.every(({ outcome }) => outcome !== null) ? last : null;
  });
  // 19 tokens of prompt in each recording, three or four in each streamed answer.
  const booked = { provider, outcome: 'answered', local: 1, cost_pico: 0, unpriced: 0, estimated: 0, input_tokens: 19 };
  expect(rows).toMatchObject([
    { ...booked, stream: 0 },
    { ...booked, stream: 1, output_tokens: provider.startsWith('ollama') ? 4 : 3 },
  ]);
}

describe('what is no model server', () => {
  it('is asked twice at most, by name, and then left alone', async () => {
    const seen: { question: string; agent: string | undefined }[] = [];
    const devServer = http.createServer((request, response) => {
      seen.push({ question: `${request.method ?? ''} ${request.url ?? ''}`, agent: request.headers['user-agent'] });
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>My shop</title>');
    });
    devServer.listen(0, '127.0.0.1');
    await once(devServer, 'listening');
    cleanUp.push(async () => {
      devServer.closeAllConnections();
      devServer.close();
      await once(devServer, 'close');
    });
    const { port } = devServer.address() as AddressInfo;
    const box = closing(await startFakeModelServer('llama.cpp'));
    const daemon = await daemonWith(`servers: [{name: box, base_url: "${box.origin}"}]\n${DISCOVERY}`, {
      OLLAMA_HOST: `http://127.0.0.1:${port}`,
    });
    expect(await serverNames(daemon)).toEqual(['box']);
    // A server of the config is asked every round: five more rounds have passed.
    const rounds = box.requests.filter(({ question }) => question === 'GET /v1/models').length;
    await box.asked('GET /v1/models', rounds + 5);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.length).toBeLessThanOrEqual(2);
    expect(seen.every(({ question }) => question.startsWith('GET '))).toBe(true);
    expect(seen.map(({ agent }) => agent)).toEqual(
      seen.map(() => expect.stringMatching(/^llmgw-discovery\b/) as string),
    );
    const atFirst = seen.length;
    await daemon.home.run(['scan']);
    expect(seen.length).toBeGreaterThan(atFirst);
    expect(seen.length).toBeLessThanOrEqual(2 * atFirst);
  }, 30_000);
});

describe('a local model under a provider’s name', () => {
  it('is never asked of the provider, neither while its server is there nor after', async () => {
    const name = 'openai/gpt-oss-20b';
    const openai = closing(await startFakeUpstream());
    const vllm = await startFakeModelServer('vllm', { name });
    const config =
      `providers: {openai: {base_url: "${openai.apiBase}", api_key: sk-fake, models: [gpt-4o]}}\n` +
      `servers: [{name: gpu, base_url: "${vllm.origin}"}]\n${DISCOVERY}`;
    const daemon = await daemonWith(config);
    await listed(clientOf(daemon), [name, 'openai/gpt-4o']);
    const ask = (of: TestDaemon) => clientOf(of).chat.completions.create({ model: name, messages: MESSAGES });
    expect((await ask(daemon)).object).toBe('chat.completion');

    await vllm.close();
    // Before discovery has seen it the server is refused, afterwards the name is unknown: never is it the provider's.
    await expect(ask(daemon)).rejects.toThrow(/^(503|404) /);
    await listed(clientOf(daemon), ['openai/gpt-4o']);
    await expect(ask(daemon)).rejects.toMatchObject({ status: 404, code: 'model_not_found' });

    await daemon.stop();
    const next = await startDaemon({ home: daemon.home });
    await expect(ask(next)).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    await next.stop();
    expect(openai.calls).toEqual([]);
  }, 40_000);
});
