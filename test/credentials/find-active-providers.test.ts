import { describe, expect, it } from 'vitest';
import type { ProviderEntry } from '../../src/credentials/find-active-providers.ts';
import { findActiveProviders } from '../../src/credentials/find-active-providers.ts';
import type { StoreKind } from '../../src/credentials/key-store.ts';
import { NOTHING_STORED, resolveApiKey, storedCredentials } from '../../src/credentials/stored-credentials.ts';
import type { StoredCredentials, StoredKey } from '../../src/credentials/stored-credentials.ts';
import { Secret } from '../../src/std/secret.ts';

const KEY = 'sk-proj-4Vq0Zr8kP2mWbT6yLx1c';
const OWN_PORT = 4000;

interface More {
  readonly stored?: StoredCredentials;
  readonly names?: ReadonlyMap<string, string>;
}

function find(env: NodeJS.ProcessEnv, configured: readonly ProviderEntry[] = [], more: More = {}) {
  const { active, locked, problems } = findActiveProviders({
    env,
    configured,
    ownPort: OWN_PORT,
    stored: more.stored ?? NOTHING_STORED,
    names: more.names ?? new Map(),
  });
  const shown = active.map((one) => ({
    id: one.provider.id,
    apiBase: one.apiBase,
    key: one.credential?.reveal() ?? null,
    source: one.credentialSource,
    models: one.configuredModels,
    headers: one.provider.extraHeaders,
  }));
  return { active: shown, locked, problems };
}

function entry(fields: Partial<ProviderEntry> & { id: string }): ProviderEntry {
  return {
    type: null,
    dialect: null,
    baseUrl: null,
    apiKey: null,
    models: null,
    region: null,
    project: null,
    apiVersion: null,
    headers: new Map(),
    aws: null,
    googleCredentials: null,
    insecureTls: false,
    ...fields,
  };
}

describe('credentials in the environment', () => {
  it('makes a provider active at its own address', () => {
    expect(find({ OPENAI_API_KEY: KEY })).toEqual({
      active: [
        {
          id: 'openai',
          apiBase: 'https://api.openai.com/v1',
          key: KEY,
          source: 'OPENAI_API_KEY (environment)',
          models: null,
          headers: {},
        },
      ],
      locked: [],
      problems: [],
    });
  });

  it('finds nothing in an empty environment', () => {
    expect(find({})).toEqual({ active: [], locked: [], problems: [] });
  });

  it.each([
    [
      'the first variable of the convention wins',
      { GEMINI_API_KEY: 'AIza-two', GOOGLE_API_KEY: 'AIza-one' },
      'AIza-one',
    ],
    ['the second counts when the first is not set', { GEMINI_API_KEY: 'AIza-two' }, 'AIza-two'],
    ['an empty value is no value', { GOOGLE_API_KEY: '', GEMINI_API_KEY: 'AIza-two' }, 'AIza-two'],
    ['white space is no value', { GOOGLE_API_KEY: ' \t\n', GEMINI_API_KEY: 'AIza-two' }, 'AIza-two'],
    ['white space around a key is dropped', { GEMINI_API_KEY: ' AIza-two\r\n' }, 'AIza-two'],
    [
      'an unusable value does not hide a usable one',
      { GOOGLE_API_KEY: 'changeme', GEMINI_API_KEY: 'AIza-two' },
      'AIza-two',
    ],
  ])('%s', (_name, env, key) => {
    expect(find(env).active.map((one) => [one.id, one.key])).toEqual([['gemini', key]]);
  });

  it.each([
    ['sk-line\nbreak-in-it'],
    ['sk-two words'],
    ['sk-schlüssel'],
    ['sk-null\u0000byte'],
    ['sk-xxx'],
    ['sk-proj-xxxxxxxx'],
    ['xxxx'],
    ['sk-...'],
    ['your-api-key'],
    ['YOUR_OPENAI_API_KEY'],
    ['sk-your-key-here'],
    ['<OPENAI_API_KEY>'],
    ['${OPENAI_API_KEY}'],
    ['changeme'],
    ['change-me'],
    ['EMPTY'],
    ['none'],
    ['dummy'],
    ['sk-dummy'],
    ['not-needed'],
    ['sk-1234'],
    ['"sk-proj-4Vq0Zr8kP2mWbT6yLx1c"'],
    ['sk-llmgw-0123456789abcdef'],
    ['sk-admin-4Vq0Zr8kP2mWbT6yLx1c'],
  ])('refuses %j with a sentence that does not hold it', (value) => {
    const { active, problems } = find({ OPENAI_API_KEY: value });
    expect(active).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^OPENAI_API_KEY is ignored: /);
    expect(problems[0]).not.toContain(value);
  });

  it.each([
    ['sk-4Vq0Zr8kP2mWbT6yLx1c'],
    ['sk-svcacct-xXxY12'],
    ['0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp'],
    ['eyJhbGciOiJSUzI1NiJ9.e30.c2ln'],
    ['test-tier-9f31c0aa'],
  ])('takes %j', (value) => {
    expect(find({ OPENAI_API_KEY: value }).active).toHaveLength(1);
  });

  it("leaves a subscription's token of Anthropic's own programs alone", () => {
    const { active, problems } = find({ ANTHROPIC_API_KEY: 'sk-ant-oat01-abcdef' });
    expect(active).toEqual([]);
    expect(problems[0]).toContain('sk-ant-oat');
    expect(problems[0]).not.toContain('abcdef');
  });

  it('adds the organization and the project that the variables name', () => {
    const { active } = find({ OPENAI_API_KEY: KEY, OPENAI_ORG_ID: 'org-1', OPENAI_PROJECT_ID: 'proj_2' });
    expect(active[0]?.headers).toEqual({ 'openai-organization': 'org-1', 'openai-project': 'proj_2' });
  });
});

