import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { DEPLOYMENT_MODES, plainGroup } from '../../src/canonical/model-group.ts';
import { STRATEGIES } from '../../src/canonical/strategy.ts';
import { asYaml, effectiveConfig } from '../../src/config/effective.ts';
import { parseSettings } from '../../src/config/parse.ts';
import type { Settings } from '../../src/config/settings.ts';
import { STARTER_CONFIG } from '../../src/config/starter.ts';

const SENTINEL = 'S3NT1NEL';
const ENV = { KEY: `${SENTINEL}-from-env`, CORP_KEY: SENTINEL, HOST: 'llm.example.com' };

const load = (text: string): Settings => parseSettings({ file: 'f', text, readableByOthers: false }, ENV).settings;
const show = (text: string): string => asYaml(effectiveConfig(load(text), text));

const keys = (written: string): string => `providers: {openai: {api_key: ${written}}}`;

describe('what a config amounts to', () => {
  it.each([
    ['${KEY}', 'api_key: ${KEY}'],
    ['"${KEY}"', 'api_key: ${KEY}'],
    [`"\${KEY:-${SENTINEL}}"`, 'api_key: ${KEY}'],
    [`"\${UNSET:-${SENTINEL}}"`, 'api_key: ${UNSET}'],
    [SENTINEL, 'api_key: "[secret]"'],
    [`"sk-\${KEY}"`, 'api_key: "[secret]"'],
    [`"$$${SENTINEL}"`, 'api_key: "[secret]"'],
    ['keychain:openai:work', 'api_key: keychain:openai:work'],
  ])('shows a key that is written %s without its text', (written, expected) => {
    const text = written.startsWith('$') ? `providers:\n  openai:\n    api_key: ${written}\n` : keys(written);
    expect(show(text)).toContain(expected);
    expect(show(text)).not.toContain(SENTINEL);
  });

  it('shows the keys of servers, merged ones too', () => {
    const shown = show(`servers:
  - &a {name: a, base_url: "http://127.0.0.1:1", api_key: "\${KEY}"}
  - {<<: *a, name: b}
  - {<<: *a, name: c, api_key: ${SENTINEL}}`);
    expect(shown.match(/api_key: .*/g)).toEqual(['api_key: ${KEY}', 'api_key: ${KEY}', 'api_key: "[secret]"']);
    expect(shown).not.toContain(SENTINEL);
  });

  it.each([
    ['', 'nothing'],
    [STARTER_CONFIG.replace(/^#(?=[a-z]| {2})/gm, ''), 'every example'],
    ['server: {host: "${HOST}"}\nprofile: prod', 'a reference'],
    ['models: {a: "$${HOST}", b: ["$$$${X}", "$", "$$x$$"], "*": "x/*", null: "true", 42: "43"}', 'odd names'],
    ['profiles: {p: {cap: 0.000000000001/day, stand_in: x/y, credentials: {openai: "1"}}}', 'a profile'],
    ['timeouts: {connect: 1500ms, total: 1d}\nserver: {max_request: 1MiB, max_answer: 1001}', 'units'],
    ['responses: {store: off, keep: 1h30m, max_size: 1500KB}', 'a store'],
    ['ollama: {port: 11436}\ndrop_params: false', 'a second port, and nothing that is dropped'],
    ['models: {a: {targets: [x, y], fallbacks: [], hidden: true}, "a b": {deployments: [{target: x}]}}', 'groups'],
    [
      'models: {a: {deployments: [{target: a}]}, "*/*": {deployments: [{target: "x/*/*"}]}}',
      'names that need the long form',
    ],
    ['models: {a: {deployments: [{target: x, price: {input: 99999.123456789012, output: 0}}]}}', 'exact prices'],
    [
      'models: {a: {deployments: [{target: x, params: {a: "$${X}"}, mock: "$$$${Y}"}]}}',
      'texts that look like references',
    ],
    ['models: {a: {deployments: [{target: x, params: {stop: "${HOST}"}, body: {b: ["${HOST}"]}}]}}', 'references'],
    ['routing: {fallbacks: {"*": [a], b: []}, keep_alive: off, cooldown: off, hedge: off}', 'routing'],
    ['providers: {a: {type: bedrock, region: eu-west-1, headers: {X-A: "${KEY}"}}}', 'an account'],
    ['prompt_caching: off', 'no marks'],
  ])('is read back as the same settings (%#: %s)', (text) => {
    const shown = show(text);
    expect(withoutKeys(load(shown))).toEqual(withoutKeys(load(text)));
    expect(show(shown)).toBe(shown);
  });

  it('is read back as the same settings, whatever the names of models', () => {
    const name = fc.stringMatching(/^[!-)+-~]{1,12}$/).filter((text) => !/^llmgw\/|__proto__/.test(text));
    fc.assert(
      fc.property(name, fc.uniqueArray(name, { minLength: 1, maxLength: 3 }), (key, targets) => {
        fc.pre(!targets.includes(key));
        const settings: Settings = { ...load(''), models: [plainGroup(key, targets)] };
        expect(load(asYaml(effectiveConfig(settings, null))).models).toEqual(settings.models);
      }),
    );
  });
});

describe('a group', () => {
  it('is read back as the same, whatever it says', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b c', '*', 'd/*'), anyGroup), anyRouting, (models, routing) => {
        const before = load(stringify({ models, routing }));
        const shown = asYaml(effectiveConfig(before, null));
        expect(load(shown)).toEqual(before);
        expect(asYaml(effectiveConfig(load(shown), null))).toBe(shown);
      }),
    );
  });

  it('shows no key, wherever it stands', () => {
    const shown = show(`server: {master_key: ${SENTINEL}0123456789}
providers:
  a: {type: bedrock, headers: {X-A: ${SENTINEL}, b: "\${KEY:-${SENTINEL}}"}, aws: {access_key_id: "\${KEY}", secret_access_key: ${SENTINEL}}}
models: {m: {deployments: [{target: x, headers: {c: ${SENTINEL}}, body: {d: "\${KEY}"}, params: {e: ["\${KEY}"]}}]}}`);
    expect(shown).not.toContain(SENTINEL);
    expect(shown.match(/\$\{KEY\}/g)).toHaveLength(4);
    expect(shown.match(/\[secret\]/g)).toHaveLength(4);
  });
});

const duration = fc.constantFrom('1s', '90s', '2m');
const share = fc.constantFrom(0, 1, 2.5, 9);
const names = fc.array(fc.constantFrom('x/y', 'gpt-4o', 'a name'), { maxLength: 2 });
const failures = fc.dictionary(fc.constantFrom('timeout', 'rate_limit', 'server_error'), fc.nat(9));
const price = fc.constantFrom(0, 2.5, '0.000000000001', '1234.000000000001');

const resilience = {
  strategy: fc.constantFrom(...STRATEGIES),
  retries: fc.nat(9),
  retry_policy: failures,
  retry_wait: duration,
  allowed_fails: fc.nat(9),
  allowed_fails_policy: failures,
  cooldown: fc.oneof(duration, fc.constant('off')),
  deadline: duration,
  hedge: fc.oneof(duration, fc.constantFrom('off', 'p95')),
  sticky: fc.boolean(),
  continue_streams: fc.boolean(),
};

const anyData = fc.oneof(
  fc.constantFrom(0.2, -1, true, null, 'a text', '', '1', '$${b'),
  fc.constantFrom({ c: ['d', { e: null }] }, []),
);

const anyDeployment = fc.record(
  {
    target: fc.constantFrom('x/y', 'x', 'gpt 4'),
    order: fc.nat(3),
    weight: fc.constantFrom(1, 2.5),
    rpm: fc.integer({ min: 1, max: 9 }),
    tpm: fc.integer({ min: 1, max: 9 }),
    max_parallel: fc.integer({ min: 1, max: 9 }),
    tags: fc.array(fc.constantFrom('pii', 'a b')),
    region: fc.constant('eu'),
    retries: fc.nat(9),
    timeouts: fc.record({ idle: duration, total: duration, connect: duration }, { requiredKeys: [] }),
    allowed_fails: fc.nat(9),
    cooldown: fc.oneof(duration, fc.constant('off')),
    price: fc.record({ input: price, output: price, cached_input: price, cache_write: price }, { requiredKeys: [] }),
    price_as: fc.constant('openai/gpt-4o'),
    context: fc.integer({ min: 1 }).filter((tokens) => tokens <= 1e9),
    max_output: fc.integer({ min: 1, max: 9 }),
    capabilities: fc.uniqueArray(fc.constantFrom('chat', 'tools'), { minLength: 1 }),
    mode: fc.constantFrom(...DEPLOYMENT_MODES),
    params: fc.dictionary(fc.constantFrom('temperature', 'stop'), anyData),
    drop: fc.array(fc.constant('seed')),
    body: fc.dictionary(fc.constantFrom('a', 'b'), anyData),
    mock: fc.constantFrom('', 'a text', '$${b', '$$'),
  },
  { requiredKeys: ['target'] },
);

const anyRule = fc.record(
  {
    when: fc.record(
      {
        tokens_over: fc.nat(9),
        tokens_under: fc.nat(9),
        tools: fc.boolean(),
        images: fc.boolean(),
        words: fc.array(fc.constant('prove it')),
        effort: fc.constantFrom('low', 'max'),
      },
      { requiredKeys: [] },
    ),
    use: fc.constant('x/y'),
  },
  { requiredKeys: ['use'] },
);

const groupKeys = {
  ...resilience,
  fallbacks: names,
  context_fallbacks: names,
  hidden: fc.boolean(),
  access_groups: names,
};

const anyGroup = fc.oneof(
  fc.record(
    { deployments: fc.array(anyDeployment, { minLength: 1, maxLength: 3 }), ...groupKeys },
    { requiredKeys: ['deployments'] },
  ),
  fc.record({ rules: fc.array(anyRule, { minLength: 1, maxLength: 3 }), ...groupKeys }, { requiredKeys: ['rules'] }),
);

const anyRouting = fc.record(
  {
    ...resilience,
    max_fallbacks: fc.nat(9),
    fallbacks: fc.dictionary(fc.constantFrom('*', 'a', 'b c'), names),
    content_fallbacks: fc.dictionary(fc.constantFrom('*', 'a'), names),
    pre_call_checks: fc.boolean(),
    latency: fc.record({ buffer: share, ttl: duration }, { requiredKeys: [] }),
    tags: fc.record({
      match: fc.constantFrom('any', 'all'),
      prefix: fc.constantFrom('', 't:'),
      fail_open: fc.boolean(),
    }),
    max_parallel: fc.integer({ min: 1, max: 9 }),
    queue: fc.record({ max: fc.nat(9), wait: duration }),
    keep_alive: fc.oneof(duration, fc.constant('off')),
    health_check_interval: fc.oneof(duration, fc.constant('off')),
  },
  { requiredKeys: [] },
);

/** A key that is not shown cannot be read back. */
function withoutKeys(settings: Settings): unknown {
  const { servers, providers, ...rest } = settings;
  return { ...rest, servers: servers.map(without), providers: providers.map(without) };
}

function without({ apiKey, ...rest }: { readonly apiKey: unknown }): unknown {
  return { ...rest, hasKey: apiKey !== null };
}
