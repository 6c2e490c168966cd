import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/config/problem.ts';

const ENV = { SECRET_VALUE: 'S3NT1NEL' };

/** A group of one deployment with `written` beside its target: what is said begins at column 41. */
const deployment = (written: string): string => `models: {a: {deployments: [{target: x/y, ${written}}]}}`;
const group = (written: string): string => `models: {a: {deployments: [{target: x/y}], ${written}}}`;
const groups = (written: string): string => `models: {b: x/y, a: ${written}}`;
const account = (written: string): string => `providers: {corp: {type: openai, ${written}}}`;

describe('a mistake in a group', () => {
  it.each([
    // Its form
    ['models: {a: {}}', '1:10: models.a: says nothing to ask; give it deployments, or rules'],
    ['models: {a: {hidden: true}}', '1:10: models.a: says nothing to ask; give it deployments, or rules'],
    [
      'models: {a: {targets: [x/y], rules: [{use: x/y}]}}',
      '1:30: models.a.rules: stands beside `targets`; keep one of the two',
    ],
    [
      'models: {a: {rules: [{use: x/y}], deployments: [{target: x/y}]}}',
      '1:14: models.a.rules: stands beside `deployments`; keep one of the two',
    ],
    [
      'models: {a: {targets: [x/y], strategy: latency}}',
      '1:40: models.a.strategy: is for deployments; targets are tried in their order',
    ],
    ['models: {a: {deployments: []}}', '1:27: models.a.deployments: is empty; name at least one target'],
    ['models: {a: {rules: []}}', '1:21: models.a.rules: is empty; write at least one rule'],
    ['models: {a: {deployments: [{id: a}]}}', '1:28: models.a.deployments[0].target: is missing; add it'],
    ['models: {a: {deployments: [x/y]}}', '1:28: models.a.deployments[0]: must be a map of keys and values'],
    [deployment('wieght: 1'), '1:42: models.a.deployments[0].wieght: is not a key here; did you mean `weight`?'],
    [group('fallback: [b]'), '1:44: models.a.fallback: is not a key here; did you mean `fallbacks`?'],
    // Its name
    [
      'models: {"a b": {targets: [x/y]}}',
      '1:10: models["a b"]: the name `a b` has spaces or control characters, which a model name cannot have',
    ],
    ['models: {"*/*": [x/y]}', '1:10: models["*/*"]: the name `*/*` has more than one *; one is understood'],
    [
      'models: {" a": {deployments: [{target: x/y}]}}',
      '1:10: models[" a"]: the name ` a` has spaces around it; take them away',
    ],
    [
      'models: {"*****": {deployments: [{target: x/y}]}}',
      '1:10: models["*****"]: the name `*****` has more than four *',
    ],
    [
      'models: {"a*": {deployments: [{target: "x/*/*"}]}}',
      '1:40: models["a*"].deployments[0].target: `x/*/*` has 2 * in it, but the name `a*` has 1 to fill them',
    ],
    [
      'models: {a: {deployments: [{target: "x/*"}]}}',
      '1:37: models.a.deployments[0].target: `x/*` has a * in it, but the name `a` has none to fill it',
    ],
    // What depends on other names
    [
      'models:\n  a: {deployments: [{target: b}]}\n  b: {rules: [{use: a}]}',
      '3:21: models.b.rules[0].use: comes back to itself: `a` → `b` → `a`; name a model of a server or provider',
    ],
    [
      'models: {a: {rules: [{use: a}]}}',
      '1:28: models.a.rules[0].use: is the name of these rules; name what is to answer',
    ],
    [
      'models: {strong: x/y, a: {rules: [{use: stron}]}}',
      '1:41: models.a.rules[0].use: `stron` is none of `models:`; a model itself is named as server/model or ' +
        'provider/model; did you mean `strong`?',
    ],
    [
      'models: {a: {deployments: [{target: x/y, id: one}]}, b: {deployments: [{target: x, id: two}, {target: z, id: one}]}}',
      '1:110: models.b.deployments[1].id: `one` is the id of models.a.deployments[0] already; choose another',
    ],
    [
      'models: {a: {deployments: [{target: x/y, weight: 0}, {target: z, weight: 0.0}]}}',
      '1:50: models.a.deployments[0].weight: leaves nobody to answer: no deployment of the group has a weight above 0',
    ],
    [
      'models: {a: {deployments: [{target: x/y}, {target: z, weight: 0}]}}',
      '1:63: models.a.deployments[1].weight: leaves nobody to answer: no deployment of the group has a weight above 0',
    ],
  ])('%j is named', (text, expected) => {
    expect(problemsOf(text)).toBe(`f:${expected}`);
  });

  it.each([
    ['target: ""', '37', 'target', 'the value is empty'],
    ['id: ""', '46', 'id', 'the value is empty'],
    ['id: é', '46', 'id', '`é` has characters that an id cannot have (line ends, other than ASCII)'],
    ['order: first', '49', 'order', '`first` is not a number from 0 to 1000000'],
    ['weight: -1', '50', 'weight', '`-1` is not a number from 0 to 1000000000'],
    ['weight: .nan', '50', 'weight', '`.nan` is not a number from 0 to 1000000000'],
    ['rpm: 0', '47', 'rpm', '`0` is not a whole number from 1 to 1000000000000'],
    ['tpm: 1.5', '47', 'tpm', '`1.5` is not a whole number from 1 to 1000000000000'],
    ['max_parallel: 0', '56', 'max_parallel', '`0` is not a whole number from 1 to 1000000'],
    ['tags: ["!us"]', '49', 'tags[0]', '`!us` is no tag; it has no comma, no spaces around it, no ! or & in front'],
    ['tags: ["a,b"]', '49', 'tags[0]', '`a,b` is no tag; it has no comma, no spaces around it, no ! or & in front'],
    ['tags: pii', '48', 'tags', 'must be a list, like [one, two]'],
    ['region: evil.example/', '50', 'region', '`evil.example/` is no region; write it like eu or us-east-1'],
    ['retries: 101', '51', 'retries', '`101` is not a whole number from 0 to 100'],
    ['timeouts: {idle: 0s}', '59', 'timeouts.idle', '`0s` is too short; the shortest is 1ms'],
    ['timeouts: {idle: off}', '59', 'timeouts.idle', '`off` is not a duration; write it like 500ms, 5s, 2m or 1h30m'],
    ['cooldown: 25h', '52', 'cooldown', '`25h` is too long; the longest is 1d'],
    ['cooldown: of', '52', 'cooldown', '`of` is not a duration; write it like 500ms, 5s, 2m or 1h30m, or off'],
    ['cooldown: 30', '52', 'cooldown', '`30` has no unit; write it like 500ms, 5s, 2m or 1h30m'],
    [
      'price: {input: free}',
      '57',
      'price.input',
      '`free` is no price; write dollars per million tokens, like 2.5; 0 is free',
    ],
    [
      'price: {input: -1}',
      '57',
      'price.input',
      '`-1` is no price; write dollars per million tokens, like 2.5; 0 is free',
    ],
    ['price: {output: 0.0000000000001}', '58', 'price.output', '`0.0000000000001` has more than 12 decimals'],
    ['price: {output: 1e-13}', '58', 'price.output', '`1e-13` has more than 12 decimals'],
    ['price: {output: 1e99}', '58', 'price.output', '`1e99` is too much; the most is 1000000'],
    ['price: {outptu: 1}', '50', 'price.outptu', 'is not a key here; did you mean `output`?'],
    ['context: 0', '51', 'context', '`0` is not a whole number from 1 to 1000000000'],
    ['capabilities: []', '56', 'capabilities', 'is empty; take it out where nothing is known'],
    [
      'capabilities: [visoin]',
      '57',
      'capabilities[0]',
      '`visoin` is not one of the allowed values; did you mean `vision`?',
    ],
    ['mode: embeddings', '48', 'mode', '`embeddings` is not one of the allowed values; did you mean `embedding`?'],
    [
      'params: {stream: true}',
      '51',
      'params.stream',
      'the name `stream` is what each request says for itself; take it out',
    ],
    ['drop: ["a b"]', '49', 'drop[0]', '`a b` is no name of a parameter'],
    ['headers: {"a b": c}', '52', 'headers["a b"]', 'the name `a b` is no name of a header'],
    ['headers: {Host: c}', '52', 'headers.Host', 'the name `Host` is a header that llmgw sets itself'],
    ['headers: {a: "b\\nc"}', '55', 'headers.a', 'the value has characters in it that no header can have'],
    ['headers: {a: "keychain:b"}', '55', 'headers.a', 'the value cannot be in the keychain; write "${NAME}" for it'],
    ['headers: {a: 1}', '55', 'headers.a', 'must be a text (in quotes if it looks like something else)'],
    ['mock: 1', '48', 'mock', 'must be a text (in quotes if it looks like something else)'],
  ])('%s of a deployment is named', (written, column, path, message) => {
    const text = written.startsWith('target') ? `models: {a: {deployments: [{${written}}]}}` : deployment(written);
    expect(problemsOf(text)).toBe(`f:1:${column}: models.a.deployments[0].${path}: ${message}`);
  });

  it.each([
    ['strategy: latncy', '54', 'strategy', '`latncy` is not one of the allowed values; did you mean `latency`?'],
    [
      'strategy: quantum-annealing',
      '54',
      'strategy',
      '`quantum-annealing` is not one of in-order, shuffle, round-robin, least-busy, latency, usage, cost, warm-first',
    ],
    ['fallbacks: b', '55', 'fallbacks', 'must be a list, like [one, two]'],
    ['fallbacks: [" b"]', '56', 'fallbacks[0]', '` b` has spaces around it; take them away'],
    ['retries: many', '53', 'retries', '`many` is not a whole number from 0 to 100'],
    [
      'retry_policy: {rate_limits: 1}',
      '59',
      'retry_policy.rate_limits',
      'is not a key here; did you mean `rate_limit`?',
    ],
    ['retry_policy: {timeout: -1}', '68', 'retry_policy.timeout', '`-1` is not a whole number from 0 to 100'],
    ['retry_wait: 2h', '56', 'retry_wait', '`2h` is too long; the longest is 1h'],
    [
      'allowed_fails_policy: {sever_error: 1}',
      '67',
      'allowed_fails_policy.sever_error',
      'is not a key here; did you mean `server_error`?',
    ],
    ['deadline: 0s', '54', 'deadline', '`0s` is too short; the shortest is 1ms'],
    ['hedge: soon', '51', 'hedge', '`soon` is not a duration; write it like 500ms, 5s, 2m or 1h30m, or p95, or off'],
    ['hedge: 2', '51', 'hedge', '`2` has no unit; write it like 500ms, 5s, 2m or 1h30m'],
    ['hedge: 2h', '51', 'hedge', '`2h` is too long; the longest is 1h'],
    ['sticky: maybe', '52', 'sticky', '`maybe` is neither true nor false'],
    ['continue_streams: 1', '62', 'continue_streams', '`1` is neither true nor false'],
    ['hidden: no', '52', 'hidden', '`no` is neither true nor false'],
    ['access_groups: [""]', '60', 'access_groups[0]', 'the value is empty'],
  ])('%s of a group is named', (written, column, path, message) => {
    expect(problemsOf(group(written))).toBe(`f:1:${column}: models.a.${path}: ${message}`);
  });

  it.each([
    ['{rules: [{when: {tokens: 5}, use: b}]}', '38', 'when.tokens', 'is not a key here; did you mean `tokens_over`?'],
    [
      '{rules: [{when: {tokens_over: x}, use: b}]}',
      '51',
      'when.tokens_over',
      '`x` is not a whole number from 0 to 1000000000',
    ],
    ['{rules: [{when: {tools: x}, use: b}]}', '45', 'when.tools', '`x` is neither true nor false'],
    ['{rules: [{when: {words: [" "]}, use: b}]}', '46', 'when.words[0]', '` ` is empty'],
    [
      '{rules: [{when: {effort: hihg}, use: b}]}',
      '46',
      'when.effort',
      '`hihg` is not one of the allowed values; did you mean `high`?',
    ],
    ['{rules: [{when: {tools: true}}]}', '30', 'use', 'is missing; add it'],
  ])('%s is named', (written, column, path, message) => {
    expect(problemsOf(groups(written))).toBe(`f:1:${column}: models.a.rules[0].${path}: ${message}`);
  });
});