describe('addresses in the environment', () => {
  it.each([
    ['OPENAI_BASE_URL', 'OPENAI_API_KEY', 'https://llm.corp.example/openai/v1/', 'https://llm.corp.example/openai/v1'],
    ['OPENAI_API_BASE', 'OPENAI_API_KEY', 'http://127.0.0.1:9100/v1', 'http://127.0.0.1:9100/v1'],
    ['ANTHROPIC_BASE_URL', 'ANTHROPIC_API_KEY', 'https://claude.corp.example', 'https://claude.corp.example/v1'],
    ['ANTHROPIC_BASE_URL', 'ANTHROPIC_API_KEY', 'https://claude.corp.example/v1', 'https://claude.corp.example/v1'],
    ['AZURE_OPENAI_ENDPOINT', 'AZURE_API_KEY', 'https://r.openai.azure.com/', 'https://r.openai.azure.com/openai/v1'],
    [
      'DATABRICKS_HOST',
      'DATABRICKS_TOKEN',
      'adb-1.azuredatabricks.net',
      'https://adb-1.azuredatabricks.net/serving-endpoints',
    ],
  ])('%s moves the provider of %s: %s', (baseVariable, keyVariable, value, apiBase) => {
    const { active, problems } = find({ [keyVariable]: KEY, [baseVariable]: value });
    expect(problems).toEqual([]);
    expect(active.map((one) => [one.apiBase, one.key])).toEqual([[apiBase, KEY]]);
  });

  it.each([
    ['http://127.0.0.1:4000/v1'],
    ['http://localhost:4000'],
    ['http://[::1]:4000/v1/'],
    ['http://127.0.0.2:4000/v1'],
    ['http://0.0.0.0:4000/v1'],
  ])('a base that is llmgw itself (%s) does not move the provider', (value) => {
    const { active } = find({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: value });
    expect(active.map((one) => one.apiBase)).toEqual(['https://api.openai.com/v1']);
  });

  it('the environment that llmgw itself tells people to set is no credential', () => {
    const env = { OPENAI_API_KEY: 'sk-llmgw-3f9a', OPENAI_BASE_URL: 'http://127.0.0.1:4000/v1' };
    expect(find(env).active).toEqual([]);
  });

  it.each([['nonsense://x'], ['https://user:secret@h.example/v1'], ['https://h.example/v1?key=1'], ['http://']])(
    'a base that cannot be used (%s) never lets the key go to the usual address',
    (value) => {
      const { active, problems } = find({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: value });
      expect(active).toEqual([]);
      expect(problems).toEqual(['OPENAI_BASE_URL is not an http or https address, so openai is not used']);
    },
  );

  it('fills the gaps of an address, and leaves the provider out while one is open', () => {
    const key = { CLOUDFLARE_API_TOKEN: 'cf-4Vq0Zr8kP2mWbT6y' };
    expect(find(key)).toEqual({ active: [], locked: [], problems: [] });
    expect(find({ ...key, CLOUDFLARE_ACCOUNT_ID: 'abc123' }).active[0]?.apiBase).toBe(
      'https://api.cloudflare.com/client/v4/accounts/abc123/ai/v1',
    );
  });

  it('takes the second variable of a gap', () => {
    const { active } = find({ AWS_BEARER_TOKEN_BEDROCK: 'ABSK4Vq0', AWS_DEFAULT_REGION: 'eu-west-1' });
    expect(active[0]?.apiBase).toBe('https://bedrock-mantle.eu-west-1.api.aws/v1');
  });

  it.each([['evil.example/x'], ['evil.example#'], ['a@evil.example'], ['..'], ['x:80']])(
    'a gap cannot be filled with %j, which would change the host',
    (value) => {
      const { active, problems } = find({ SNOWFLAKE_CORTEX_PAT: 'pat-4Vq0', SNOWFLAKE_ACCOUNT: value });
      expect(active).toEqual([]);
      expect(problems).toEqual(['SNOWFLAKE_ACCOUNT cannot be a part of an address']);
    },
  );
});

