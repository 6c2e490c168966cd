import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import type { PublishedEvent } from '../../src/gateway/feed.ts';
import { MediaRoom } from '../../src/gateway/media-room.ts';
import type { FetchMedia } from '../../src/upstream/fetch-media.ts';
import { COMPLETION, errorOf } from '../helpers/exchange-stage.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, Question, TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// Targets that cannot take what is in a request: `blind` takes no images, `inline` their bytes alone, `far` addresses.

let upstream: UpstreamServer;
let server: TestServer | null = null;
let fetched: string[];
beforeEach(async () => {
  fetched = [];
  upstream = await startUpstreamServer((response) => json(response, COMPLETION));
});
afterEach(async () => {
  await server?.gateway.idle();
  await server?.close();
  await upstream.close();
});

const cannotFetch: FetchMedia = (url) => {
  fetched.push(url);
  return Promise.resolve({ kind: 'failed', reason: 'bad_status', problem: 'answered with status 404' });
};

async function start(overrides: Partial<GatewayOptions> = {}): Promise<TestServer> {
  const at = (name: string, images: 'url' | 'inline' | 'none', origin = upstream.origin) =>
    routedProvider(
      // Another dialect than the client's, so that the request is written anew.
      cloudEndpoint(name, { dialect: 'ollama', apiBase: origin, quirks: { ...PLAIN_QUIRKS, images } }),
      [],
    );
  const far = routedProvider(cloudEndpoint('far', { apiBase: `${upstream.origin}/v1` }), []);
  const anthropic = routedProvider(
    cloudEndpoint('anthropic', { dialect: 'anthropic-messages', apiBase: `${upstream.origin}/v1` }),
    [],
  );
  server = await startTestServer(
    {},
    {
      providers: [far, anthropic, at('blind', 'none'), at('inline', 'inline'), at('inline2', 'inline')],
      routing: NO_RETRIES,
      models: [
        { name: 'skips', targets: ['inline/m', 'far/m'] },
        { name: 'twice', targets: ['inline/m', 'inline2/m', 'far/m'] },
        { name: 'later', targets: ['far/m', 'inline/m', 'far/n'] },
        { name: 'last', targets: ['far/m', 'inline/m'] },
        { name: 'blind', targets: ['far/m', 'blind/m'] },
        { name: 'both', targets: ['anthropic/claude-sonnet-4-5', 'inline/m'] },
        { name: 'none', targets: ['inline/m', 'inline2/m'] },
      ],
    },
    { fetchMedia: cannotFetch, ...overrides },
  );
  return server;
}

const IMAGES: readonly string[] = ['https://images.example/a.png'];

function questionTo(model: string, images = IMAGES): Question {
  const content = images.map((url) => ({ type: 'image_url', image_url: { url } }));
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
  };
}

function ask(started: TestServer, model: string, images = IMAGES): Promise<Answer> {
  return started.ask(questionTo(model, images));
}

const SAID_BY_OLLAMA = {
  model: 'm',
  message: { role: 'assistant', content: 'hi' },
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 1,
  eval_count: 1,
};

async function rowsOf({ gateway, ledger }: TestServer): Promise<unknown[]> {
  await gateway.idle();
  await ledger.flush();
  return ledger.rows.map(({ opening, settlements }) => {
    const [end] = settlements;
    expect(settlements).toHaveLength(1);
    return [opening.number, opening.target, end?.outcome, end?.errorCode, end?.final];
  });
}

describe('a target that cannot take what is asked', () => {
  it('is an attempt that failed, where the next one can', async () => {
    const started = await start();
    expect((await ask(started, 'skips')).status).toBe(200);
    expect(await rowsOf(started)).toEqual([
      [1, 'inline/m', 'failed', 'media_not_fetched', false],
      [2, 'far/m', 'answered', null, true],
    ]);
  });

  it('is not fetched for again, where the address could not be had', async () => {
    const started = await start();
    expect((await ask(started, 'twice')).status).toBe(200);
    expect(fetched).toHaveLength(1);
    expect(await rowsOf(started)).toEqual([
      [1, 'inline/m', 'failed', 'media_not_fetched', false],
      [2, 'inline2/m', 'failed', 'media_not_fetched', false],
      [3, 'far/m', 'answered', null, true],
    ]);
  });

  it('is one behind an attempt, with its number', async () => {
    const started = await start();
    upstream.answer = (response, { body }) =>
      String(body).includes('"n"') ? json(response, COMPLETION) : json(response, { error: { message: 'down' } }, 503);
    expect((await ask(started, 'later')).status).toBe(200);
    expect(await rowsOf(started)).toEqual([
      [1, 'far/m', 'failed', 'upstream_error', false],
      [2, 'inline/m', 'failed', 'media_not_fetched', false],
      [3, 'far/n', 'answered', null, true],
    ]);
  });

  it('leaves the error of the attempt before it, and is named there', async () => {
    const started = await start();
    upstream.answer = (response) => json(response, { error: { message: 'down' } }, 503);
    const answer = await ask(started, 'last');
    expect(answer.status).toBe(503);
    expect(errorOf(answer).message).toBe(
      'far answered 503: down. inline/m was not asked: ' +
        'The image at `messages[0].content[0]` answered with status 404.',
    );
    expect(await rowsOf(started)).toEqual([
      [1, 'far/m', 'failed', 'upstream_error', false],
      [2, 'inline/m', 'failed', 'media_not_fetched', true],
    ]);
  });

  it('is refused with the first reason, where none can', async () => {
    const started = await start();
    const answer = await ask(started, 'none');
    expect(answer.status).toBe(400);
    expect(errorOf(answer).code).toBe('media_not_fetched');
    expect(await rowsOf(started)).toEqual([[0, null, 'refused', 'media_not_fetched', true]]);
  });
});