describe('a mistake in routing', () => {
  it.each([
    ['strategy: shufle', '21', 'strategy', '`shufle` is not one of the allowed values; did you mean `shuffle`?'],
    ['max_fallbacks: 101', '26', 'max_fallbacks', '`101` is not a whole number from 0 to 100'],
    ['fallbacks: [a]', '22', 'fallbacks', 'must be a map of names and values'],
    ['fallbacks: {a: b}', '26', 'fallbacks.a', 'must be a list, like [one, two]'],
    ['latency: {buffer: x}', '29', 'latency.buffer', '`x` is not a number from 0 to 100'],
    ['latency: {ttl: 1ms}', '26', 'latency.ttl', '`1ms` is too short; the shortest is 1s'],
    ['tags: {match: both}', '25', 'tags.match', '`both` is not one of any, all'],
    ['max_parallel: 0', '25', 'max_parallel', '`0` is not a whole number from 1 to 1000000'],
    ['queue: {max: -1}', '24', 'queue.max', '`-1` is not a whole number from 0 to 100000'],
    ['queue: {wait: 2h}', '25', 'queue.wait', '`2h` is too long; the longest is 1h'],
    ['keep_alive: 1ms', '23', 'keep_alive', '`1ms` is too short; the shortest is 100ms'],
    ['health_check_interval: 1ms', '34', 'health_check_interval', '`1ms` is too short; the shortest is 1s'],
    [
      'health_chek_interval: 1s',
      '11',
      'health_chek_interval',
      'is not a key here; did you mean `health_check_interval`?',
    ],
  ])('%s is named', (written, column, path, message) => {
    expect(problemsOf(`routing: {${written}}`)).toBe(`f:1:${column}: routing.${path}: ${message}`);
  });
});