describe('the providers of the config', () => {
  it("give a key that goes before the environment's", () => {
    const { active } = find({ OPENAI_API_KEY: KEY }, [entry({ id: 'openai', apiKey: new Secret('sk-config') })]);
    expect(active.map((one) => [one.key, one.source])).toEqual([['sk-config', 'config']]);
  });

  it('may move a provider together with its key', () => {
    const moved = entry({ id: 'openai', baseUrl: 'http://127.0.0.1:9100/v1', apiKey: new Secret(KEY) });
    expect(find({}, [moved]).active[0]).toMatchObject({ apiBase: 'http://127.0.0.1:9100/v1', key: KEY });
  });

  it("never get the environment's key at an address that only the config gave", () => {
    const moved = entry({ id: 'openai', baseUrl: 'https://elsewhere.example/v1' });
    const { active, problems } = find({ OPENAI_API_KEY: KEY }, [moved]);
    expect(active).toEqual([]);
    expect(problems.join()).toContain('set api_key');
    expect(problems.join()).not.toContain(KEY);
  });

  it.each([
    ['http://api.openai.com/v1', 'not encrypted'],
    ['https://api.openai.com:8443/v1', 'another port'],
    ['https://api.openai.com.evil.example/v1', 'another host'],
  ])('do not get it at %s either (%s)', (baseUrl) => {
    expect(find({ OPENAI_API_KEY: KEY }, [entry({ id: 'openai', baseUrl })]).active).toEqual([]);
  });

  it("get the environment's key on the provider's own host, and on the one the environment gives beside it", () => {
    const own = entry({ id: 'openai', baseUrl: 'https://api.openai.com/v2' });
    expect(find({ OPENAI_API_KEY: KEY }, [own]).active[0]).toMatchObject({
      apiBase: 'https://api.openai.com/v2',
      key: KEY,
    });
    const corp = entry({ id: 'openai', baseUrl: 'https://llm.corp.example/v1' });
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: 'https://llm.corp.example/openai/v1' };
    expect(find(env, [corp]).active[0]).toMatchObject({ apiBase: 'https://llm.corp.example/v1', key: KEY });
    expect(find(env, [own]).active).toEqual([]);
  });

  it('need no key on a loopback address', () => {
    const local = entry({ id: 'corp', baseUrl: 'http://127.0.0.1:9100/v1' });
    expect(find({}, [local]).active[0]).toMatchObject({ id: 'corp', key: null, source: 'none needed' });
    const moved = entry({ id: 'openai', baseUrl: 'http://localhost:9100/v1' });
    const { active, problems } = find({ OPENAI_API_KEY: KEY }, [moved]);
    expect(active[0]).toMatchObject({ id: 'openai', key: null });
    expect(problems.join()).toContain('set api_key');
  });

  it('without a key elsewhere are not used, which is said', () => {
    const corp = entry({ id: 'corp', baseUrl: 'https://llm.corp.example/v1' });
    expect(find({}, [corp])).toEqual({
      active: [],
      locked: [],
      problems: ['providers.corp: there is no credential; set api_key'],
    });
    expect(find({}, [entry({ id: 'openai' })]).problems).toEqual([
      'providers.openai: there is no credential; set api_key, or OPENAI_API_KEY in the environment',
    ]);
  });

  it('must have an address when the table lacks them', () => {
    const { active, problems } = find({}, [entry({ id: 'corp', apiKey: new Secret('k') })]);
    expect(active).toEqual([]);
    expect(problems).toEqual(['providers.corp: no provider of this name is known; give its base_url']);
  });

  it('may name the models', () => {
    const named = entry({
      id: 'corp',
      baseUrl: 'https://llm.corp.example/v1',
      apiKey: new Secret('k'),
      models: ['big'],
    });
    expect(find({}, [named]).active[0]?.models).toEqual(['big']);
  });
});

