import http from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({}, { demo: true });
});
afterEach(async () => {
  await server.close();
  await server.ledger.flush();
  expect(server.ledger.rows.filter(({ settlements }) => settlements.length !== 1)).toEqual([]);
});

const HEADERS = { authorization: `Bearer ${KEY}` };
const bodyOf = (more: object): string =>
  JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'hello' }], ...more });

function post(body: string, path = '/v1/chat/completions'): Promise<Answer> {
  return ask(server.server.port, { method: 'POST', path, headers: HEADERS, body });
}

describe('demo/echo', () => {
  it('answers whole and streamed, with usage and a price, and is marked', async () => {
    const whole = await post(bodyOf({}));
    expect(whole.json).toMatchObject({
      choices: [{ message: { content: 'You said: hello' } }],
      usage: { prompt_tokens: 1, completion_tokens: 3 },
    });
    expect(whole.headers['x-llmgw-cost-usd']).toBe('0.000007');
    const streamed = await post(bodyOf({ stream: true, stream_options: { include_usage: true } }));
    expect(streamed.text).toMatch(
      /"content":"You".*"content":" said:".*"finish_reason":"stop".*"usage":\{.*\[DONE\]\n\n$/s,
    );
    expect((await post(bodyOf({ stream: true }))).text).not.toContain('"usage"');
    await server.ledger.settled(3);
    for (const { opening, settlements } of server.ledger.rows) {
      expect(opening).toMatchObject({ demo: true, target: 'demo/echo' });
      expect(settlements[0]).toMatchObject({
        outcome: 'answered',
        costPico: 7_000_000,
        usage: { inputTokens: 1, outputTokens: 3 },
      });
    }
  });

  it('completes a prompt', async () => {
    const answer = await post('{"model":"demo/echo","prompt":"hello"}', '/v1/completions');
    expect(answer.json).toMatchObject({ object: 'text_completion', choices: [{ text: 'You said: hello' }] });
  });

  it('makes no embeddings', async () => {
    const answer = await post('{"model":"demo/echo","input":"a"}', '/v1/embeddings');
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'endpoint_not_supported' } } });
  });

  it('stops when its client leaves', async () => {
    const { port } = server.server;
    const request = http.request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/v1/chat/completions',
      headers: HEADERS,
    });
    request.on('error', () => undefined);
    request.end(bodyOf({ stream: true, messages: [{ role: 'user', content: 'a '.repeat(400) }] }));
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(response, 'data');
    response.destroy();
    await server.ledger.settled(1);
    expect(server.ledger.rows[0]?.settlements[0]?.outcome).toBe('client_left');
  });

  it('stands prompts of any form', async () => {
    const nested = `${'[{"text":'.repeat(200)}"x"${'}]'.repeat(200)}`;
    const messages = `[{"content":${nested}},7,null,{"content":["a",{"text":"b"},{"text":3}]}]`;
    expect((await post(`{"model":"demo/echo","messages":${messages}}`)).text).toContain('You said: ab');
    expect((await post('{"model":"demo/echo","messages":[]}')).status).toBe(200);
  });
});
