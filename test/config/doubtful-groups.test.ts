import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/config/parse.ts';

const warningsOf = (text: string, readableByOthers = false): readonly string[] =>
  parseSettings({ file: 'f', text, readableByOthers }, { KEY: 'k' }).warnings;

const group = (written: string): string => `models:\n  a: {deployments: [{target: x/y}], ${written}}\n  chat: x/y\n`;

describe('fallbacks in a circle', () => {
  it.each([
    'models:\n  x: {targets: [a/b], fallbacks: [y]}\n  y: {targets: [a/c], fallbacks: [x]}\n',
    'models:\n  x: a/b\n  y: a/c\nrouting: {fallbacks: {x: [y], y: [x]}}\n',
  ])('are told once: %j', (text) => {
    const said = 'is a fallback that comes back to where it began: `x` → `y` → `x`; each is asked once';
    expect(warningsOf(text)).toEqual([expect.stringContaining(said)]);
  });

  it('are not told where there is none', () => {
    expect(warningsOf('models:\n  x: a/b\n  y: a/c\nrouting: {fallbacks: {x: [y], "*": [x]}}\n')).toEqual([]);
  });
});

describe('a fallback', () => {
  const NOBODY = 'is none of `models:`: nobody answers for it, unless';

  it.each([
    [
      group('fallbacks: [chatt]'),
      `f:2:49: models.a.fallbacks[0]: \`chatt\` ${NOBODY} a server or provider has a model of this name; did you mean \`chat\`?`,
    ],
    [
      group('context_fallbacks: [chat, "a b"]'),
      `f:2:63: models.a.context_fallbacks[1]: \`a b\` ${NOBODY} a server or provider has a model of this name`,
    ],
    [
      group('content_fallbacks: [nobody/zzz]'),
      `f:2:57: models.a.content_fallbacks[0]: \`nobody/zzz\` ${NOBODY} a model server here has a model of this name`,
    ],
    [
      'routing: {fallbacks: {"*": [zzz]}}',
      `f:1:29: routing.fallbacks["*"][0]: \`zzz\` ${NOBODY} a server or provider has a model of this name`,
    ],
  ])('that nobody may answer for is named: %j', (text, expected) => {
    expect(warningsOf(text)).toEqual([expected]);
  });

  it.each([
    'chat',
    'llmgw/chat',
    'beta',
    'wild-9',
    'one/two-three',
    'openai/gpt-4o',
    'corp/big',
    'box/any',
    'ollama/llama3.2',
    'ollama-11435/llama3.2',
    'llama3.2:3b',
    'demo/echo',
  ])('can be %s', (name) => {
    const text = `servers: [{name: box, base_url: "http://127.0.0.1:1"}]
providers: {corp: {base_url: "https://x.example"}}
models:
  chat: {deployments: [{target: x/y}], access_groups: [beta]}
  wild-*: x/y
  "*/*-*": {deployments: [{target: x/y}]}
routing: {fallbacks: {chat: [${name}, openai/gpt-4o]}}`;
    expect(warningsOf(text)).toEqual([]);
  });

  it.each(['onetwo-three', 'one/two', 'wil-9', '/'])('%s is matched by no wildcard', (name) => {
    const text = `models: {wild-*: x/y, "*/*-*": {deployments: [{target: x/y}]}}\nrouting: {fallbacks: {a: ["${name}"]}}`;
    expect(warningsOf(text)).toHaveLength(1);
  });

  it.each([
    [group('fallbacks: [a]'), 'f:2:49: models.a.fallbacks[0]'],
    [`${group('sticky: true')}routing: {fallbacks: {a: [a, a]}}`, 'f:4:27: routing.fallbacks.a[0]'],
  ])('that is the group itself and nobody else is named: %j', (text, place) => {
    expect(warningsOf(text)).toEqual([`${place}: is the group itself, which has been asked by then; name another`]);
  });

  it('that is the group itself beside others is taken for another deployment of it', () => {
    expect(warningsOf(group('fallbacks: [a, chat]'))).toEqual([]);
  });
});

