import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import { DEFAULT_RESILIENCE } from '../../src/canonical/resilience.ts';
import { exactRateOf } from '../../src/pricing/exact-rate.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { namedDeployments } from '../../src/routing/named-deployments.ts';
import { Secret } from '../../src/std/secret.ts';
import { configured, modelGroup } from '../helpers/model-groups.ts';
import { cloudEndpoint, modelServer, routedProvider, servedModel } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { Answer, TestServer } from '../helpers/test-server.ts';
import { startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

const AUTH = { authorization: `Bearer ${KEY}` };
const PROVIDER_KEY = 'sk-of-the-provider-0123456789';
const HEADER_VALUE = 'a-value-that-nobody-may-read';
const BEARER = 'token-behind-its-scheme';
const PATHS = ['/model/info', '/model_group/info', '/health', '/routes'];

const health = new HealthBook();
let upstream: UpstreamServer;
let server: TestServer;

const price = (input: string, output: string | null) => ({
  input: exactRateOf(input, 6),
  output: output === null ? null : exactRateOf(output, 6),
  cachedInput: null,
  cacheWrite: null,
});

/** Two accounts of one provider, one of them with much that is secret; a provider without a key; servers up and down. */
beforeAll(async () => {
  upstream = await startUpstreamServer((response) => response.end('{}'));
  health.probed('box/llama', false);
  const credential = new Secret(PROVIDER_KEY);
  const secretHeaders = new Map([
    ['x-team', new Secret(HEADER_VALUE)],
    ['authorization', new Secret(`Bearer ${BEARER}`)],
  ]);
  const told = { note: `asked with "${BEARER}"`, list: [{ client_secret: BEARER, team: 'red' }] };
  const apiBase = `http://user:${PROVIDER_KEY}@127.0.0.1:9/v1/${PROVIDER_KEY}/x?key=${PROVIDER_KEY}`;
  const chat = [
    { ...configured('eu/gpt-4o', { requestsPerMinute: 10, tags: ['pii'] }), price: price('2.5', '10') },
    { ...configured('us/gpt-4o', { order: 2, requestsPerMinute: 5 }), headers: secretHeaders, told },
    { ...configured('keyless/gpt-4o'), price: price('0.15', null) },
  ];
  const models = [
    modelGroup('chat', chat, { accessGroups: ['beta'] }),
    modelGroup('mixed', [configured('us/gpt-4o'), configured('claude/claude-sonnet-4-5')], { hidden: true }),
    modelGroup('seedless', [configured('odd/gpt-4o')], { hidden: true }),
    modelGroup('dropping', [{ ...configured('us/gpt-4o'), drop: ['seed'] }], { hidden: true }),
    modelGroup('quiet', [configured('eu/gpt-4o')], { hidden: true, accessGroups: ['secret'] }),
    modelGroup('gone', [configured('box/llama')]),
    modelGroup('gpt-*', [configured('us/gpt-*')]),
  ];
  const facts = {
    'gpt-4o': { contextLength: 128_000, maxOutputTokens: 16_384, capabilities: ['chat', 'tools'] },
  } as const;
  server = await startTestServer(
    {},
    {
      models,
      standIn: { kind: 'none' },
      servers: [
        modelServer('here', [servedModel('qwen', { capabilities: ['chat', 'vision'], contextLength: 4096 })]),
        modelServer('box', [], { state: 'down', problem: 'Nobody listens at box.', fromConfig: true }),
      ],
      providers: [
        routedProvider(cloudEndpoint('eu', { apiBase, credential, secretHeaders }), ['gpt-4o', 'unused'], true, facts),
        routedProvider(cloudEndpoint('us', { apiBase: upstream.origin, credential }), [], true, facts),
        routedProvider(cloudEndpoint('odd', { quirks: { ...PLAIN_QUIRKS, seedField: null } }), []),
        routedProvider(cloudEndpoint('claude', { dialect: 'anthropic-messages' }), []),
        routedProvider(cloudEndpoint('keyless', { credential: null }), [], false),
      ],
    },
    { health },
  );
});
afterAll(async () => {
  await server.close();
  await upstream.close();
});

type Json = Readonly<Record<string, unknown>>;

const get = (path: string): Promise<Answer> => server.ask({ path, headers: AUTH });
const dataOf = async (path: string): Promise<readonly Json[]> => ((await get(path)).json as { data: Json[] }).data;
const endpoints = (list: unknown): unknown[] => (list as { model_id: string }[]).map(({ model_id }) => model_id);

/** Cools a deployment of `chat` down. */
function fail(id: string): void {
  const all = namedDeployments(server.gateway.routes(null), 'chat').map(({ deployment }) => deployment);
  const found = all.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no deployment ${id}`);
  const message = `answered 401: wrong key ${PROVIDER_KEY}`;
  const failure = { kind: 'authentication', message, isUnreachable: false, retryAfterMs: 60_000 } as const;
  const now = Date.now();
  health.failed(health.began(found, 0, now), failure, { policy: DEFAULT_RESILIENCE.cooldown, others: 1 }, now);
}

describe('/model/info', () => {
  it('has every deployment of every name, and no hidden one', async () => {
    const names = (await dataOf('/model/info')).map((one) => `${String(one['model_name'])} ${idOf(one)}`);
    expect(names).toEqual([
      'chat eu/gpt-4o',
      'chat us/gpt-4o',
      'chat keyless/gpt-4o',
      'gone box/llama',
      'qwen here/qwen',
      'eu/gpt-4o eu/gpt-4o',
      'eu/unused eu/unused',
      'gpt-* us/gpt-*',
    ]);
  });

  it('tells limits, what it can do, and the price for a token', async () => {
    const [first] = await dataOf('/model/info');
    expect(first).toEqual({
      model_name: 'chat',
      litellm_params: {
        model: 'eu/gpt-4o',
        custom_llm_provider: 'eu',
        api_base: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9\/v1\/[^/]+\/x$/) as string,
        rpm: 10,
        order: 1,
        tags: ['pii'],
        input_cost_per_token: 0.0000025,
        output_cost_per_token: 0.00001,
      },
      model_info: {
        id: 'eu/gpt-4o',
        db_model: false,
        key: 'gpt-4o',
        max_tokens: 16_384,
        max_input_tokens: 128_000,
        max_output_tokens: 16_384,
        input_cost_per_token: 0.0000025,
        output_cost_per_token: 0.00001,
        cache_read_input_token_cost: null,
        cache_creation_input_token_cost: null,
        litellm_provider: 'eu',
        mode: 'chat',
        supports_function_calling: true,
        supports_vision: false,
        supports_reasoning: false,
        supports_audio_input: false,
        supports_audio_output: false,
        tpm: null,
        rpm: 10,
        access_groups: ['beta'],
      },
    });
  });

  it('tells what the file says besides, without secrets', async () => {
    const [, second] = await dataOf('/model/info');
    expect(second?.['model_info']).toMatchObject({ note: 'asked with "[secret]"', list: [{ team: 'red' }] });
    expect(JSON.stringify(second)).not.toContain('client_secret');
  });

  it('says null for a price that nobody knows, and 0 for a local model', async () => {
    const prices = new Map(
      (await dataOf('/model/info')).map((one) => {
        const { input_cost_per_token: input, output_cost_per_token: output } = one['model_info'] as Json;
        return [`${String(one['model_name'])} ${idOf(one)}`, [input, output]];
      }),
    );
    expect(prices.get('chat keyless/gpt-4o')).toEqual([1.5e-7, null]);
    expect(prices.get('eu/unused eu/unused')).toEqual([null, null]);
    expect(prices.get('qwen here/qwen')).toEqual([0, 0]);
  });

  it('finds one by its id, and answers 404 for one that there is not', async () => {
    const found = await dataOf('/v1/model/info?litellm_model_id=us%2Fgpt-4o');
    expect(found.map(idOf)).toEqual(['us/gpt-4o']);
    expect(await get('/model/info?litellm_model_id=nothing')).toMatchObject({
      status: 404,
      json: { error: { code: 'model_not_found', param: 'litellm_model_id' } },
    });
  });
});

function idOf({ model_info: info }: Json): string {
  return String((info as Json)['id']);
}

describe('/model_group/info', () => {
  it('adds up what the deployments of a name have', async () => {
    expect(await dataOf('/model_group/info?model_group=chat')).toEqual([
      {
        model_group: 'chat',
        providers: ['eu', 'us', 'keyless'],
        max_input_tokens: 128_000,
        max_output_tokens: 16_384,
        // One of them is without a price.
        input_cost_per_token: null,
        output_cost_per_token: null,
        mode: 'chat',
        tpm: null,
        rpm: 15,
        supports_function_calling: true,
        supports_vision: null,
        supports_reasoning: null,
        supports_audio_input: null,
        supports_audio_output: null,
        access_groups: ['beta'],
        supported_openai_params: expect.arrayContaining(['temperature', 'tools', 'stream', 'n']) as string[],
      },
    ]);
  });

  it('names the parameters that each deployment of a name takes', async () => {
    const [both] = await dataOf('/model_group/info?model_group=mixed');
    const params = both?.['supported_openai_params'] as string[];
    expect(params).toEqual(expect.arrayContaining(['temperature', 'tools', 'max_tokens']));
    for (const name of ['seed', 'logprobs', 'n']) expect(params).not.toContain(name);
  });

  it.each([
    ['chat', true],
    ['seedless', false],
    ['dropping', false],
  ])('says of %s whether a seed reaches it: %s, as its provider and the config have it', async (name, expected) => {
    const [group] = await dataOf(`/model_group/info?model_group=${name}`);
    expect((group?.['supported_openai_params'] as string[]).includes('seed')).toBe(expected);
  });

  it('has an entry for each name, and none for one that nobody knows', async () => {
    const names = (await dataOf('/v1/model_group/info')).map((one) => one['model_group']);
    expect(names).toEqual(['chat', 'gone', 'qwen', 'eu/gpt-4o', 'eu/unused', 'gpt-*']);
    expect(await dataOf('/model_group/info?model_group=nothing')).toEqual([]);
  });
});

describe('/health', () => {
  it('tells who without a key nothing but that somebody is there, and 401 who has a wrong one', async () => {
    expect((await server.ask({ path: '/health' })).json).toEqual({ status: 'ok' });
    expect((await server.ask({ path: '/health', headers: { 'x-api-key': 'sk-wrong' } })).status).toBe(401);
  });

  it('knows who is down, hindered or cooled, and asks nobody', async () => {
    fail('us/gpt-4o');
    const { json } = await get('/health');
    const { healthy_endpoints: healthy, unhealthy_endpoints: unhealthy, ...counts } = json as Json;
    expect(counts).toEqual({ status: 'ok', healthy_count: 3, unhealthy_count: 3 });
    expect(endpoints(healthy)).toEqual(['eu/gpt-4o', 'here/qwen', 'us/gpt-*']);
    expect(unhealthy).toMatchObject([
      { model_id: 'us/gpt-4o', model_name: 'chat', state: 'cooled', error: expect.stringContaining('401') as string },
      { model_id: 'keyless/gpt-4o', state: 'hindered', error: 'no usable credential' },
      { model_id: 'box/llama', model_name: 'gone', state: 'down', error: 'Nobody listens at box.' },
    ]);
    const [cooled] = unhealthy as { cooldown_until: string }[];
    expect(Date.parse(cooled?.cooldown_until ?? '')).toBeGreaterThan(Date.now());
    expect(upstream.calls).toEqual([]);
  });

  it.each([
    ['model=chat', ['eu/gpt-4o', 'us/gpt-4o', 'keyless/gpt-4o']],
    ['model=quiet', ['eu/gpt-4o']],
    ['model=gpt-4.1', ['us/gpt-*']],
    ['model=us/gpt-*', ['us/gpt-*']],
    ['model_id=box/llama', ['box/llama']],
  ])('?%s', async (query, ids) => {
    const { healthy_endpoints, unhealthy_endpoints } = (await get(`/health?${query}`)).json as Json;
    expect([...endpoints(healthy_endpoints), ...endpoints(unhealthy_endpoints)]).toEqual(ids);
  });

  it.each(['model=nothing', 'model_id=nothing'])('?%s is 404', async (query) => {
    expect(await get(`/health?${query}`)).toMatchObject({ status: 404, json: { error: { code: 'model_not_found' } } });
  });
});

describe('all of them', () => {
  it.each(PATHS.flatMap((path) => [path, `/v1${path}`]))('%s keeps every secret', async (path) => {
    fail('us/gpt-4o');
    const { text, status } = await get(path);
    expect(status).toBe(200);
    for (const secret of [PROVIDER_KEY, HEADER_VALUE, BEARER, 'user:']) expect(text).not.toContain(secret);
  });

  it.each(PATHS.filter((path) => path !== '/health'))(
    '%s wants a key, answers HEAD, and no page elsewhere',
    async (path) => {
      expect((await server.ask({ path })).status).toBe(401);
      expect(await server.ask({ method: 'HEAD', path, headers: AUTH })).toMatchObject({ status: 200, text: '' });
      expect((await server.ask({ path, headers: { ...AUTH, origin: 'https://evil.example' } })).status).toBe(403);
      const fromHere = await server.ask({ path, headers: { ...AUTH, origin: 'http://localhost:3000' } });
      expect(fromHere.headers['access-control-allow-origin']).toBe('http://localhost:3000');
    },
  );

  it('are in the list of paths with what they take', async () => {
    const { routes } = (await get('/routes')).json as { routes: { path: string; methods: string[] }[] };
    const methods = new Map(routes.map((one) => [one.path, one.methods]));
    for (const path of [...PATHS, '/v1/models', '/health/readiness'])
      expect(methods.get(path)).toEqual(['GET', 'HEAD']);
    expect(methods.get('/v1/chat/completions')).toEqual(['POST']);
    expect(methods.size).toBe(routes.length);
  });

  it.each(['/health/liveliness', '/v1/health/liveness'])('%s says in JSON that somebody is there', async (path) => {
    const { text, headers } = await server.ask({ path });
    expect([text, headers['content-type']]).toEqual(['"I\'m alive!"', 'application/json; charset=utf-8']);
  });

  it('readiness has the fields that scripts look at', async () => {
    const { json, status } = await server.ask({ path: '/health/readiness' });
    expect({ status, json }).toMatchObject({ status: 200, json: { status: 'healthy', db: 'connected' } });
    expect((json as Json)['litellm_version']).toMatch(/^1\.\d+\.\d+\+llmgw\./);
  });
});

describe('/v1/models', () => {
  it.each([
    ['include_model_access_groups=true', ['chat', 'beta']],
    ['only_model_access_groups=true', ['beta']],
  ])('?%s has the access groups of names that are listed', async (query, expected) => {
    const names = (await dataOf(`/v1/models?${query}`)).map(({ id }) => id);
    expect(names.filter((name) => ['chat', 'beta', 'secret'].includes(String(name)))).toEqual(expected);
  });

  it('has none unless it is asked for them', async () => {
    expect((await dataOf('/v1/models')).map(({ id }) => id)).not.toContain('beta');
  });
});
