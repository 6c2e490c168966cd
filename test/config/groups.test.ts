import { describe, expect, it } from 'vitest';
import { plainDeployment, plainGroup, USUAL_RESILIENCE } from '../../src/canonical/model-group.ts';
import type { ConfiguredDeployment, GroupResilience, ModelGroup } from '../../src/canonical/model-group.ts';
import { NO_TIMEOUTS } from '../../src/canonical/deployment.ts';
import { parseSettings } from '../../src/config/parse.ts';
import type { LoadedSettings } from '../../src/config/parse.ts';
import { Secret } from '../../src/std/secret.ts';

const ENV = { COUNT: '7', TEAM: 'a-team', KEY: 'key-secret' };

const load = (text: string): LoadedSettings => parseSettings({ file: 'f', text, readableByOthers: false }, ENV);
const settings = (text: string) => load(text).settings;

/** The one group of `models: {a: …}`. */
function group(written: string): ModelGroup {
  const [first] = settings(`models: {a: ${written}}`).models;
  if (first === undefined) throw new Error('no group');
  return first;
}

/** The one deployment of a group that has `written` beside its target. */
function deployment(written: string): ConfiguredDeployment {
  const [first] = group(`{deployments: [{target: x/y, ${written}}]}`).deployments;
  if (first === undefined) throw new Error('no deployment');
  return first;
}

const PLAIN = plainDeployment('x/y', 1);

