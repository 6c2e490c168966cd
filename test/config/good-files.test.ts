import { describe, expect, it } from 'vitest';
import { plainGroup } from '../../src/canonical/model-group.ts';
import { BUILT_IN_PROFILES, type Profile } from '../../src/canonical/profile.ts';
import { DEFAULT_RESILIENCE } from '../../src/canonical/resilience.ts';
import { parseSettings } from '../../src/config/parse.ts';
import type { LoadedSettings } from '../../src/config/parse.ts';
import { Secret } from '../../src/std/secret.ts';

const ENV = {
  GPU_KEY: 'gpu-secret',
  OPENAI_API_KEY: 'openai-secret',
  CORP_KEY: 'corp-secret',
  PORT: '4123',
  EMPTY: '',
};

const load = (text: string, readableByOthers = false): LoadedSettings =>
  parseSettings({ file: 'config.yaml', text, readableByOthers }, ENV);

const USUAL_ROUTING = {
  strategy: 'shuffle',
  retry: DEFAULT_RESILIENCE.retry,
  cooldown: DEFAULT_RESILIENCE.cooldown,
  deadlineMs: 600_000,
  maxFallbacks: 5,
  fallbacks: { general: new Map(), contextWindow: new Map(), contentPolicy: new Map() },
  preCallChecks: true,
  sticky: true,
  latency: { latencyBuffer: 0.1, latencyTtlMs: 3_600_000 },
  tags: { match: 'any', prefix: '', failOpen: false },
  maxParallel: null,
  queue: { max: 100, waitMs: 30_000 },
  keepAliveMs: null,
  hedge: { kind: 'off' },
  continueStreams: false,
  healthCheckIntervalMs: 30_000,
};

const NO_ACCOUNT = {
  type: null,
  region: null,
  project: null,
  apiVersion: null,
  headers: new Map(),
  aws: null,
  googleCredentials: null,
  insecureTls: false,
};

const DEFAULTS = {
  file: 'config.yaml',
  server: {
    host: '127.0.0.1',
    port: 4000,
    auth: 'key',
    masterKey: null,
    allowedHosts: [],
    allowedOrigins: [],
    maxRequestBytes: 64_000_000,
    maxAnswerBytes: 64_000_000,
    requestTimeoutMs: 60_000,
  },
  servers: [],
  providers: [],
  models: [],
  routing: USUAL_ROUTING,
  profiles: BUILT_IN_PROFILES,
  profile: null,
  discovery: { enabled: true, intervalMs: 5000, ignoredPorts: [] },
  timeouts: { connectMs: 10_000, firstByteMs: 600_000, idleMs: 300_000, totalMs: 3_600_000 },
  responses: { store: 'on', keepMs: 86_400_000, maxBytes: 256_000_000 },
  ollamaPort: null,
  dropParams: true,
  isLiteLlm: false,
  promptCaching: 'auto',
  environment: new Map(),
};

