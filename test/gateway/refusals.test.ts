import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptSettlement } from '../../src/ledger/ledger.ts';
import { cloudEndpoint, modelServer, routedProvider, servedModel } from '../helpers/routes.ts';
import { ask, KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { freePort, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const USAGE = { prompt_tokens: 10, completion_tokens: 5 };
const COMPLETION = {
  id: 'chatcmpl-1',
  model: 'm-2026',
  choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }],
  usage: USAGE,
};

let acme: UpstreamServer;
let local: UpstreamServer;
let server: TestServer;

beforeEach(async () => {
  acme = await startUpstreamServer((response) => json(response, COMPLETION));
  local = await startUpstreamServer((response) => json(response, COMPLETION));
  server = await startTestServer(
    {},
    {
      providers: [
        routedProvider(cloudEndpoint('acme', { apiBase: `${acme.origin}/v1` }), []),
        routedProvider(cloudEndpoint('down', { apiBase: `http://127.0.0.1:${await freePort()}/v1` }), []),
      ],
      servers: [
        modelServer('ollama', ['llama3', servedModel('big:cloud', { locality: 'cloud' })], { origin: local.origin }),
      ],
      models: [
        { name: 'smart', targets: ['acme/m', 'ollama/llama3'] },
        { name: 'fallback', targets: ['down/m', 'ollama/llama3'] },
      ],
      aliases: [{ name: 'gpt-4o', targets: ['ollama/llama3'] }],
      demo: true,
    },
  );
});
afterEach(async () => {
  await server.close();
  await Promise.all([acme.close(), local.close()]);
  await server.ledger.flush();
  // Every row that was opened is settled exactly once, and the last of each exchange is its end.
  expect(server.ledger.rows.filter(({ settlements }) => settlements.length !== 1)).toEqual([]);
});

function chat(model: string, more: object = {}): Promise<Answer> {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }], ...more });
  return ask(server.server.port, {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${KEY}`, 'user-agent': 'OpenAI/Python 1.0' },
    body,
  });
}

async function settlements(count = 1): Promise<readonly AttemptSettlement[]> {
  await server.ledger.settled(count);
  await server.ledger.flush();
  expect(server.ledger.rows).toHaveLength(count);
  return server.ledger.rows.flatMap((row) => row.settlements);
}

const errorOf = ({ json: body }: Answer): { message: string; type: string; code: unknown } =>
  (body as { error: { message: string; type: string; code: unknown } }).error;

describe('an upstream’s refusal', () => {
  it.each([400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 529])(
    'keeps its status %i and says who failed',
    async (status) => {
      const headers = { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT', 'x-request-id': 'req-1' };
      acme.answer = (response) =>
        json(response, { error: { message: 'no', type: 'their_type', code: 'their_code' } }, status, headers);
      const answer = await chat('acme/m');
      expect(answer.status).toBe(status);
      expect(errorOf(answer)).toMatchObject({
        message: `acme answered ${status}: no`,
        type: 'their_type',
        code: 'their_code',
      });
      expect(answer.headers).toMatchObject(headers);
      expect((await settlements())[0]).toMatchObject({
        outcome: 'failed',
        status,
        errorCode: 'upstream_error',
        upstreamRequestId: 'req-1',
        costPico: null,
        unpriced: false,
      });
    },
  );

  it.each<[string, number, string | Buffer, Record<string, string>, string]>([
    ['a page', 200, '<html>sign in</html>', { 'content-type': 'text/html' }, 'upstream_invalid_answer'],
    ['half a JSON', 200, '{"id":', { 'content-type': 'application/json' }, 'upstream_invalid_answer'],
    ['nothing', 200, '', {}, 'upstream_invalid_answer'],
    ['too much', 200, `{"a":"${'x'.repeat(1024 * 1024)}"}`, {}, 'upstream_answer_too_large'],
    ['a redirect', 302, '', { location: 'https://elsewhere.example' }, 'upstream_redirect'],
    ['what was not asked for', 200, 'xx', { 'content-encoding': 'gzip' }, 'upstream_invalid_answer'],
    ['an error with 200', 200, '{"error":{"message":"overloaded"}}', {}, 'upstream_error'],
  ])('%s is 502', async (_what, status, body, headers, code) => {
    acme.answer = (response) => response.writeHead(status, headers).end(body);
    const answer = await chat('acme/m');
    expect([answer.status, errorOf(answer).code]).toEqual([502, code]);
    expect(errorOf(answer).message).toContain('acme');
    expect((await settlements())[0]).toMatchObject({ outcome: 'failed', errorCode: code });
  });

  it('to connect is 503 with a hint', async () => {
    const answer = await chat('down/m');
    expect([answer.status, errorOf(answer).code]).toEqual([503, 'upstream_refused']);
    expect((await settlements())[0]).toMatchObject({ outcome: 'failed', status: null, errorCode: 'upstream_refused' });
  });

  it('goes to the next target where that helps, each with a row', async () => {
    const answer = await chat('fallback');
    expect(answer.headers['x-llmgw-model']).toBe('ollama/llama3');
    const rows = await settlements(2);
    expect(rows.map(({ number, outcome, final }) => [number, outcome, final])).toEqual([
      [1, 'failed', false],
      [2, 'answered', true],
    ]);
    expect(new Set(rows.map(({ exchangeId }) => exchangeId))).toEqual(new Set([answer.headers['x-llmgw-request-id']]));
  });

  it('of the request itself does not', async () => {
    acme.answer = (response) => json(response, { error: { message: 'bad' } }, 400);
    expect((await chat('smart')).status).toBe(400);
    expect(local.calls).toHaveLength(0);
    await settlements();
  });
});

describe('a request that cannot be sent', () => {
  it.each([
    ['{"model":"nope","messages":[]}', 404, 'model_not_found', 'nope'],
    ['{"model":"acme/m"}', 400, 'missing_field', null],
    ['{"model":', 400, 'invalid_json', null],
  ])('%s is refused, with a row of number 0', async (body, status, code, requestedModel) => {
    const answer = await ask(server.server.port, {
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${KEY}` },
      body,
    });
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    expect((await settlements())[0]).toMatchObject({
      number: 0,
      outcome: 'refused',
      status,
      errorCode: code,
      costPico: null,
      unpriced: false,
    });
    expect(server.ledger.rows[0]?.opening).toMatchObject({
      target: null,
      requestedModel,
      exchangeId: answer.headers['x-llmgw-request-id'],
    });
    expect(acme.calls).toHaveLength(0);
  });
});
