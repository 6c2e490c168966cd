import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/config/load.ts';
import { withReferences, writtenKeys } from '../../src/config/written-keys.ts';

const KEY = 'sk-proj-kX83hfTz0aVvQm1oTz0aVv';

function keysIn(text: string) {
  const file = { file: '/config.yaml', text, readableByOthers: false };
  return writtenKeys(file, settingsOf(file, { REST: 'rest' }).liteLlm);
}

/** With each key of an account in the keychain; `KEY` stands for the key. */
function moved(lines: readonly string[], lineEnd = '\n'): string | null {
  const text = lines.join(lineEnd).replaceAll('KEY', KEY);
  const keys = keysIn(text).filter(({ account }) => account !== null);
  return withReferences(text, keys, 'keychain:openai')?.replaceAll(KEY, 'KEY') ?? null;
}

const entry = (params: string): string => `  - {model_name: chat, litellm_params: {${params}}}`;

describe('keys that are written out', () => {
  it.each([
    ['a header of a provider', ['providers:', '  openai: {headers: {Authorization: "Bearer KEY"}}']],
    ['a header of a deployment', ['models: {m: {deployments: [{target: openai/x, headers: {x-api-key: KEY}}]}}']],
    ["a header of LiteLLM's", ['model_list:', entry('model: openai/x, extra_headers: {Authorization: Bearer KEY}')]],
    ['a key that a variable ends', ['providers:', '  openai: {api_key: "KEY${REST}"}']],
    ["a password of LiteLLM's", ['model_list:', entry('model: azure/x, client_secret: KEY')]],
  ])('%s is one, and has no account', (_, lines) => {
    expect(keysIn(lines.join('\n').replaceAll('KEY', KEY)).map(({ account }) => account)).toEqual([null]);
  });

  it('a header that says no key is none', () => {
    expect(keysIn('providers:\n  openai: {headers: {x-note: a-long-word-without-spaces}}\n')).toEqual([]);
  });
});

describe('accounts of a provider that has several keys', () => {
  it('are called after the models, each by a name of its own, also where there are thousands', () => {
    const entries = ['a', 'a-2', 'a', ...Array.from({ length: 3000 }, () => 'b')].map(
      (name, index) => `  - {model_name: ${name}, litellm_params: {model: groq/x${index}, api_key: ${KEY}${index}}}`,
    );
    const file = { file: '/config.yaml', text: ['model_list:', ...entries].join('\n'), readableByOthers: false };
    const { liteLlm } = settingsOf(file, {});
    const began = performance.now();
    const accounts = writtenKeys(file, liteLlm).map(({ account }) => account);
    const tookMs = performance.now() - began;
    expect(accounts.slice(0, 5)).toEqual(['groq:a', 'groq:a-2', 'groq:a-3', 'groq:b', 'groq:b-2']);
    expect(new Set(accounts).size).toBe(entries.length);
    // It was 15 s where each name looked at all the others.
    expect(tookMs).toBeLessThan(5000);
  });
});

describe('a reference in place of a key', () => {
  it('leaves comments, quotes and line ends as they are', () => {
    const lines = [
      '# KEY is not the place',
      'providers:',
      '  openai:',
      '    api_key: "KEY"   # mine',
      "  groq: {api_key: 'KEY'}",
    ];
    expect(moved(lines, '\r\n')).toBe(
      [
        '# KEY is not the place',
        'providers:',
        '  openai:',
        '    api_key: "keychain:openai"   # mine',
        "  groq: {api_key: 'keychain:openai'}",
      ].join('\r\n'),
    );
  });

  it('stands once where aliases and merges repeat it', () => {
    const file = (key: string): string[] => [
      'model_list:',
      '  - model_name: a',
      `    litellm_params: &same {model: openai/a, api_key: &key ${key}}`,
      '  - {model_name: b, litellm_params: {model: openai/b, api_key: *key}}',
      '  - {model_name: c, litellm_params: {<<: *same, model: openai/c}}',
    ];
    expect(moved(file('KEY'))).toBe(file('keychain:openai').join('\n'));
  });

  it('leaves the same key where no account can stand', () => {
    const file = (key: string): string[] => [
      'model_list:',
      entry(`model: openai/a, api_key: ${key}`),
      'environment_variables: {OPENAI_API_KEY: KEY}',
    ];
    expect(moved(file('KEY'))).toBe(file('keychain:openai').join('\n'));
  });

  it.each([
    ['what is repeated is no key of an account', ['environment_variables: {OPENAI_API_KEY: &key KEY}'], '*key'],
    ['what repeats it is no key of an account', ['general_settings: {master_key: *key}'], '&key KEY'],
    ['it is written over two lines', [], '"KEY\\\n    "'],
  ])('is not written where %s', (_, others, key) => {
    const models = ['model_list:', entry(`model: openai/a, api_key: ${key}`)];
    expect(moved(key === '*key' ? [...others, ...models] : [...models, ...others])).toBeNull();
  });
});