describe('a config file', () => {
  it.each(['', '\n', '# nothing yet\n', '---\n', '{}', 'null', '---\n# x\n...\n', SECTIONS_WITHOUT_ANYTHING()])(
    'that says nothing (%j) is all defaults',
    (text) => {
      const { settings, warnings } = load(text);
      expect({ settings, warnings }).toEqual({ settings: DEFAULTS, warnings: [] });
    },
  );

  it('can be the one of the documentation', () => {
    const { settings, warnings } = load(DOCUMENTED);
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({
      ...DEFAULTS,
      servers: [{ name: 'gpu-box', baseUrl: 'http://127.0.0.1:9200', kind: null, local: true, insecureTls: false }],
      providers: [
        { id: 'openai', dialect: null, baseUrl: 'http://127.0.0.1:9100/v1', models: null },
        { id: 'corp', dialect: 'openai-chat', baseUrl: 'https://llm.corp.example/v1', models: ['big'] },
      ],
      models: [plainGroup('fast', ['ollama/llama3.2:3b']), plainGroup('smart', ['openai/gpt-4o', 'gpu-box/qwen3:32b'])],
      discovery: { enabled: true, intervalMs: 5000, ignoredPorts: [8080] },
    });
    const keys = [...settings.servers, ...settings.providers].map(
      ({ apiKey }) => apiKey instanceof Secret && apiKey.reveal(),
    );
    expect(keys).toEqual(['gpu-secret', 'openai-secret', 'corp-secret']);
  });

  it('can say everything', () => {
    const { settings } = load(EVERYTHING);
    expect(settings).toEqual({
      file: 'config.yaml',
      server: {
        host: '0.0.0.0',
        port: 0,
        auth: 'key',
        masterKey: null,
        allowedHosts: ['llm.example.com', 'fe80::1'],
        allowedOrigins: ['https://app.example', 'http://192.168.1.5:3000', 'app://obsidian.md', 'my-editor://*'],
        maxRequestBytes: 1_048_576,
        maxAnswerBytes: 2000,
        requestTimeoutMs: 90_000,
      },
      servers: [
        {
          name: 'box',
          baseUrl: 'https://box.example:8443/v1',
          apiKey: expect.any(Secret) as Secret,
          kind: 'vllm',
          local: false,
          insecureTls: true,
        },
        { name: 'plain', baseUrl: 'http://10.0.0.7:8000', apiKey: null, kind: null, local: null, insecureTls: false },
      ],
      providers: [
        { id: 'groq', dialect: null, baseUrl: null, apiKey: null, models: null, ...NO_ACCOUNT },
        {
          id: 'proxy',
          dialect: 'anthropic-messages',
          baseUrl: 'https://proxy.example',
          apiKey: null,
          models: null,
          ...NO_ACCOUNT,
        },
      ],
      models: [
        plainGroup('gpt-4o', ['box/qwen3:32b']),
        plainGroup('org/model', ['a', 'b']),
        plainGroup('constructor', ['gpt-4o']),
        plainGroup('42', ['a']),
      ].sort((one) => (one.name === '42' ? -1 : 0)),
      routing: USUAL_ROUTING,
      profile: 'dev',
      profiles: [
        {
          name: 'dev',
          allow: 'cloud',
          aliases: [
            { name: 'gpt-4o', targets: ['plain/llama'] },
            { name: 'claude-*', targets: ['plain/*', 'box/qwen3:32b'] },
          ],
          standIn: { kind: 'target', target: 'box/qwen3:32b' },
          credentials: new Map([['openai', 'work']]),
          cap: { amountPico: 50_000_000_000_001n, period: 'week' },
          builtIn: true,
        },
        { ...BUILT_IN_PROFILES[1] },
        {
          name: 'prod-2',
          allow: 'any',
          aliases: [{ name: 'gpt-4o', targets: ['gpt-4o'] }],
          standIn: { kind: 'none' },
          credentials: new Map(),
          cap: null,
          builtIn: false,
        },
        {
          name: 'bare',
          allow: 'any',
          aliases: [],
          standIn: { kind: 'none' },
          credentials: new Map(),
          cap: null,
          builtIn: false,
        },
      ],
      discovery: { enabled: false, intervalMs: 60_000, ignoredPorts: [8080, 3000] },
      timeouts: { connectMs: 500, firstByteMs: 3_600_000, idleMs: 90_000, totalMs: 86_400_000 },
      responses: { store: 'off', keepMs: 2_592_000_000, maxBytes: 1_048_576 },
      ollamaPort: 11436,
      dropParams: false,
      isLiteLlm: false,
      promptCaching: 'off',
      environment: new Map(),
    });
  });

  it('can repeat parts with anchors and merge keys', () => {
    const { settings } = load(`
      servers:
        - &box {name: one, base_url: "http://127.0.0.1:1", kind: vllm}
        - {<<: *box, name: two}
        - {<<: [{name: three, local: true}, *box]}
      models: {a: &list [x, y], b: *list}
    `);
    expect(settings.servers.map(({ name, baseUrl, kind, local }) => ({ name, baseUrl, kind, local }))).toEqual([
      { name: 'one', baseUrl: 'http://127.0.0.1:1', kind: 'vllm', local: null },
      { name: 'two', baseUrl: 'http://127.0.0.1:1', kind: 'vllm', local: null },
      { name: 'three', baseUrl: 'http://127.0.0.1:1', kind: 'vllm', local: true },
    ]);
    expect(settings.models[1]).toEqual(plainGroup('b', ['x', 'y']));
  });
});

