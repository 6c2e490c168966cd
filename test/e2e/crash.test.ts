import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../src/daemon/status.ts';
import { makeHome, startDaemon, type TestHome } from '../helpers/daemon.ts';
import { beginEvents, chatEvents, eventText } from '../helpers/fake-answers.ts';
import { startFakeUpstream, type FakeUpstream, type Scene } from '../helpers/fake-upstream.ts';
import { clientOf, ledgerRows } from './stage.ts';

const WORKERS = 64;
const CALLS_BEFORE_KILL = 800;
const PIECE_MS = 4;

let fake: FakeUpstream;
let home: TestHome;
beforeEach(async () => {
  fake = await startFakeUpstream();
  const provider = `openai: {base_url: "${fake.apiBase}", api_key: sk-fake, models: [gpt-4o]}`;
  home = makeHome({ config: `discovery: {enabled: false}\nproviders: {${provider}}\n` });
});
afterEach(async () => {
  await home.remove();
  await fake.close();
});

/** A stream that takes its time, so that many are under way at any moment. */
const slowly: Scene = (response, call) => {
  beginEvents(response);
  const events = [...chatEvents(call), '[DONE]'];
  const timer = setInterval(() => {
    const event = events.shift();
    if (event !== undefined) response.write(eventText(event));
    if (events.length > 0) return;
    clearInterval(timer);
    response.end();
  }, PIECE_MS);
  response.once('close', () => {
    clearInterval(timer);
  });
};

describe('kill -9 under load', () => {
  it.each([1, 2, 3])(
    'leaves a row for every call that the upstream counted (time %i)',
    async () => {
      const daemon = await startDaemon({ home });
      const loads = Array.from({ length: WORKERS }, (_, worker) => load(clientOf(daemon), worker));
      await fake.counted(CALLS_BEFORE_KILL);
      await daemon.kill();
      const answered = new Set((await Promise.all(loads)).flat());
      expect(answered.size).toBeGreaterThan(0);
      // What was on its way to the upstream when the daemon died arrives before its connection closes.
      await Promise.all(fake.calls.map(({ socket }) => closed(socket)));

      const { port } = new URL(daemon.url);
      const next = await startDaemon({ home, args: ['--port', port] });
      expect(next.url).toBe(daemon.url);
      const rows = ledgerRows(home.folder);
      const byName = new Map(rows.map((row) => [row.requested_model, row]));
      const counted = fake.calls.map(({ model }) => `openai/${model}`);
      expect(counted.length).toBeGreaterThanOrEqual(CALLS_BEFORE_KILL);
      expect(counted.filter((name) => !byName.has(name))).toEqual([]);
      expect(byName.size).toBe(rows.length);

      const outcomes = new Set(rows.map(({ outcome }) => outcome));
      expect([...outcomes].toSorted()).toEqual(['abandoned', 'answered']);
      const abandoned = rows.filter(({ outcome }) => outcome === 'abandoned');
      expect(abandoned.length).toBeLessThanOrEqual(3 * WORKERS);
      expect(abandoned.every((row) => row.settled_at !== null && row.cost_pico === null)).toBe(true);
      expect(((await next.manage('/llmgw/status')) as StatusDocument).ledger.abandoned_at_start).toBe(abandoned.length);

      expect(await chat(clientOf(next), 'after-the-crash', false)).toBe('openai/after-the-crash');
      expect(await next.stop()).toMatchObject({ code: 0 });
    },
    60_000,
  );
});

async function closed(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, 'close');
}

/** Calls one after another until the daemon is gone, each under a name of its own: which were answered whole. */
async function load(client: ReturnType<typeof clientOf>, worker: number): Promise<string[]> {
  const answered: string[] = [];
  for (let number = 0; ; number++) {
    const isStream = (worker + number) % 2 === 0;
    const name = `load-${worker}-${number}`;
    if (isStream) fake.play(name, slowly);
    try {
      answered.push(await chat(client, name, isStream));
    } catch (error) {
      // The connection broke: the daemon is gone. Everything else that could be thrown has a status.
      if ((error as { status?: unknown }).status !== undefined) throw error;
      return answered;
    }
  }
}

async function chat(client: ReturnType<typeof clientOf>, name: string, stream: boolean): Promise<string> {
  const model = `openai/${name}`;
  const answer = await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hi' }], stream });
  if (Symbol.asyncIterator in answer) for await (const chunk of answer) expect(chunk.model).toBe(name);
  return model;
}
