import { afterEach, beforeEach, expect, it } from 'vitest';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

let upstream: UpstreamServer;
let server: TestServer;
beforeEach(async () => {
  upstream = await startUpstreamServer((response, { url, body }) => {
    if (url.endsWith(':embedContent')) json(response, { embedding: { values: [1, 2] } });
    else if (url.endsWith(':predict')) {
      const { instances } = JSON.parse(String(body)) as { instances: unknown[] };
      const embeddings = { values: [1, 2], statistics: { token_count: 3, truncated: false } };
      json(response, { predictions: instances.map(() => ({ embeddings })) });
    } else json(response, { error: { code: 404, message: `no ${url}`, status: 'NOT_FOUND' } }, 404);
  });
  const quirks = { ...PLAIN_QUIRKS, flavour: 'google-cloud' } as const;
  const endpoint = cloudEndpoint('vertex', { dialect: 'gemini', apiBase: `${upstream.origin}/v1beta1`, quirks });
  server = await startTestServer({}, { providers: [routedProvider(endpoint, [])] });
});
afterEach(async () => {
  await server.close();
  await upstream.close();
});

function ask(path: string, body: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  return server.ask({ method: 'POST', path, headers, body: JSON.stringify(body) });
}

const OLD = 'vertex/text-embedding-005';
const NEW = 'vertex/gemini-embedding-2';
const content = (text: string): object => ({ content: { parts: [{ text }] } });

it.each([
  ['/v1/embeddings', { model: OLD, input: ['one', 'two'] }, 'text-embedding-005:predict', 2],
  ['/v1/embeddings', { model: NEW, input: 'one' }, 'gemini-embedding-2:embedContent', 1],
  ['/api/embed', { model: OLD, input: ['one', 'two'] }, 'text-embedding-005:predict', 2],
  ['/api/embeddings', { model: NEW, prompt: 'one' }, 'gemini-embedding-2:embedContent', 1],
  [`/v1beta/models/${OLD}:embedContent`, content('one'), 'text-embedding-005:predict', 1],
  [`/v1beta/models/${NEW}:embedContent`, content('one'), 'gemini-embedding-2:embedContent', 1],
  [
    `/v1beta/models/${OLD}:batchEmbedContents`,
    { requests: [content('one'), content('two')].map((one) => ({ model: 'models/m', ...one })) },
    'text-embedding-005:predict',
    2,
  ],
])('embeds for %s with %j', async (path, body, asked, count) => {
  const answer = await ask(path, body);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.text.replaceAll(' ', '').split('[1,2]')).toHaveLength(count + 1);
  expect(upstream.calls.map(({ url }) => url)).toEqual([`/v1beta1/models/${asked}`]);
});

it.each([
  ['/v1/embeddings', { model: NEW, input: ['one', 'two'] }, 'input[1]'],
  [`/v1beta/models/${NEW}:batchEmbedContents`, { requests: [content('one'), content('two')] }, 'requests[1]'],
])('refuses more than one text at %s where Vertex takes one', async (path, body, place) => {
  const answer = await ask(path, body);
  expect(answer.status).toBe(400);
  expect(answer.text).toContain(`\`${place}\` is one too many`);
  expect(upstream.calls).toEqual([]);
});