describe('a profile', () => {
  const profile = (name: string, text: string): Profile | undefined =>
    load(text).settings.profiles.find((one) => one.name === name);

  it('that is built in keeps what the file does not say', () => {
    expect(profile('dev', 'profiles: {dev: {models: {"gpt-*": ollama/x}}}')).toEqual({
      ...BUILT_IN_PROFILES[0],
      aliases: [{ name: 'gpt-*', targets: ['ollama/x'] }],
    });
    expect(profile('dev', 'profiles: {dev: {allow: any}}')).toEqual({ ...BUILT_IN_PROFILES[0], allow: 'any' });
    expect(profile('dev', 'profiles: {dev: {stand_in: none}}')).toMatchObject({ standIn: { kind: 'none' } });
    expect(profile('prod', 'profiles: {prod:}')).toEqual(BUILT_IN_PROFILES[1]);
  });

  it('is there once, dev and prod first', () => {
    const { profiles } = load('profiles: {mine: , prod: , dev: }').settings;
    expect(profiles.map(({ name }) => name)).toEqual(['dev', 'prod', 'mine']);
  });

  it.each([
    ['50/month', 50_000_000_000_000n, 'month'],
    ['$2.50/day', 2_500_000_000_000n, 'day'],
    ['0.000000000001/week', 1n, 'week'],
    ['1000000/month', 1_000_000_000_000_000_000n, 'month'],
    ['" 0.1 / day "', 100_000_000_000n, 'day'],
    ['"${PORT}/day"', 4_123_000_000_000_000n, 'day'],
    ['123456.789012345678/day', 123_456_789_012_345_678n, 'day'],
  ])('can have a cap of %s, exactly', (written, amountPico, period) => {
    expect(profile('prod', `profiles: {prod: {cap: ${written}}}`)?.cap).toEqual({ amountPico, period });
  });

  it('can name a key that is not stored yet, of a provider of the file too', () => {
    const text = 'providers: {corp: {base_url: "https://x.example"}}\nprofiles: {p: {credentials: {corp: a.b-C_1}}}';
    expect(profile('p', text)?.credentials).toEqual(new Map([['corp', 'a.b-C_1']]));
  });
});

describe('api_key', () => {
  it.each([
    ['keychain:openai', 'openai'],
    ['keychain:openai:work', 'openai:work'],
    ['" keychain:my.provider:a_b-c.d "', 'my.provider:a_b-c.d'],
  ])('%s is a key of the keychain, in a server and a provider', (written, account) => {
    const { settings, warnings } = load(
      `servers: [{name: a, base_url: "http://127.0.0.1:1", api_key: ${written}}]\nproviders: {openai: {api_key: ${written}}}`,
      true,
    );
    expect(settings.servers[0]?.apiKey).toEqual({ kind: 'keychain', account });
    expect(settings.providers[0]?.apiKey).toEqual({ kind: 'keychain', account });
    expect(warnings).toEqual([]);
  });
});

describe('${…}', () => {
  it.each([
    ['${PORT}', '4123'],
    ['a-${PORT}-${PORT}', 'a-4123-4123'],
    ['${EMPTY:-b}', 'b'],
    ['${NOT_SET:-b:-c}', 'b:-c'],
    ['$$', '$'],
    ['$${PORT}', '${PORT}'],
    ['$$${PORT}', '$4123'],
    ['a$b$', 'a$b$'],
    ['$PORT', '$PORT'],
    ['${NOT_SET:-$$}', '$$'],
  ])('in %s gives %s', (written, expanded) => {
    expect(load(`models: {a: "${written}"}`).settings.models).toEqual([plainGroup('a', [expanded])]);
  });

  it('can hold a number or a truth', () => {
    const { settings } = load('server: {port: "${PORT}"}\ndiscovery: {enabled: "${NOT_SET:-false}"}');
    expect([settings.server.port, settings.discovery.enabled]).toEqual([4123, false]);
  });

  it('stays as it is in a key', () => {
    expect(load('models: {"${PORT}": a}').settings.models[0]?.name).toBe('${PORT}');
  });
});

describe('warnings', () => {
  const KEYS = [
    'servers: [{name: box, base_url: "http://127.0.0.1:1", api_key: sk-literal}]',
    'providers:',
    '  groq: {api_key: "${GPU_KEY}"}',
    '  mistral: {api_key: "sk-${GPU_KEY}"}',
  ].join('\n');

  it('name each key that is written into a file that others can read', () => {
    expect(load(KEYS).warnings).toEqual([]);
    const advice = 'other users of this machine can read this key; `chmod 600` the file, or write "${NAME}" for it';
    expect(load(KEYS, true).warnings).toEqual([
      `config.yaml:1:64: servers[0].api_key: ${advice}`,
      `config.yaml:4:22: providers.mistral.api_key: ${advice}`,
    ]);
  });

  it('name each address at which a key travels in clear', () => {
    const { warnings } = load(`servers:
  - {name: a, base_url: "http://10.0.0.7:8000", api_key: "\${GPU_KEY}"}
  - {name: b, base_url: "http://10.0.0.7:8000"}
  - {name: c, base_url: "https://10.0.0.7:8000", api_key: "\${GPU_KEY}"}
  - {name: d, base_url: "http://[::1]:8000", api_key: "\${GPU_KEY}"}`);
    expect(warnings).toEqual([
      'config.yaml:2:25: servers[0].base_url: the api_key goes over the network unencrypted; ' +
        'use https:// if the server can',
    ]);
  });
});