describe('a group of deployments', () => {
  it('says nothing but its targets', () => {
    expect(group('{deployments: [{target: x/y}, {target: z}]}')).toEqual({
      ...plainGroup('a', []),
      strategy: null,
      deployments: [PLAIN, plainDeployment('z', 1)],
    });
  });

  it('in the short forms is tried in its order', () => {
    const expected = plainGroup('a', ['x/y', 'z']);
    expect(expected.deployments.map(({ terms }) => terms.order)).toEqual([1, 2]);
    expect(group('[x/y, z]')).toEqual(expected);
    expect(group('{targets: [x/y, z]}')).toEqual(expected);
    expect(group('{targets: [x/y, z], strategy: ordered}')).toEqual(expected);
    expect(group('x/y')).toEqual(plainGroup('a', ['x/y']));
    expect(group('{targets: [x/y], hidden: true}')).toEqual({ ...plainGroup('a', ['x/y']), hidden: true });
  });

  it('that says nothing of failures is told from one that does, so that it can be another name only', () => {
    expect(group('{targets: [b], hidden: true}').resilience).toBe(USUAL_RESILIENCE);
    expect(group('{targets: [b], cooldown: off}').resilience).not.toBe(USUAL_RESILIENCE);
  });

  it.each(['strategy: cost', 'deadline: 10s', 'cooldown: off', 'hedge: 300ms'])(
    'may be called as the value of %s is',
    (field) => {
      const name = field.slice(field.indexOf(' ') + 1);
      const [first] = settings(`models: {"${name}": {deployments: [{target: x/y}], ${field}}}`).models;
      expect(first?.name).toBe(name);
    },
  );

  it.each<[string, Partial<ConfiguredDeployment>]>([
    ['id: eu-1', { id: 'eu-1' }],
    ['id: a b', { id: 'a b' }],
    ['price_as: openai/gpt-4o', { priceAs: 'openai/gpt-4o' }],
    ['context: 128000', { limits: { contextTokens: 128_000, maxOutputTokens: null } }],
    ['max_output: "${COUNT}"', { limits: { contextTokens: null, maxOutputTokens: 7 } }],
    ['capabilities: [chat, tools]', { capabilities: ['chat', 'tools'] }],
    ['mode: rerank', { mode: 'rerank' }],
    ['params: {temperature: 0.2, stop: [a], n: "${COUNT}"}', { params: { temperature: 0.2, stop: ['a'], n: '7' } }],
    ['drop: [seed, user]', { drop: ['seed', 'user'] }],
    ['body: {a: {b: [1, null]}}', { body: { a: { b: [1, null] } } }],
    ['mock: ""', { mock: '' }],
    ['mock: "two words"', { mock: 'two words' }],
    ['params: , drop: , body: , headers: , tags: ', {}],
  ])('can say %s of one', (written, expected) => {
    expect(deployment(written)).toEqual({ ...PLAIN, ...expected });
  });

  it.each<[string, Partial<ConfiguredDeployment['terms']>]>([
    ['order: 2', { order: 2 }],
    ['order: 0', { order: 0 }],
    ['weight: 9', { weight: 9 }],
    ['weight: 0.5', { weight: 0.5 }],
    ['weight: "${COUNT}"', { weight: 7 }],
    ['rpm: 100', { requestsPerMinute: 100 }],
    ['tpm: 100000', { tokensPerMinute: 100_000 }],
    ['max_parallel: 1', { maxParallel: 1 }],
    ['tags: [pii, eu, "a tag"]', { tags: ['pii', 'eu', 'a tag'] }],
    ['region: eu-central-1', { region: 'eu-central-1' }],
    ['retries: 0', { retries: 0 }],
    ['timeouts: {}', {}],
    [
      'timeouts: {connect: 2s, first_byte: 20s, stream_first_byte: 10s, idle: 30s, total: 5m}',
      {
        timeouts: {
          connectMs: 2000,
          firstByteMs: 20_000,
          streamFirstByteMs: 10_000,
          idleMs: 30_000,
          totalMs: 300_000,
        },
      },
    ],
    ['timeouts: {idle: 1s}', { timeouts: { ...NO_TIMEOUTS, idleMs: 1000 } }],
    ['allowed_fails: 0', { cooldown: { allowedFails: 0, cooldownMs: null } }],
    ['cooldown: 30s', { cooldown: { allowedFails: null, cooldownMs: 30_000 } }],
    ['cooldown: off', { cooldown: { allowedFails: null, cooldownMs: 0 } }],
    ['cooldown: 0s', { cooldown: { allowedFails: null, cooldownMs: 0 } }],
  ])('can say %s of one, for the choice between several', (written, terms) => {
    expect(deployment(written)).toEqual({ ...PLAIN, terms: { ...PLAIN.terms, ...terms } });
  });

  it('keeps headers secret, by their names in lower case', () => {
    const { headers } = deployment('headers: {X-Team: "${TEAM}", authorization: " Bearer ${KEY}\\n"}');
    expect([...headers].map(([name, value]) => [name, value.reveal()])).toEqual([
      ['x-team', 'a-team'],
      ['authorization', 'Bearer key-secret'],
    ]);
  });

  it.each<[string, Partial<ModelGroup>]>([
    ['strategy: latency', { strategy: 'latency' }],
    ['strategy: usage-based-routing-v2', { strategy: 'usage' }],
    ['strategy: Least_Busy', { strategy: 'least-busy' }],
    ['sticky: false', { sticky: false }],
    ['hedge: off', { hedge: { kind: 'off' } }],
    ['hedge: p95', { hedge: { kind: 'p95' } }],
    ['hedge: 1500ms', { hedge: { kind: 'after', ms: 1500 } }],
    ['continue_streams: false', { continueStreams: false }],
    ['continue_streams: true', { continueStreams: true }],
    ['hidden: true', { hidden: true }],
    ['access_groups: [beta]', { accessGroups: ['beta'] }],
    ['access_groups: , fallbacks: ', {}],
  ])('can say %s', (written, expected) => {
    const usual = { ...plainGroup('a', []), strategy: null, deployments: [PLAIN] };
    expect(group(`{deployments: [{target: x/y}], ${written}}`)).toEqual({ ...usual, ...expected });
  });

  interface Said {
    readonly retry?: Partial<GroupResilience['retry']>;
    readonly cooldown?: Partial<GroupResilience['cooldown']>;
    readonly fallbacks?: Partial<GroupResilience['fallbacks']>;
    readonly deadlineMs?: number;
  }

  it.each<[string, Said]>([
    ['fallbacks: [b/c, "d e"]', { fallbacks: { general: ['b/c', 'd e'] } }],
    ['fallbacks: []', { fallbacks: { general: [] } }],
    ['context_fallbacks: [b/c]', { fallbacks: { contextWindow: ['b/c'] } }],
    ['content_fallbacks: [b/c]', { fallbacks: { contentPolicy: ['b/c'] } }],
    ['retries: 2', { retry: { retries: 2 } }],
    ['retry_policy: {rate_limit: 3, timeout: 0}', { retry: { byKind: { rate_limit: 3, timeout: 0 } } }],
    ['retry_policy: {}', { retry: { byKind: {} } }],
    ['retry_wait: 1s', { retry: { minWaitMs: 1000 } }],
    ['allowed_fails: 3', { cooldown: { allowedFails: 3 } }],
    ['allowed_fails_policy: {server_error: 9}', { cooldown: { byKind: { server_error: 9 } } }],
    ['cooldown: off', { cooldown: { cooldownMs: 0 } }],
    ['deadline: 2m', { deadlineMs: 120_000 }],
  ])('can say %s, and leaves the rest to routing', (written, expected) => {
    const { resilience } = group(`{deployments: [{target: x/y}], ${written}}`);
    const { retry, cooldown, fallbacks } = USUAL_RESILIENCE;
    expect(resilience).toEqual({
      retry: { ...retry, ...expected.retry },
      cooldown: { ...cooldown, ...expected.cooldown },
      fallbacks: { ...fallbacks, ...expected.fallbacks },
      deadlineMs: expected.deadlineMs ?? null,
    });
  });

  it('can have names of other gateways: with spaces, and several *', () => {
    const { models } = settings(`models:
  "Claude 4.5 Haiku": {deployments: [{target: anthropic/claude-haiku-4-5}]}
  "*/*": {deployments: [{target: "openrouter/*/*"}, {target: "litellm/*"}]}
  openai/*: {deployments: [{target: "openai/*"}]}
  openai/gpt-4o: {deployments: [{target: openai/gpt-4o}]}
  short: {deployments: [{target: "Claude 4.5 Haiku"}]}`);
    expect(models.map(({ name, deployments }) => [name, ...deployments.map(({ target }) => target)])).toEqual([
      ['Claude 4.5 Haiku', 'anthropic/claude-haiku-4-5'],
      ['*/*', 'openrouter/*/*', 'litellm/*'],
      ['openai/*', 'openai/*'],
      ['openai/gpt-4o', 'openai/gpt-4o'],
      ['short', 'Claude 4.5 Haiku'],
    ]);
  });
});