describe('rules', () => {
  it('that end without one that always holds are named', () => {
    expect(warningsOf('models:\n  a:\n    rules:\n      - {when: {tools: true}, use: x/y}')).toEqual([
      'f:3:5: models.a.rules: end without a rule that always holds: a request that none of them fits is refused',
    ]);
  });

  it.each(['{use: x/y}', '{when: , use: x/y}', '{when: {}, use: x/y}'])('after %s are never come to', (always) => {
    expect(warningsOf(`models: {a: {rules: [${always}]}}`)).toEqual([]);
    expect(warningsOf(`models: {a: {rules:\n  [${always},\n  {use: x/z}, {use: x/w}]}}`)).toEqual([
      'f:3:3: models.a.rules[1]: is never come to: the rule before it always holds',
    ]);
  });
});

describe('a name of the form provider/model', () => {
  it.each([
    ['models: {openai/gpt-4o: groq/x}', true],
    ['models: {"openai/*": [groq/x, "ollama/*"]}', true],
    ['models: {openai/gpt-4o: {deployments: [{target: groq/x}]}}', true],
    ['models: {openai/gpt-4o: {targets: [openai/gpt-4.1]}}', false],
    ['models: {openai/gpt-4o: {deployments: [{target: groq/x}, {target: openai/gpt-4o}]}}', false],
    ['models: {openai/gpt-4o: eu/gpt-4o}\nproviders: {eu: {type: openai}}', false],
    ['models: {ollama/x: far/x}\nservers: [{name: far, base_url: "http://10.0.0.7:1", kind: ollama}]', false],
    ['models: {ollama/x: groq/x}\nservers: [{name: far, base_url: "http://10.0.0.7:1", kind: ollama}]', true],
    ['models: {org/model: groq/x}', false],
    ['models: {openai/gpt-4o: {rules: [{use: groq/x}]}}', false],
  ])('that others answer for hides the model: %j', (text, isNamed) => {
    const told = warningsOf(text);
    expect(told).toHaveLength(isNamed ? 1 : 0);
    if (isNamed)
      expect(told[0]).toMatch(/^f:1:10: .* hides the model of this name at `(openai|ollama)`, which nobody can/);
  });
});

describe('a key', () => {
  it('that others can read is named wherever it can stand', () => {
    const text = `server: {master_key: 0123456789abcdef0}
providers:
  a: {type: openai, headers: {x-team: red, X-Api-Key: abc, cookie: "\${KEY}"}}
  b: {type: bedrock, aws: {access_key_id: AKIA, secret_access_key: "\${KEY}"}}
models: {m: {deployments: [{target: x/y, headers: {authorization: Bearer abc}}]}}`;
    expect(warningsOf(text)).toEqual([]);
    expect(warningsOf(text, true).map((warning) => warning.split(': ')[1])).toEqual([
      'server.master_key',
      'providers.a.headers.X-Api-Key',
      'providers.b.aws.access_key_id',
      'models.m.deployments[0].headers.authorization',
    ]);
  });

  it('of the user that nobody is asked for is named', () => {
    expect(warningsOf('server: {auth: open, master_key: sk-1234}')).toEqual([
      'f:1:34: server.master_key: is asked of no caller while server.auth is `open`',
    ]);
  });
});

it('a long file of doubtful groups takes no longer than its length', () => {
  const entry = (n: number): string =>
    `  openai/name-${n}: {deployments: [{target: x/y, id: i${n}}], fallbacks: [dead-${n}]}`;
  const wildcards = Array.from({ length: 200 }, (_, n) => `  "w${n}-*": x`);
  const groups = Array.from({ length: 7000 }, (_, n) => entry(n));
  expect(warningsOf(`models:\n${[...wildcards, ...groups].join('\n')}`)).toHaveLength(50);
});