describe('a profile that stays on this machine', () => {
  it('warns of each target in the cloud, which the wall stands before anyway', () => {
    const { warnings } = load(`providers: {corp: {base_url: "https://x.example"}}
servers: [{name: box, base_url: "http://127.0.0.1:1"}]
profiles:
  dev:
    models: {a: openai/gpt-4o, b: [box/x, corp/y], c: {targets: [ollama/z, gpt-4o]}, "d-*": "groq/*"}
  mine: {allow: local, stand_in: openai/gpt-4o}
  prod: {models: {a: openai/gpt-4o}}
  other: {models: {a: openai/gpt-4o}}`);
    const told = 'is in the cloud by its name, and this profile is `allow: local`: it is passed over, unless a local';
    expect(warnings.map((warning) => warning.slice(0, warning.indexOf(' is in the cloud')))).toEqual([
      'config.yaml:5:17: profiles.dev.models.a: `openai/gpt-4o`',
      'config.yaml:5:43: profiles.dev.models.b[1]: `corp/y`',
      'config.yaml:5:93: profiles.dev.models["d-*"]: `groq/*`',
      'config.yaml:6:34: profiles.mine.stand_in: `openai/gpt-4o`',
    ]);
    expect(warnings[0]).toContain(told);
  });
});

function SECTIONS_WITHOUT_ANYTHING(): string {
  return 'server:\nservers:\nproviders:\nmodels:\nprofiles:\ndiscovery: {ignore: }\ntimeouts: {}\nresponses:\nollama:\n';
}

const DOCUMENTED = `
server: {port: 4000, auth: key, allowed_hosts: [], allowed_origins: []}    # auth: key | open (loopback only)
servers:                                   # model servers that discovery cannot find by itself
  - {name: gpu-box, base_url: "http://127.0.0.1:9200", api_key: "\${GPU_KEY}", local: true}   # kind is recognised
providers:                                 # a provider at another address, or one that the table lacks
  openai: {base_url: "http://127.0.0.1:9100/v1", api_key: "\${OPENAI_API_KEY}"}
  corp: {dialect: openai-chat, base_url: "https://llm.corp.example/v1", api_key: "\${CORP_KEY}", models: [big]}
models:                                    # names of your own; a string or list is short for {targets: […]}
  fast: ollama/llama3.2:3b
  smart: [openai/gpt-4o, gpu-box/qwen3:32b]   # in order
discovery: {enabled: true, interval: 5s, ignore: [8080]}
`;

const EVERYTHING = `
server:
  host: 0.0.0.0
  port: 0
  auth: key
  allowed_hosts: [LLM.Example.com, "[fe80::1]"]
  allowed_origins: [HTTPS://App.Example:443, "http://192.168.1.5:3000", "app://obsidian.md", "my-editor://*"]
  max_request: 1MiB
  max_answer: 2000
  request_timeout: 1m30s
servers:
  - name: box
    base_url: https://box.example:8443/v1/
    api_key: " \${GPU_KEY}\\n"
    kind: vllm
    local: false
    insecure_tls: true
  - name: plain
    base_url: http://10.0.0.7:8000//
providers:
  groq:
  proxy: {dialect: anthropic-messages, base_url: "https://proxy.example"}
models:
  gpt-4o: box/qwen3:32b
  org/model: [a, b]
  constructor: {targets: [gpt-4o]}
  42: a
profile: dev
profiles:
  dev:
    allow: cloud
    models: {gpt-4o: plain/llama, claude-*: [plain/*, "box/qwen3:32b"]}
    stand_in: box/qwen3:32b
    credentials: {openai: work}
    cap: $50.000000000001/week
  prod-2: {models: {gpt-4o: gpt-4o}}
  bare:
discovery: {enabled: false, interval: 60s, ignore: [8080, 3000]}
timeouts: {connect: 500ms, first_byte: 1h, idle: 1m30s, total: 1d}
responses: {store: off, keep: 30d, max_size: 1MiB}
ollama: {port: "11436"}
drop_params: false
prompt_caching: off
`;
