import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/std/secret.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { cloudEndpoint, modelServer, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { Answerer, UpstreamServer } from '../helpers/upstream-server.ts';

let upstream: UpstreamServer;
let gateway: TestServer;

afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

/** `claude` speaks Anthropic's dialect, `google` Gemini's, `box` is a local server, `claude` in `own` an alias. */
async function start(answer: Answerer): Promise<void> {
  upstream = await startUpstreamServer(answer);
  const at = (path: string): string => upstream.origin + path;
  const claude = cloudEndpoint('claude', { dialect: 'anthropic-messages', apiBase: at('/v1') });
  const google = cloudEndpoint('google', { dialect: 'gemini', apiBase: at('/v1beta') });
  gateway = await startTestServer(
    {},
    {
      servers: [modelServer('box', ['tiny'], { origin: upstream.origin })],
      providers: [
        ...[routedProvider(claude, ['sonnet', 'opus']), routedProvider(google, ['flash'])],
        routedProvider(cloudEndpoint('painter'), ['dall-e-3'], true, { 'dall-e-3': { capabilities: ['image'] } }),
      ],
      models: [
        { name: 'own-sonnet', targets: ['claude/sonnet'] },
        { name: 'own-flash', targets: ['google/flash'] },
        modelGroup('signed', [
          { ...configured('claude/sonnet'), headers: new Map([['x-tenant', new Secret('tenant-0123456789')]]) },
        ]),
        modelGroup('walled', [
          configured('claude/sonnet', { tags: ['us'] }),
          configured('claude/opus', { tags: ['pii'], region: 'eu' }),
        ]),
        modelGroup('scripted', [configured('claude/sonnet', { mock: 'Hello.' })]),
      ],
      demo: true,
    },
  );
}

function anthropic(): Anthropic {
  return new Anthropic({ apiKey: KEY, baseURL: gateway.origin, maxRetries: 0 });
}

function google(): GoogleGenAI {
  return new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: gateway.origin } });
}

const MESSAGES = [{ role: 'user', content: 'How long is this?' }] as const;
const IMAGE = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } as const;

