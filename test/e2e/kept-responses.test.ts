import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { startFakeUpstream, type FakeUpstream } from '../helpers/fake-upstream.ts';
import { CHAT_TEXT } from '../helpers/fake-answers.ts';
import { clientOf, only } from './stage.ts';

/** In what is asked, and nowhere but in the one file. */
const SECRET = 'the-mole-is-in-Trondheim';

let upstream: FakeUpstream;
let daemon: TestDaemon | null = null;
beforeAll(async () => {
  upstream = await startFakeUpstream({ models: ['tiny'] });
});
afterAll(() => upstream.close());
afterEach(async () => {
  await daemon?.remove();
  daemon = null;
});

async function start(responses = ''): Promise<TestDaemon> {
  const config = [
    'discovery: {enabled: false}',
    `servers: [{name: box, base_url: "${upstream.apiBase}", local: true}]`,
    responses,
  ].join('\n');
  daemon = await startDaemon({ config, env: { LLMGW_LOG_LEVEL: 'trace' } });
  return daemon;
}

/** Ends the daemon and starts it anew in the same place. */
async function restart(): Promise<TestDaemon> {
  if (daemon === null) throw new Error('no daemon runs');
  const { home } = daemon;
  await daemon.stop();
  daemon = await startDaemon({ home });
  return daemon;
}

const fileIn = ({ home }: TestDaemon): string => join(home.folder, 'data', 'responses.db');
const messagesOf = (index: number): unknown => upstream.callsOf('tiny').at(index)?.fields['messages'];

async function refusal(asked: Promise<unknown>): Promise<unknown> {
  const error: unknown = await asked.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OpenAI.APIError)) throw new Error('it was answered');
  return { status: error.status as number, code: error.code, param: error.param };
}
const NOT_FOUND = { status: 400, code: 'previous_response_not_found', param: 'previous_response_id' };

describe('a file that cannot be opened', () => {
  it('costs no answer, and is in the status', async () => {
    const started = await start();
    const { home } = started;
    const manage = (path: string) => started.manage(path);
    expect(await manage('/llmgw/status')).toMatchObject({ responses: { store: 'on', problem: null } });
    mkdirSync(join(home.folder, 'data', 'responses.db'));
    const client = clientOf(started);
    expect((await client.responses.create({ model: 'box/tiny', input: 'hi' })).output_text).toBe(CHAT_TEXT);
    const path = join(home.folder, 'data', 'responses.db');
    expect(await manage('/llmgw/status')).toMatchObject({
      responses: { path, store: 'on', problem: expect.stringMatching(/directory|open|permitted/i) as unknown },
    });
    expect((await home.run(['status'])).stdout).toContain('no conversation can be kept or gone on with');
  });
});

describe('a conversation of the SDK’s over a chat upstream', () => {
  it('goes on by its id across a restart, and only responses.db holds what was said', async () => {
    const first = await clientOf(await start()).responses.create({ model: 'box/tiny', input: `remember: ${SECRET}` });
    expect(first.output_text).toBe(CHAT_TEXT);
    const again = clientOf(await restart());
    const stream = again.responses.stream({ model: 'box/tiny', input: 'what was it?', previous_response_id: first.id });
    const second = await stream.finalResponse();
    const asked = [
      { role: 'user', content: `remember: ${SECRET}` },
      { role: 'assistant', content: CHAT_TEXT },
      { role: 'user', content: 'what was it?' },
    ];
    expect(messagesOf(-1)).toEqual(asked);
    const third = await again.responses.create({ model: 'box/tiny', input: 'sure?', previous_response_id: second.id });
    expect(messagesOf(-1)).toHaveLength(5);

    const kept = await again.responses.retrieve(second.id);
    // The SDK adds `parsed` to what comes in a stream.
    expect(second.output).toMatchObject(kept.output);
    expect(kept.usage).toEqual(second.usage);
    const items = await again.responses.inputItems.list(third.id, { order: 'asc', limit: 2 });
    const all: unknown[] = [];
    for await (const item of items) all.push(item);
    expect(all).toHaveLength(5);
    await again.responses.delete(third.id);
    await expect(again.responses.retrieve(third.id)).rejects.toMatchObject({ status: 404 });
    await expect(again.responses.cancel(second.id)).rejects.toMatchObject({ status: 400 });

    const running = daemon;
    if (running === null) throw new Error('no daemon runs');
    if (process.platform !== 'win32') expect(statSync(fileIn(running)).mode & 0o777).toBe(0o600);
    await running.stop();
    const holding = filesBelow(running.home.folder).filter((file) => {
      const bytes = readFileSync(file);
      return bytes.includes(SECRET) || bytes.includes(CHAT_TEXT);
    });
    expect(only(holding)).toBe(fileIn(running));
    expect(running.program.stdout() + running.program.stderr()).not.toContain(SECRET);
  });

  it('as Codex has it sends everything each time, and nothing is kept', async () => {
    const client = clientOf(await start());
    const stream = await client.responses.create({
      model: 'box/tiny',
      instructions: 'You are a coding agent.',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'list the files' }] }],
      tools: [{ type: 'function', name: 'shell', parameters: { type: 'object' }, strict: false }],
      tool_choice: 'auto',
      parallel_tool_calls: false,
      reasoning: null,
      store: false,
      stream: true,
      include: [],
      prompt_cache_key: '0198f0d2-8f0a-7000-8000-000000000000',
    });
    let id = '';
    for await (const event of stream) if (event.type === 'response.completed') id = event.response.id;
    expect(id).toMatch(/^resp_/);
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    expect(await refusal(client.responses.create({ model: 'box/tiny', input: 'x', previous_response_id: id }))).toEqual(
      NOT_FOUND,
    );
    if (daemon !== null) expect(existsSync(fileIn(daemon))).toBe(false);
  });

  it('is not kept while the config says so', async () => {
    const running = await start('responses: {store: off}');
    const client = clientOf(running);
    const { id } = await client.responses.create({ model: 'box/tiny', input: 'x' });
    expect(await refusal(client.responses.create({ model: 'box/tiny', input: 'y', previous_response_id: id }))).toEqual(
      NOT_FOUND,
    );
    expect(existsSync(fileIn(running))).toBe(false);
  });

  it('answers to nobody else’s key', async () => {
    const running = await start();
    const { id } = await clientOf(running).responses.create({ model: 'box/tiny', input: SECRET });
    const { stdout } = await running.home.run(['key', 'add', 'other']);
    const other = new OpenAI({
      apiKey: /sk-llmgw-\S+/.exec(stdout)?.[0] ?? '',
      baseURL: `${running.url}/v1`,
      maxRetries: 0,
    });
    expect(await refusal(other.responses.create({ model: 'box/tiny', input: 'x', previous_response_id: id }))).toEqual(
      NOT_FOUND,
    );
    await expect(other.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    await expect(other.responses.delete(id)).rejects.toMatchObject({ status: 404 });
    await expect(clientOf(running).responses.retrieve(id)).resolves.toMatchObject({ id });
  });

  it('is gone after `keep`', async () => {
    const running = await start('responses: {keep: 1m}');
    const { id } = await clientOf(running).responses.create({ model: 'box/tiny', input: 'x' });
    await running.stop();
    const database = new Database(fileIn(running));
    const { changes } = database.prepare('UPDATE responses SET created_at = created_at - 60_001').run();
    database.close();
    expect(changes).toBe(1);
    const client = clientOf(await restart());
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    expect(await refusal(client.responses.create({ model: 'box/tiny', input: 'y', previous_response_id: id }))).toEqual(
      NOT_FOUND,
    );
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