describe('a mistake in an account', () => {
  it.each([
    ['region: "a.b"', '42', 'region', '`a.b` is no region; write it like eu or us-east-1'],
    ['project: a/b', '43', 'project', '`a/b` is no name of a project'],
    ['api_version: "1?"', '47', 'api_version', '`1?` is no version of an API; write it like 2025-01-01-preview'],
    ['headers: {te: b}', '44', 'headers.te', 'the name `te` is a header that llmgw sets itself'],
    ['aws: {access_key_id: a}', '39', 'aws.secret_access_key', 'is missing; add it'],
    [
      'aws: {access_key_id: "", secret_access_key: b}',
      '55',
      'aws.access_key_id',
      'the value is empty, or has characters in it that no key has',
    ],
    ['google_credentials: ""', '54', 'google_credentials', 'the value is empty'],
    ['insecure_tls: x', '48', 'insecure_tls', '`x` is neither true nor false'],
  ])('%s is named', (written, column, path, message) => {
    expect(problemsOf(account(written))).toBe(`f:1:${column}: providers.corp.${path}: ${message}`);
  });

  it.each([
    [
      'providers: {corp: {type: opnai}}',
      'f:1:26: providers.corp.type: `opnai` is not one of the allowed values; did you mean `openai`?',
    ],
    [
      'providers: {groq: {type: openai}}',
      'f:1:26: providers.groq.type: is another provider than `groq`, whose name this is; give the entry a name of its own',
    ],
  ])('%s is named', (text, expected) => {
    expect(problemsOf(text)).toBe(expected);
  });
});

