import { afterEach, beforeEach, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import { errorOf } from '../helpers/exchange-stage.ts';
import { recording } from '../helpers/recordings.ts';
import { modelServer, servedModel } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// The context that Ollama loads a model with is a guess of ours: the tokens of a prompt are known to nobody before.

const DONE = { model: 'm', message: { role: 'assistant', content: 'hi' }, done: true, done_reason: 'stop' };
const OVERFLOW = recording('ollama-0.34.0', 'api-oversize-native-truncate-false');

let upstream: UpstreamServer;
let server: TestServer | null = null;
let needed: number;
/** The tokens of the prompt that the upstream tells when it does not fit. */
let told: number;
beforeEach(async () => {
  needed = 0;
  told = 9_018;
  upstream = await startUpstreamServer((response, { body }) => {
    if (contextIn(body) >= needed) json(response, DONE);
    else {
      response.writeHead(OVERFLOW.status, { 'content-type': 'application/json' });
      response.end(String(OVERFLOW.body).replaceAll('9018', String(told)));
    }
  });
});
afterEach(async () => {
  await server?.gateway.idle();
  await server?.close();
  await upstream.close();
});

function contextIn(body: Buffer): number {
  return (JSON.parse(String(body)) as { options: { num_ctx: number } }).options.num_ctx;
}

/** `model`: another in each test, since what was asked for is remembered. */
async function chat(model: string, contextLength: number, overrides: Partial<GatewayOptions> = {}): Promise<Answer> {
  const { origin } = upstream;
  server ??= await startTestServer(
    {},
    { servers: [modelServer('ollama', [servedModel(model, { contextLength })], { kind: 'ollama', origin })] },
    overrides,
  );
  return server.ask({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: `ollama/${model}`, messages: [{ role: 'user', content: 'hello' }] }),
  });
}

afterEach(() => {
  server = null;
});

const asked = (): readonly number[] => upstream.calls.map(({ body }) => contextIn(body));

it('grows once by a step when the prompt did not fit, each time with a row of its own', async () => {
  needed = 16_384;
  expect((await chat('grows', 131_072)).status).toBe(200);
  expect(asked()).toEqual([8_192, 16_384]);
  await server?.gateway.idle();
  expect(server?.ledger.rows.map(({ opening, settlements }) => [opening.number, settlements[0]?.outcome])).toEqual([
    [1, 'failed'],
    [2, 'answered'],
  ]);
  // The next request asks for no less.
  await chat('grows', 131_072);
  expect(asked()).toEqual([8_192, 16_384, 16_384]);
});

it('grows at once to what the prompt takes by the count of the upstream, and what an answer does', async () => {
  needed = 64_000;
  told = 64_000;
  expect((await chat('counted', 131_072)).status).toBe(200);
  // A context of 64k would have left too little room for the answer.
  expect(asked()).toEqual([8_192, 131_072]);
});

it('does not load the model anew for a prompt that it cannot have', async () => {
  needed = 262_144;
  told = 140_000;
  expect(errorOf(await chat('beyond', 131_072)).code).toBe('context_length_exceeded');
  expect(asked()).toEqual([8_192]);
});

it('grows no second time', async () => {
  needed = 65_536;
  const answer = await chat('stays', 131_072);
  expect(errorOf(answer).code).toBe('context_length_exceeded');
  expect(asked()).toEqual([8_192, 16_384]);
});

it('does not grow beyond what the model has', async () => {
  needed = 65_536;
  const answer = await chat('small', 8_192);
  expect(answer.status).toBe(400);
  expect(asked()).toEqual([8_192]);
});

it('is not remembered of a request that the limits refuse', async () => {
  let refuses = true;
  const admit = (): { settle: () => void } => {
    if (refuses) throw new GatewayError('budget_exceeded', 'No more of that.');
    return { settle: () => undefined };
  };
  const long = 'x '.repeat(40_000);
  const body = (content: string): string =>
    JSON.stringify({ model: 'ollama/refused', messages: [{ role: 'user', content }] });
  await chat('refused', 131_072, { limits: { admit } });
  const question = {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
  };
  expect(errorOf((await server?.ask({ ...question, body: body(long) })) as Answer).code).toBe('budget_exceeded');
  refuses = false;
  await server?.ask({ ...question, body: body('hello') });
  expect(asked()).toEqual([8_192]);
});
