import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf, startExchangeStage, type ExchangeStage } from '../helpers/exchange-stage.ts';
import { ask, KEY } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

let stage: ExchangeStage;
let acme: UpstreamServer;
let local: UpstreamServer;
let server: TestServer;
beforeEach(async () => {
  stage = await startExchangeStage();
  ({ acme, local, server } = stage);
});
afterEach(() => stage.close());

const chat: ExchangeStage['chat'] = (model, more) => stage.chat(model, more);
const settlements: ExchangeStage['settlements'] = (count) => stage.settlements(count);

describe('an upstream’s refusal', () => {
  it.each([400, 401, 403, 404, 409, 413, 422, 429, 500, 503])(
    'keeps its status %i and says who failed',
    async (status) => {
      const headers = { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT', 'x-request-id': 'req-1' };
      acme.answer = (response) =>
        json(response, { error: { message: 'no', type: 'their_type', code: 'their_code' } }, status, headers);
      const answer = await chat('acme/m');
      expect(answer.status).toBe(status);
      // A rate limit is told in the words that OpenAI's clients act on.
      const words = { type: 'rate_limit_error', code: 'rate_limit_exceeded' };
      expect(errorOf(answer)).toMatchObject({
        message: `acme answered ${status}: no`,
        ...(status === 429 ? words : { type: 'their_type', code: 'their_code' }),
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

  it('of 529, which only Anthropic has, is 503 to a client of OpenAI, and stays 529 in the ledger', async () => {
    acme.answer = (response) => json(response, { error: { message: 'busy', type: 'overloaded_error' } }, 529);
    expect((await chat('acme/m')).status).toBe(503);
    expect((await settlements())[0]).toMatchObject({ status: 529 });
  });

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
    ['{"model":"acme/m"}', 400, 'missing_field', 'acme/m'],
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

describe('a request that is refused before any attempt', () => {
  it.each<[string, string, string, string | null, string]>([
    ['a field of another type', '/v1/chat/completions', '{"model":"acme/m","messages":7}', 'acme/m', 'invalid_body'],
    ['a field that is missing', '/v1/messages', '{"model":"acme/m"}', 'acme/m', 'missing_field'],
    ['the same at an endpoint of Gemini', '/v1beta/models/acme/m:generateContent', '{}', 'acme/m', 'missing_field'],
    ['no model', '/v1/chat/completions', '{"messages":[]}', null, 'missing_field'],
  ])('has a row under the name that was asked for: %s', async (_what, path, body, requestedModel, errorCode) => {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const { status } = await ask(server.server.port, { method: 'POST', path, headers, body });
    const [settlement] = await settlements();
    expect(settlement).toMatchObject({ number: 0, outcome: 'refused', final: true, status, errorCode, costPico: null });
    expect(server.ledger.rows[0]?.opening).toMatchObject({ requestedModel, target: null, provider: null });
    expect(acme.calls).toEqual([]);
  });
});
