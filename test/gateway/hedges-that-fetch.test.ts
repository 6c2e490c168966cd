import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import type { FetchedMedia, MediaFailure } from '../../src/upstream/fetch-media.ts';
import { COMPLETION } from '../helpers/exchange-stage.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { NO_RETRIES } from '../helpers/no-retries.ts';
import { failing } from '../helpers/providers-stage.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// The first deployment takes an image by its address; for the second one it has to be fetched.

const PICTURE: FetchedMedia = { kind: 'fetched', mediaType: 'image/png', bytes: Buffer.from('picture') };
const NO_PICTURE: MediaFailure = { kind: 'failed', reason: 'unreachable', problem: 'could not be reached' };
const ANSWER = { candidates: [{ content: { role: 'model', parts: [{ text: 'a cat' }] }, finishReason: 'STOP' }] };

let plain: UpstreamServer;
let inline: UpstreamServer;
let server: TestServer;
let health: HealthBook;
let fetched: HeldFetch;

interface HeldFetch {
  readonly begun: Promise<void>;
  readonly end: (media: FetchedMedia | MediaFailure) => void;
}

beforeEach(async () => {
  health = new HealthBook();
  plain = await startUpstreamServer(() => undefined);
  inline = await startUpstreamServer((response) => json(response, ANSWER));
  let begin = (): void => undefined;
  let end: HeldFetch['end'] = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const media = new Promise<FetchedMedia | MediaFailure>((resolve) => (end = resolve));
  fetched = { begun, end: (result) => end(result) };
  const one = cloudEndpoint('acme', { apiBase: `${plain.origin}/v1` });
  const quirks = { ...PLAIN_QUIRKS, images: 'inline' } as const;
  const other = cloudEndpoint('gemini', { dialect: 'gemini', apiBase: `${inline.origin}/v1beta`, quirks });
  const deployments = [configured('acme/m', { order: 1 }), configured('gemini/m', { order: 2 })];
  const models = [modelGroup('chat', deployments, { hedge: { kind: 'after', ms: 30 } })];
  const providers = [routedProvider(one, []), routedProvider(other, [])];
  const fetchMedia = (): typeof media => {
    begin();
    return media;
  };
  server = await startTestServer({}, { providers, models, routing: NO_RETRIES }, { health, fetchMedia });
});
afterEach(async () => {
  await server.gateway.idle();
  expect([...health.states().values()].map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  expect(server.errors).toEqual([]);
  await server.close();
  await Promise.all([plain.close(), inline.close()]);
});

const ask = (): Promise<Answer> =>
  server.ask({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'chat',
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://images.example/a.png' } }] },
      ],
    }),
  });

async function rows(): Promise<readonly unknown[]> {
  await server.gateway.idle();
  await server.ledger.flush();
  return server.ledger.rows.map(({ opening, settlements: [end] }) => [opening.target, end?.outcome, end?.final]);
}

/** Answers the call that the first deployment holds. */
async function heldCall(): Promise<Parameters<UpstreamServer['answer']>[0]> {
  return new Promise((resolve) => {
    plain.answer = resolve;
  });
}

describe('a hedge for which something has to be fetched', () => {
  it('is sent when it is there', async () => {
    const asked = ask();
    await fetched.begun;
    fetched.end(PICTURE);
    expect((await asked).headers['x-llmgw-model']).toBe('gemini/m');
    expect(await rows()).toEqual([
      ['acme/m', 'overtaken', false],
      ['gemini/m', 'answered', true],
    ]);
  });

  it('is none where it cannot be had: the first is waited for', async () => {
    const held = heldCall();
    const asked = ask();
    await fetched.begun;
    fetched.end(NO_PICTURE);
    while (health.stateOf('gemini/m').inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    json(await held, COMPLETION);
    expect((await asked).headers['x-llmgw-model']).toBe('acme/m');
    expect(await rows()).toEqual([['acme/m', 'answered', true]]);
  });

  it('is forgotten where the first answers meanwhile', async () => {
    const held = heldCall();
    const asked = ask();
    await fetched.begun;
    json(await held, COMPLETION);
    expect((await asked).headers['x-llmgw-model']).toBe('acme/m');
    fetched.end(PICTURE);
    expect(await rows()).toEqual([['acme/m', 'answered', true]]);
    expect(inline.calls).toEqual([]);
  });

  it('takes the place of a first one that fails meanwhile', async () => {
    const held = heldCall();
    const asked = ask();
    await fetched.begun;
    failing(500)(await held);
    while (health.stateOf('acme/m').inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    fetched.end(PICTURE);
    expect((await asked).headers['x-llmgw-model']).toBe('gemini/m');
    expect(await rows()).toEqual([
      ['acme/m', 'failed', false],
      ['gemini/m', 'answered', true],
    ]);
  });

  it('fails with the first one where it cannot be had either', async () => {
    const held = heldCall();
    const asked = ask();
    await fetched.begun;
    failing(500)(await held);
    while (health.stateOf('acme/m').inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    fetched.end(NO_PICTURE);
    expect((await asked).status).toBe(500);
    const all = await rows();
    expect(all.filter((row) => (row as unknown[])[2] === true)).toHaveLength(1);
  });
});
