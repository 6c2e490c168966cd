import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeedSink, PublishedEvent } from '../../src/gateway/feed.ts';
import { bookAttempt } from '../../src/gateway/settlement.ts';
import { TEST_PRICES } from '../helpers/gateway.ts';
import { cloudEndpoint, modelServer, networkTarget, routedProvider } from '../helpers/routes.ts';
import { ask, KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { eventStream, json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';
import { UNKNOWN_USAGE } from '../../src/canonical/usage.ts';

const COMPLETION = { id: 'c', model: 'm', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } };
const STREAM =
  'data: {"id":"c","model":"m","choices":[{"delta":{"content":"hi"},"finish_reason":null}]}\n\n' +
  'data: {"id":"c","choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
const HEADERS = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

class CountingSink implements FeedSink {
  watched = false;
  asked = 0;
  readonly published: PublishedEvent[] = [];

  hasRoom(): boolean {
    this.asked++;
    return this.watched;
  }

  publish(event: PublishedEvent): void {
    this.published.push(event);
  }
}

let upstream: UpstreamServer;
let server: TestServer;
let feed: CountingSink;

beforeEach(async () => {
  feed = new CountingSink();
  upstream = await startUpstreamServer((response, call) => {
    if (call.body.includes('"first"')) json(response, { error: { message: 'down' } }, 503);
    else if (call.body.includes('"stream":true')) eventStream(response, STREAM);
    else json(response, COMPLETION);
  });
  server = await startTestServer(
    {},
    {
      providers: [routedProvider(cloudEndpoint('acme', { apiBase: `${upstream.origin}/v1` }), [])],
      servers: [modelServer('ollama', ['llama3'], { origin: upstream.origin })],
      models: [{ name: 'either', targets: ['acme/first', 'ollama/llama3'] }],
    },
    { feed },
  );
});
afterEach(async () => {
  await server.close();
  await upstream.close();
});

function chat(model: string, more: object = {}): Promise<Answer> {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }], ...more });
  return ask(server.server.port, { method: 'POST', path: '/v1/chat/completions', headers: HEADERS, body });
}

async function everyKind(): Promise<void> {
  await chat('acme/m');
  await chat('acme/m', { stream: true });
  await chat('either');
  await chat('acme/first');
  await chat('unknown');
  await server.gateway.idle();
}

describe('the feed', () => {
  it('is told nothing while nobody watches', async () => {
    await everyKind();
    expect([feed.published, feed.asked]).toEqual([[], 0]);
    expect(server.gateway.exchanges()).toEqual([]);
  });

  it('is told of every end once while somebody does', async () => {
    feed.watched = true;
    await everyKind();
    const ends = feed.published.flatMap((event) => (event.type === 'exchange.settled' ? event.exchange : []));
    expect(ends.map(({ outcome }) => outcome)).toEqual(['answered', 'answered', 'answered', 'failed', 'refused']);
    expect(new Set(ends.map(({ exchange }) => exchange)).size).toBe(5);
  });
});

describe('how a request was routed', () => {
  it('stands on every answer that was planned, and on no other', async () => {
    const answers = [await chat('acme/m'), await chat('acme/m', { stream: true }), await chat('acme/first')];
    for (const { headers } of answers) expect(headers['x-llmgw-route']).toMatch(/^[\x20-\x7e]+$/);
    const unknown = await chat('unknown');
    expect(unknown.headers['x-llmgw-route']).toBeUndefined();
    expect(answers[0]?.headers['x-llmgw-stand-in-for']).toBeUndefined();
  });
});

describe('what a stand-in saves', () => {
  const local = networkTarget({ ...cloudEndpoint('ollama'), locality: 'local' }, 'gpt-4o-like');
  const book = (requestedModel: string, standsInFor: string | null) =>
    bookAttempt({
      target: local,
      billing: null,
      isMocked: false,
      requestedModel,
      standsInFor,
      actualModel: null,
      usage: { ...UNKNOWN_USAGE, inputTokens: 10, outputTokens: 5 },
      relayed: null,
      mayHaveCost: true,
      at: 0,
      prices: TEST_PRICES,
    });

  it('is what the plan says it stands in for would have cost', () => {
    expect(book('fast', 'openai/gpt-4o')).toMatchObject({ stoodInFor: 'openai/gpt-4o', savedPico: 35, costPico: 0 });
  });

  it('is unknown where that has no price, and the stand-in is still one', () => {
    expect(book('claude-x', 'claude-x')).toMatchObject({ stoodInFor: 'claude-x', savedPico: null });
  });

  it('is found by the name of an alias that the plan says nothing of', () => {
    expect(book('gpt-5', null)).toMatchObject({ stoodInFor: 'gpt-5', savedPico: 35 });
    expect(book('gpt-4o-like', null)).toMatchObject({ stoodInFor: null, savedPico: null });
  });
});