describe('a master key', () => {
  const told = (key: string, host: string): string => problemsOf(`server: {host: ${host}, master_key: ${key}}`);

  it.each(['sk-1234', 'sk-1234567890abcdefgh', '0123456789abcde', '"${SECRET_VALUE}"'])(
    'that is easily guessed (%s) is for this machine alone',
    (key) => {
      expect(told(key, '127.0.0.1')).toBe('');
      expect(told(key, '0.0.0.0')).toBe(
        'f:1:37: server.master_key: is easily guessed while server.host `0.0.0.0` can be reached from elsewhere; ' +
          'take one of 16 characters or more, as `openssl rand -hex 24` gives',
      );
    },
  );

  it('that no header can hold is none', () => {
    expect(told('a b', '127.0.0.1')).toBe(
      'f:1:39: server.master_key: the value has characters in it that no key has (spaces, line ends, accents)',
    );
  });
});

describe('a value from the environment', () => {
  const V = '"${SECRET_VALUE}"';

  it.each([
    `server: {master_key: ${V}, host: 0.0.0.0}`,
    `providers: {corp: {type: ${V}, region: ${V}, headers: ${V}, aws: ${V}, insecure_tls: ${V}}}`,
    `providers: {corp: {type: openai, headers: {a: "\${SECRET_VALUE}\\n"}, aws: {access_key_id: "\${SECRET_VALUE} x"}}}`,
    deployment(`id: ${V}, order: ${V}, tags: [${V}], price: {input: ${V}}, params: ${V}, mode: ${V}, cooldown: ${V}`),
    group(`strategy: ${V}, fallbacks: ${V}, hedge: ${V}, retry_policy: ${V}`),
    `models: {a: {rules: [{use: ${V}, when: {effort: ${V}}}]}}`,
    `models: {a: {deployments: [{target: x/y, id: ${V}}, {target: x/z, id: ${V}}]}}`,
    `models: {a: {deployments: [{target: "\${SECRET_VALUE}/*"}]}}`,
    `routing: {strategy: ${V}, max_parallel: ${V}, fallbacks: {a: ${V}}, latency: {ttl: ${V}}}`,
  ])('in %s never gets into an error', (text) => {
    const problems = problemsOf(text);
    expect(problems).not.toBe('');
    expect(problems).not.toContain(ENV.SECRET_VALUE);
  });
});

/** The message of the error; empty: the file is good. */
function problemsOf(text: string): string {
  try {
    parseSettings({ file: 'f', text, readableByOthers: false }, ENV);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