describe('rules', () => {
  const NOTHING = { tokensOver: null, tokensUnder: null, tools: null, images: null, words: [], effort: null };

  it.each([
    ['tokens_over: 8000', { tokensOver: 8000 }],
    ['tokens_under: "${COUNT}"', { tokensUnder: 7 }],
    ['tools: true', { tools: true }],
    ['images: false', { images: false }],
    ['words: [prove, "step by step"]', { words: ['prove', 'step by step'] }],
    ['effort: high', { effort: 'high' }],
  ])('ask for %s', (written, expected) => {
    expect(group(`{rules: [{when: {${written}}, use: x/y}, {use: llama3.2:3b}]}`).rules).toEqual([
      { when: { ...NOTHING, ...expected }, use: 'x/y' },
      { when: null, use: 'llama3.2:3b' },
    ]);
  });

  it.each(['', 'when: ,', 'when: {},'])('that ask for nothing (%j) always hold', (when) => {
    expect(group(`{rules: [{${when} use: x/y}]}`)).toEqual({
      ...plainGroup('a', []),
      strategy: null,
      rules: [{ when: null, use: 'x/y' }],
    });
  });
});

describe('routing', () => {
  it.each([
    ['strategy: cost-based', { strategy: 'cost' }],
    ['retries: 0', { retry: { retries: 0, byKind: {}, minWaitMs: 0 } }],
    ['retry_policy: {timeout: 1}, retry_wait: 1s', { retry: { retries: 2, byKind: { timeout: 1 }, minWaitMs: 1000 } }],
    ['allowed_fails: 3', { cooldown: { allowedFails: 3, byKind: {}, cooldownMs: 5000 } }],
    [
      'allowed_fails_policy: {rate_limit: 1}, cooldown: off',
      { cooldown: { allowedFails: null, byKind: { rate_limit: 1 }, cooldownMs: 0 } },
    ],
    ['deadline: 1m', { deadlineMs: 60_000 }],
    ['max_fallbacks: 0', { maxFallbacks: 0 }],
    ['pre_call_checks: false', { preCallChecks: false }],
    ['sticky: false', { sticky: false }],
    ['latency: {buffer: 0.5}', { latency: { latencyBuffer: 0.5, latencyTtlMs: 3_600_000 } }],
    ['latency: {ttl: 1m}', { latency: { latencyBuffer: 0.1, latencyTtlMs: 60_000 } }],
    ['tags: {match: all, prefix: "t:", fail_open: true}', { tags: { match: 'all', prefix: 't:', failOpen: true } }],
    ['max_parallel: 8', { maxParallel: 8 }],
    ['queue: {max: 0}', { queue: { max: 0, waitMs: 30_000 } }],
    ['queue: {wait: 1m}', { queue: { max: 100, waitMs: 60_000 } }],
    ['keep_alive: off', { keepAliveMs: null }],
    ['keep_alive: 15s', { keepAliveMs: 15_000 }],
    ['continue_streams: false', { continueStreams: false }],
    ['continue_streams: true', { continueStreams: true }],
    ['health_check_interval: off', { healthCheckIntervalMs: null }],
    ['health_check_interval: 5m', { healthCheckIntervalMs: 300_000 }],
    [
      'fallbacks: {gpt-4o: [b/c], "*": [d/e, f/g]}',
      { fallbacks: fallbackTable({ general: { 'gpt-4o': ['b/c'], '*': ['d/e', 'f/g'] } }) },
    ],
    ['context_fallbacks: {a: [b/c]}', { fallbacks: fallbackTable({ contextWindow: { a: ['b/c'] } }) }],
    ['content_fallbacks: {a: []}', { fallbacks: fallbackTable({ contentPolicy: { a: [] } }) }],
  ])('can say %s', (written, expected) => {
    expect(settings(`routing: {${written}}`).routing).toEqual({ ...settings('').routing, ...expected });
  });
});