it('nothing that is given back shows a key when it is printed', () => {
  const found = findActiveProviders({
    env: { OPENAI_API_KEY: KEY },
    configured: [entry({ id: 'corp', baseUrl: 'https://c.example', apiKey: new Secret(`${KEY}-2`) })],
    ownPort: OWN_PORT,
    stored: NOTHING_STORED,
    names: new Map(),
  });
  expect(found.active).toHaveLength(2);
  expect(JSON.stringify(found)).not.toContain(KEY);
});

describe('stored keys', () => {
  it.each([
    ['the keychain before the file and the environment', ['keychain', 'file'], 'sk-keychain-1', 'keychain'],
    ['the file before the environment', ['file'], 'sk-file-1', 'file'],
    ['the environment when nothing is stored', [], KEY, 'OPENAI_API_KEY (environment)'],
  ] as const)('%s', (_name, stores, key, source) => {
    const stored = storedCredentials(
      stores.map((store) => kept('openai', store, `sk-${store}-1`)),
      [],
    );
    const { active } = find({ OPENAI_API_KEY: KEY }, [], { stored });
    expect(active.map((one) => [one.key, one.source])).toEqual([[key, source]]);
  });

  it("come after the config's own key", () => {
    const stored = storedCredentials([kept('openai', 'keychain', 'sk-keychain-1')], []);
    const { active } = find({}, [entry({ id: 'openai', apiKey: new Secret('sk-config') })], { stored });
    expect(active[0]).toMatchObject({ key: 'sk-config', source: 'config' });
  });

  it('that are locked lock their provider, and no other key takes their place', () => {
    const stored = storedCredentials([lockedKey('openai'), kept('openai', 'file', 'sk-file-1')], []);
    const { active, locked, problems } = find({ OPENAI_API_KEY: KEY }, [], { stored });
    expect(active).toEqual([]);
    expect(locked).toEqual([{ id: 'openai', why: 'It is locked. Unlock it.' }]);
    expect(problems).toEqual(['openai cannot be read. It is locked. Unlock it.']);
  });

  it('that another program changed into something else are ignored', () => {
    const stored = storedCredentials([kept('openai', 'keychain', 'sk-two words')], []);
    const { active, problems } = find({}, [], { stored });
    expect(active).toEqual([]);
    expect(problems).toEqual([
      'openai in the keychain is ignored: it holds blanks, line breaks or characters that no key has',
    ]);
  });

  it('of a provider that only the config knows are sent where the config puts it', () => {
    const stored = storedCredentials([kept('corp', 'file', 'corp-key-1')], []);
    const corp = entry({ id: 'corp', baseUrl: 'http://10.0.0.5/v1' });
    expect(find({}, [corp], { stored }).active[0]).toMatchObject({ key: 'corp-key-1', apiBase: 'http://10.0.0.5/v1' });
  });

  it.each([['https://elsewhere.example/v1'], ['http://127.0.0.1:9100/v1']])(
    'are not sent to %s only because the environment points there; its own key is',
    (base) => {
      const stored = storedCredentials([kept('openai', 'keychain', 'sk-keychain-1')], []);
      const env = { OPENAI_BASE_URL: base, OPENAI_API_KEY: KEY };
      const found = find(env, [], { stored });
      expect(found.active).toMatchObject([{ key: KEY, apiBase: base, source: 'OPENAI_API_KEY (environment)' }]);
      expect(found.problems.join()).toContain('OPENAI_BASE_URL puts openai on another host');
      expect(find({ OPENAI_BASE_URL: base }, [], { stored }).active).toEqual([]);
      expect(find({ OPENAI_BASE_URL: base }, [], { stored, names: new Map() }).problems.join()).not.toContain('sk-');
    },
  );

  it('are not sent to another host of the config unless it names them', () => {
    const stored = storedCredentials([kept('openai', 'keychain', 'sk-keychain-1')], []);
    const moved = entry({ id: 'openai', baseUrl: 'https://elsewhere.example/v1' });
    expect(find({}, [moved], { stored }).active).toEqual([]);
    const naming = { ...moved, apiKey: { kind: 'keychain', account: 'openai' } } as const;
    expect(find({}, [naming], { stored }).active).toMatchObject([
      { key: 'sk-keychain-1', apiBase: 'https://elsewhere.example/v1', source: 'config (keychain:openai)' },
    ]);
  });

  it('go where the account is, when the table has no address without it', () => {
    const stored = storedCredentials([kept('azure', 'keychain', 'azure-key-1')], []);
    const env = { AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com' };
    expect(find(env, [], { stored }).active).toMatchObject([{ id: 'azure', key: 'azure-key-1' }]);
  });
});

describe('a key that is named', () => {
  const names = new Map([['openai', 'work']]);
  const work = kept('openai:work', 'keychain', 'sk-work-1');

  it('is used, whatever else there is', () => {
    const stored = storedCredentials([kept('openai', 'keychain', 'sk-keychain-1'), work], []);
    const configured = [entry({ id: 'openai', apiKey: new Secret('sk-config') })];
    expect(find({ OPENAI_API_KEY: KEY }, configured, { stored, names }).active).toMatchObject([
      { key: 'sk-work-1', source: 'keychain (openai:work)' },
    ]);
  });

  it('and is not there is told how to get there, and no other is used', () => {
    const stored = storedCredentials([kept('openai', 'keychain', 'sk-keychain-1')], []);
    const { active, problems } = find({ OPENAI_API_KEY: KEY }, [], { stored, names });
    expect(active).toEqual([]);
    expect(problems.join()).toContain('`llmgw auth add openai:work`');
  });

  it('and is locked locks its provider', () => {
    const stored = storedCredentials([lockedKey('openai:work'), kept('openai', 'file', 'sk-file-1')], []);
    const { active, locked } = find({}, [], { stored, names });
    expect(active).toEqual([]);
    expect(locked.map(({ id }) => id)).toEqual(['openai']);
  });

  it('is not sent where the environment moved the provider', () => {
    const { active } = find({ OPENAI_BASE_URL: 'https://e.example/v1', OPENAI_API_KEY: KEY }, [], {
      stored: storedCredentials([work], []),
      names,
    });
    expect(active).toEqual([]);
  });

  it('can be the one of a server', () => {
    const stored = storedCredentials([work, lockedKey('groq')], []);
    const resolved = ['openai:work', 'groq', 'none'].map((account) =>
      resolveApiKey({ kind: 'keychain', account }, stored),
    );
    expect(resolved.map(({ secret, problem }) => [secret?.reveal() ?? null, problem])).toEqual([
      ['sk-work-1', null],
      [null, 'keychain:groq cannot be read. It is locked. Unlock it.'],
      [null, 'keychain:none: no key none is stored; `llmgw auth add none` stores one'],
    ]);
  });
});

describe('an address without TLS', () => {
  it.each([['http://10.0.0.5/v1'], ['http://llm.corp.example/v1'], ['http://0.0.0.0:9/v1']])(
    'beyond this machine that the config does not name gets no key: %s',
    (base) => {
      const { active, problems } = find({ OPENAI_BASE_URL: base, OPENAI_API_KEY: KEY });
      expect(active).toEqual([]);
      expect(problems.join()).toContain('unencrypted');
    },
  );

  it('that the config names gets it', () => {
    const corp = entry({ id: 'corp', baseUrl: 'http://10.0.0.5/v1', apiKey: new Secret('k-12345678') });
    expect(find({}, [corp]).active).toHaveLength(1);
  });
});

function kept(account: string, store: StoreKind, text: string): StoredKey {
  return { account, store, addedAt: null, reading: { kind: 'found', secret: new Secret(text) } };
}

function lockedKey(account: string): StoredKey {
  const trouble = { kind: 'locked', why: 'It is locked.', hint: 'Unlock it.', offer: null } as const;
  return { account, store: 'keychain', addedAt: null, reading: { kind: 'unreadable', trouble } };
}

describe('a provider whose id has a colon', () => {
  it("does not get another provider's named key", () => {
    const stored = storedCredentials(
      [
        {
          account: 'openai:work',
          store: 'keychain',
          addedAt: null,
          reading: { kind: 'found', secret: new Secret(KEY) },
        },
      ],
      [],
    );
    const found = find({}, [entry({ id: 'openai:work', baseUrl: 'https://elsewhere.example/v1' })], { stored });
    expect(found.active).toEqual([]);
  });
});

describe('a further account of a provider', () => {
  const EU = 'https://eu.api.openai.com/v1';

  it('has its own key and place, beside the usual account', () => {
    const own = new Secret('sk-proj-eu-4Vq0Zr8kP2mWbT6yLx1c');
    const configured = [entry({ id: 'openai-eu', type: 'openai', baseUrl: EU, apiKey: own })];
    expect(find({ OPENAI_API_KEY: KEY }, configured).active).toMatchObject([
      { id: 'openai', apiBase: 'https://api.openai.com/v1', key: KEY },
      { id: 'openai-eu', apiBase: EU, key: own.reveal(), source: 'config' },
    ]);
  });

  it('without a key of its own has that of its provider, at its host and at no other', () => {
    const at = (baseUrl: string | null) =>
      find({ OPENAI_API_KEY: KEY }, [entry({ id: 'second', type: 'openai', baseUrl })]);
    expect(at(null).active).toMatchObject([{ id: 'openai' }, { id: 'second', key: KEY }]);
    expect(at(EU).active).toMatchObject([{ id: 'openai' }]);
    expect(at(EU).problems).toEqual([expect.stringContaining('is not sent there; set api_key')]);
  });

  it('is where its region, project and version say', () => {
    const apiKey = new Secret(KEY);
    const shaped = [
      entry({ id: 'mantle-eu', type: 'bedrock-mantle', apiKey, region: 'eu-west-1' }),
      entry({ id: 'vertex-work', type: 'vertex', apiKey, region: 'europe-west4', project: 'work' }),
    ];
    expect(find({ AWS_REGION: 'us-east-1' }, shaped).active.map(({ apiBase }) => apiBase)).toEqual([
      'https://bedrock-mantle.eu-west-1.api.aws/v1',
      expect.stringContaining('https://europe-west4-aiplatform.googleapis.com/v1beta1/projects/work/'),
    ]);
    const base = 'https://my.openai.azure.com/openai';
    const azure = entry({ id: 'azure-se', type: 'azure', apiKey, baseUrl: base, apiVersion: '2025-01-01-preview' });
    const options = { env: {}, configured: [azure], ownPort: OWN_PORT, stored: NOTHING_STORED, names: new Map() };
    const [found] = findActiveProviders(options).active;
    expect(found?.provider.pathRule?.({ path: '/chat/completions', model: 'gpt-4o', stream: false })).toBe(
      '/deployments/gpt-4o/chat/completions?api-version=2025-01-01-preview',
    );
  });
});
