import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadLiteLlm } from '../../src/config/litellm/load.ts';
import { readTextFile } from '../../src/config/read-file.ts';
import { makeHome, startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { EVERYTHING_GOES_THERE, startEveryUpstream, type EveryUpstream } from '../helpers/every-upstream.ts';
import { ARTICLES, CASES, type Asked } from './litellm-cases.ts';
import { eventually, exchangeIdOf, ledgerRows } from './stage.ts';

/** Files of LiteLLM's, each with one thing that its author means. */
const FILES = join(import.meta.dirname, '../fixtures/litellm/routes');
const KEYS = {
  OPENAI_API_KEY: 'key-of-openai',
  GROQ_API_KEY: 'key-of-groq',
  HOUSE_KEY: 'key-of-the-house',
  ANTHROPIC_API_KEY: 'key-of-anthropic',
};

let folder: string;
let upstream: EveryUpstream;
let daemon: TestDaemon;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-routes-'));
  writeFileSync(join(folder, 'network.mjs'), EVERYTHING_GOES_THERE);
  upstream = await startEveryUpstream();
  upstream.ollamas.set('192.168.1.20:11434', ['qwen3:32b']).set('localhost:11434', ['llama3.1:8b']);
  const preload = `--import=${pathToFileURL(join(folder, 'network.mjs')).href}`;
  const home = makeHome({ env: { ...KEYS, NODE_OPTIONS: preload, EVERY_UPSTREAM: String(upstream.port) } });
  file = join(home.folder, 'litellm.yaml');
  cpSync(join(FILES, 'parts'), join(home.folder, 'parts'), { recursive: true });
  writeFileSync(file, 'model_list: []\n', { mode: 0o600 });
  daemon = await startDaemon({ home, args: ['--config', file], profile: null });
});
afterAll(async () => {
  await daemon.remove();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The daemon follows its file. */
async function use(name: string, firstModel: string): Promise<void> {
  const folderOf = name.startsWith('article-') ? join(FILES, '..') : FILES;
  writeFileSync(file, readFileSync(join(folderOf, `${name}.yaml`)), { mode: 0o600 });
  await eventually(`${name} is in force`, async () => {
    const answer = await fetch(`${daemon.url}/v1/models`, { headers: { authorization: `Bearer ${daemon.key}` } });
    const { data } = (await answer.json()) as { data: { id: string }[] };
    return data.some(({ id }) => id === firstModel) ? true : null;
  });
}

function send({ model, more = {}, headers = {} }: Asked): Promise<Response> {
  return fetch(`${daemon.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello.' }], ...more }),
  });
}

async function costOf(answer: Response): Promise<number | null> {
  return eventually('the attempt is booked', () => {
    const rows = ledgerRows(daemon.home.folder).filter((row) => row.exchange_id === exchangeIdOf(answer.headers));
    return rows.find(({ final }) => final === 1)?.cost_pico ?? null;
  });
}

const HOSTS: Readonly<Record<string, string>> = { 'api.openai.com': 'openai', 'api.groq.com': 'groq' };
const callsSince = (count: number): string[] =>
  upstream.calls.slice(count).map(({ model, host }) => `${model} @ ${HOSTS[host] ?? host}`);

describe("LiteLLM's file", () => {
  it.each(Object.entries({ ...CASES, ...ARTICLES }))(
    '%s: requests go where its author meant',
    async (name, { asks }) => {
      await use(name, asks[0]?.model ?? '');
      for (const asked of asks) {
        const before = upstream.calls.length;
        const answer = await send(asked);
        const text = await answer.text();
        expect(callsSince(before), text).toEqual(asked.goesTo);
        expect(answer.status, text).toBe(asked.status ?? 200);
        const last = upstream.calls.at(-1);
        if (asked.sent !== undefined) expect(last?.body).toMatchObject(asked.sent);
        for (const field of asked.lacks ?? []) expect(last?.body).not.toHaveProperty(field);
        if (asked.key !== undefined) expect(last?.headers.authorization).toBe(`Bearer ${asked.key}`);
        if (asked.answer !== undefined) expect(JSON.parse(text)).toMatchObject(asked.answer);
        if (asked.costPico !== undefined) expect(await costOf(answer)).toBe(asked.costPico);
      }
    },
  );

  it('extra_headers go along', () => {
    expect(upstream.calls.findLast(({ model }) => model === 'given')?.headers['x-team']).toBe('blue');
  });

  it('max_parallel_requests: what has no room goes to another deployment', async () => {
    await use('parallel', 'narrow');
    const before = upstream.calls.length;
    const asked: Asked = { model: 'narrow', goesTo: [] };
    const first = send(asked);
    await eventually('the first is under way', () => (upstream.calls.length > before ? true : null));
    const second = await send(asked);
    expect([second.status, (await first).status]).toEqual([200, 200]);
    expect(callsSince(before)).toEqual(['narrow-a-slow @ openai', 'narrow-b @ groq']);
  });

  it.each(Object.entries(CASES))('%s: what is read otherwise than LiteLLM reads it is said', (name, { notes = [] }) => {
    const { reading } = loadLiteLlm(readTextFile(join(FILES, `${name}.yaml`)), KEYS, 'leave out');
    const said = reading.notes.map(({ line, path, message }) => `${line} ${path}: ${message}`);
    expect(said.map((note, index) => note.slice(0, notes[index]?.length))).toEqual(notes);
  });

  it('each file of the folder has its case', () => {
    const names = readdirSync(FILES).flatMap((name) => (name.endsWith('.yaml') ? [name.slice(0, -5)] : []));
    expect(names.toSorted()).toEqual([...Object.keys(CASES), 'parallel'].toSorted());
  });
});