type Chains = Readonly<Record<string, readonly string[]>>;

function fallbackTable(chains: { general?: Chains; contextWindow?: Chains; contentPolicy?: Chains }) {
  return {
    general: new Map(Object.entries(chains.general ?? {})),
    contextWindow: new Map(Object.entries(chains.contextWindow ?? {})),
    contentPolicy: new Map(Object.entries(chains.contentPolicy ?? {})),
  };
}

describe('an account', () => {
  it.each([
    ['type: openai', { type: 'openai' }],
    ['type: bedrock, region: eu-central-1', { type: 'bedrock', region: 'eu-central-1' }],
    ['type: vertex, project: example.com:my-project', { type: 'vertex', project: 'example.com:my-project' }],
    ['type: azure, api_version: 2025-01-01-preview', { type: 'azure', apiVersion: '2025-01-01-preview' }],
    ['type: vertex, google_credentials: /a b.json', { type: 'vertex', googleCredentials: '/a b.json' }],
    ['type: openai, insecure_tls: true', { type: 'openai', insecureTls: true }],
  ])('can say %s', (written, expected) => {
    const [plain] = settings('providers: {corp: {base_url: "https://x.example"}}').providers;
    const [account] = settings(`providers: {corp: {${written}}}`).providers;
    expect(account).toEqual({ ...plain, baseUrl: null, ...expected });
  });

  it('has keys and headers that are secrets', () => {
    const [account] = settings(`providers:
  corp:
    type: bedrock
    headers: {X-Org: acme}
    aws: {access_key_id: AKIA, secret_access_key: " \${KEY} ", session_token: st}`).providers;
    expect([...(account?.headers ?? [])]).toEqual([['x-org', expect.any(Secret)]]);
    const { accessKeyId, secretAccessKey, sessionToken } = account?.aws ?? {};
    const revealed = [accessKeyId, secretAccessKey, sessionToken].map((one) => one?.reveal());
    expect(revealed).toEqual(['AKIA', 'key-secret', 'st']);
  });
});

describe('the master key', () => {
  it.each([
    ['sk-1234', '127.0.0.1'],
    ['sk-1234', 'localhost'],
    ['0123456789abcdef', '0.0.0.0'],
    ['keychain:llmgw', '0.0.0.0'],
  ])('can be %s on %s', (key, host) => {
    const { server } = settings(`server: {master_key: "${key}", host: ${host}}`);
    expect(server.masterKey instanceof Secret ? server.masterKey.reveal() : server.masterKey).toEqual(
      key.startsWith('keychain:') ? { kind: 'keychain', account: 'llmgw' } : key,
    );
  });
});
