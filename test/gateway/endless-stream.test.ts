import { afterEach, beforeEach, expect, it } from 'vitest';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const MAX_ANSWER_BYTES = 100_000;
const DELTA = 'data: {"id":"chatcmpl-1","model":"m","choices":[{"index":0,"delta":{"content":"on and on, "}}]}\n\n';
const END = 'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

let upstream: UpstreamServer;
let server: TestServer;
/** Resolves when the upstream has nobody to write to any more. */
let left: Promise<unknown>;
beforeEach(async () => {
  upstream = await startUpstreamServer((response, { gone }) => {
    // What nobody read is thrown away with the connection, which resets it.
    left = gone.catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'ECONNRESET' });
    });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const goOn = (): void => {
      while (!response.destroyed && response.write(DELTA.repeat(10)));
    };
    response.on('drain', goOn);
    goOn();
  });
  const endpoint = cloudEndpoint('acme', { apiBase: `${upstream.origin}/v1` });
  const providers = [routedProvider(endpoint, [])];
  server = await startTestServer({}, { providers }, { maxAnswerBytes: MAX_ANSWER_BYTES });
});
afterEach(async () => {
  await server.close();
  await upstream.close();
});

const ask = (path: string, more: object): Promise<Answer> => {
  const body = JSON.stringify({ model: 'acme/m', stream: true, ...more });
  return server.ask({ method: 'POST', path, headers: { authorization: `Bearer ${KEY}` }, body });
};
const messages = [{ role: 'user', content: 'Go on.' }];

// What is written anew is kept until its end: Responses repeat all of the text in their last event.
it.each([
  ['/v1/messages', { messages, max_tokens: 100 }],
  ['/v1/responses', { input: 'Go on.' }],
])('without an end is ended at the limit where it is translated: %s', async (path, more) => {
  const { text } = await ask(path, more);
  const last = text.trimEnd().slice(text.trimEnd().lastIndexOf('\n\n'));
  expect(last).toContain(`acme answered with more than ${MAX_ANSWER_BYTES} bytes.`);
  await left;
  await server.ledger.settled(1);
  expect(server.ledger.rows[0]?.settlements).toMatchObject([
    { outcome: 'failed', errorCode: 'upstream_answer_too_large' },
  ]);
});

it('may be longer than the limit where it passes through: nothing of it is kept', async () => {
  const long = DELTA.repeat(2 * Math.ceil(MAX_ANSWER_BYTES / DELTA.length)) + END;
  upstream.answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(long);
  };
  expect((await ask('/v1/chat/completions', { messages })).text).toBe(long);
});