describe('behind an attempt that failed', () => {
  beforeEach(() => {
    upstream.answer = (response) => json(response, { error: { message: 'down' } }, 503);
  });

  it('a target that takes no images has a row, which is the last', async () => {
    const started = await start();
    const answer = await ask(started, 'blind');
    expect(errorOf(answer).message).toContain('blind/m was not asked: ');
    expect(await rowsOf(started)).toEqual([
      [1, 'far/m', 'failed', 'upstream_error', false],
      [2, 'blind/m', 'failed', expect.any(String), true],
    ]);
  });

  it('it is shown there, behind the attempt', async () => {
    const told: PublishedEvent[] = [];
    const started = await start({
      feed: { watched: true, hasRoom: () => true, publish: (event) => void told.push(event) },
    });
    await ask(started, 'blind');
    await started.gateway.idle();
    const settled = told.flatMap((event) => (event.type === 'exchange.settled' ? [event.exchange] : []));
    expect(settled.map(({ attempts }) => attempts.map(({ number, target }) => [number, target]))).toEqual([
      [
        [1, 'far/m'],
        [2, 'blind/m'],
      ],
    ]);
  });

  it('a client that leaves while something is fetched for the next one is the end of the exchange', async () => {
    const told = new EventEmitter();
    const begun = once(told, 'begun');
    const started = await start({
      fetchMedia: (_, { signal }) => {
        told.emit('begun');
        return new Promise((resolve) => {
          const aborted = { kind: 'failed', reason: 'aborted', problem: 'was no longer needed' } as const;
          signal?.addEventListener('abort', () => resolve(aborted));
        });
      },
    });
    const { method, path, headers, body } = questionTo('last');
    const request = http.request({ host: '127.0.0.1', port: started.server.port, method, path, headers });
    request.on('error', () => undefined);
    request.end(body);
    await begun;
    request.destroy();
    await started.ledger.settled(2);
    expect(await rowsOf(started)).toEqual([
      [1, 'far/m', 'failed', 'upstream_error', false],
      [2, null, 'client_left', null, true],
    ]);
  });
});

describe('where two targets fetch differently', () => {
  it('one request does not wait for room that it holds itself', async () => {
    const bytes = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1');
    const started = await start({
      mediaRoom: new MediaRoom(20 * 1024 * 1024 + 10),
      fetchMedia: (url) => {
        fetched.push(url);
        return Promise.resolve({ kind: 'fetched', bytes, mediaType: 'image/png' });
      },
    });
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'busy' } };
    upstream.answer = (response, { url }) =>
      url.includes('messages') ? json(response, overloaded, 529) : json(response, SAID_BY_OLLAMA);
    const answer = await ask(started, 'both', ['http://images.example/1.png', 'https://images.example/2.png']);
    expect(answer.status).toBe(200);
    expect(fetched).toEqual(['http://images.example/1.png', 'https://images.example/2.png']);
  });
});

describe('where no room is left for what is fetched', () => {
  it('is a 503 that says so, and another target is taken where there is one', async () => {
    const full = new MediaRoom(1);
    const signal = new AbortController().signal;
    const held = await full.take(1, { timeoutMs: 1_000, signal });
    const mediaRoom = new MediaRoom(1);
    // Those that wait are given up at once.
    mediaRoom.take = (bytes, { signal: departure }) => full.take(bytes, { timeoutMs: 1, signal: departure });
    const started = await start({ mediaRoom });
    const answer = await ask(started, 'none');
    expect({ status: answer.status, retry: answer.headers['retry-after'] }).toEqual({ status: 503, retry: '5' });
    expect(errorOf(answer)).toMatchObject({ code: 'media_busy', type: 'gateway_error' });
    expect(fetched).toEqual([]);
    expect((await ask(started, 'skips')).status).toBe(200);
    held.release();
    expect((await ask(started, 'none')).status).toBe(400);
    // What was set aside for it is free again.
    await full.take(1, { timeoutMs: 1, signal });
  });
});