describe('tokens of an Anthropic client', () => {
  it('are counted by the upstream where it speaks the dialect', async () => {
    await start((response) => json(response, { input_tokens: 14 }));
    const count = await anthropic().beta.messages.countTokens({
      model: 'own-sonnet',
      messages: [...MESSAGES],
      system: 'Be brief.',
      betas: ['token-counting-2024-11-01'],
    });
    expect(count.input_tokens).toBe(14);
    const [call] = upstream.calls;
    expect(call).toMatchObject({ method: 'POST', url: '/v1/messages/count_tokens' });
    expect(call?.headers).toMatchObject({
      'anthropic-beta': expect.stringContaining('token-counting-2024-11-01') as unknown,
    });
    expect(JSON.parse(String(call?.body))).toEqual({ model: 'sonnet', messages: MESSAGES, system: 'Be brief.' });
    expect(gateway.ledger.rows).toEqual([]);
  });

  it("are asked for with the deployment's own headers, which nobody is told", async () => {
    await start((response, { headers }) =>
      json(
        response,
        { type: 'error', error: { type: 'api_error', message: `no ${String(headers['x-tenant'])}` } },
        403,
      ),
    );
    const counting = anthropic().messages.countTokens({ model: 'signed', messages: [...MESSAGES] });
    await expect(counting).rejects.toThrow(/no \[secret\]/);
    expect(upstream.calls[0]?.headers).toMatchObject({ 'x-tenant': 'tenant-0123456789' });
  });

  it.each([
    [{ 'x-llmgw-tags': 'pii' }, ['opus']],
    [{ 'x-llmgw-region': 'eu' }, ['opus']],
    [{ 'x-llmgw-tags': 'us' }, ['sonnet']],
    [{ 'x-llmgw-tags': 'secret' }, []],
  ])('are asked for only where the request may go: %j', async (headers, models) => {
    await start((response) => json(response, { input_tokens: 14 }));
    const body = { model: 'walled', messages: [...MESSAGES], metadata: { tags: [] } };
    const count = await anthropic().messages.countTokens(body, { headers: headers as Record<string, string> });
    expect(count.input_tokens).toBeGreaterThan(0);
    const sent = upstream.calls.map((call) => JSON.parse(String(call.body)) as object);
    expect(sent).toEqual(models.map((model) => ({ model, messages: MESSAGES })));
  });

  it('are counted here where nobody is asked in the end', async () => {
    await start((response) => json(response, { input_tokens: 14 }));
    await anthropic().messages.countTokens({ model: 'scripted', messages: [...MESSAGES] });
    expect(upstream.calls).toEqual([]);
  });

  it('are none of a model that draws', async () => {
    await start((response) => json(response, {}, 500));
    const counting = anthropic().messages.countTokens({ model: 'painter/dall-e-3', messages: [...MESSAGES] });
    await expect(counting).rejects.toThrow(/painter\/dall-e-3 does not answer messages\/count_tokens: it is for image/);
  });

  it('are counted here for any other model, without asking it', async () => {
    await start((response) => json(response, {}, 500));
    for (const model of ['tiny', 'own-flash', 'demo/echo']) {
      const count = await anthropic().messages.countTokens({ model, messages: [...MESSAGES], system: 'Be brief.' });
      // One token for each byte of a chat body that holds both texts.
      expect(count.input_tokens).toBeGreaterThan('How long is this?Be brief.'.length);
    }
    expect(upstream.calls).toEqual([]);
    expect(gateway.ledger.rows).toEqual([]);
  });

  it('are estimated where they cannot be counted', async () => {
    await start((response) => json(response, {}, 500));
    await gateway.close();
    gateway = await startTestServer(
      {},
      { servers: [modelServer('box', ['tiny'])] },
      { estimateTokens: () => Promise.resolve({ inputTokens: null, outputTokens: null }) },
    );
    const content = [{ type: 'image', source: IMAGE } as const];
    const count = await anthropic().messages.countTokens({ model: 'tiny', messages: [{ role: 'user', content }] });
    expect(count.input_tokens).toBeGreaterThanOrEqual(1_000);
  });

  it('are counted here where an imitation of the dialect has no such endpoint', async () => {
    await start((response) => json(response, { detail: 'Not Found' }, 404));
    const count = await anthropic().messages.countTokens({ model: 'own-sonnet', messages: [...MESSAGES] });
    expect(count.input_tokens).toBeGreaterThan(0);
    expect(upstream.calls).toHaveLength(1);
  });

  it.each([
    [404, 'not_found_error', Anthropic.NotFoundError],
    [429, 'rate_limit_error', Anthropic.RateLimitError],
    [529, 'overloaded_error', Anthropic.InternalServerError],
  ])('are told in the dialect why not: %d', async (status, type, kind) => {
    await start((response) => json(response, { type: 'error', error: { type, message: 'no' } }, status));
    const asked = anthropic().messages.countTokens({ model: 'own-sonnet', messages: [...MESSAGES] });
    const error: unknown = await asked.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(kind);
    expect((error as { error: unknown }).error).toMatchObject({ type: 'error', error: { type } });
    expect(gateway.ledger.rows).toEqual([]);
  });

  it('are refused without a key, for no model, and for a body that is none', async () => {
    await start((response) => json(response, {}));
    const ask = async (body: string, headers = {}): Promise<unknown> => {
      const { status, json: answer } = await gateway.ask({
        method: 'POST',
        path: '/v1/messages/count_tokens?beta=true',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      return { status, answer };
    };
    const key = { 'x-api-key': KEY };
    const refused = (status: number, type: string): object => ({ status, answer: { type: 'error', error: { type } } });
    expect(await ask('{}')).toMatchObject(refused(401, 'authentication_error'));
    expect(await ask('{}', key)).toMatchObject(refused(400, 'invalid_request_error'));
    expect(await ask('{"model":"nobody","messages":[]}', key)).toMatchObject(refused(404, 'not_found_error'));
    expect(gateway.gateway.inFlight()).toBe(0);
  });
});

describe('tokens of a Gemini client', () => {
  it('are counted by the upstream where it speaks the dialect', async () => {
    await start((response) => json(response, { totalTokens: 9, promptTokensDetails: [] }));
    const count = await google().models.countTokens({ model: 'own-flash', contents: 'How long is this?' });
    expect(count.totalTokens).toBe(9);
    expect(upstream.calls[0]?.url).toBe('/v1beta/models/flash:countTokens');
  });

  it('names the model anew inside a whole request', async () => {
    await start((response) => json(response, { totalTokens: 9 }));
    const generateContentRequest = { model: 'models/own-flash', contents: [{ parts: [{ text: 'Hello' }] }] };
    const { status } = await gateway.ask({
      method: 'POST',
      path: `/v1alpha/models/own-flash:countTokens?key=${KEY}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ generateContentRequest }),
    });
    expect(status).toBe(200);
    expect(JSON.parse(String(upstream.calls[0]?.body))).toEqual({
      generateContentRequest: { ...generateContentRequest, model: 'models/flash' },
    });
  });

  it('are counted here for any other model', async () => {
    await start((response) => json(response, {}, 500));
    const count = await google().models.countTokens({ model: 'claude/sonnet', contents: 'How long is this?' });
    expect(count.totalTokens).toBeGreaterThan('How long is this?'.length);
    expect(upstream.calls).toEqual([]);
  });

  it('are told in the dialect why not', async () => {
    await start((response) =>
      json(response, { error: { code: 403, message: 'no', status: 'PERMISSION_DENIED' } }, 403),
    );
    const asked = google().models.countTokens({ model: 'google/flash', contents: 'Hello' });
    await expect(asked).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('PERMISSION_DENIED') as unknown,
    });
  });

  it('ends the call when its client leaves', async () => {
    await start(() => undefined);
    const leaving = new AbortController();
    const asked = fetch(`${gateway.origin}/v1beta/models/own-flash:countTokens`, {
      method: 'POST',
      headers: { 'x-goog-api-key': KEY, 'content-type': 'application/json' },
      body: '{"contents":[{"parts":[{"text":"Hello"}]}]}',
      signal: leaving.signal,
    });
    await upstream.called(1);
    expect(gateway.gateway.inFlight()).toBe(1);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await upstream.calls[0]?.gone;
    await gateway.gateway.idle();
  });
});
