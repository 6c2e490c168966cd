import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadLiteLlm } from '../../../src/config/litellm/load.ts';
import { isLiteLlm } from '../../../src/config/litellm/read.ts';
import { ConfigError } from '../../../src/config/problem.ts';
import { readTextFile } from '../../../src/config/read-file.ts';
import { readYaml } from '../../../src/config/read-yaml.ts';
import { readText } from './reading.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'litellm-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes files, reads the first. */
function load(files: Record<string, string>, env: NodeJS.ProcessEnv = {}) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return loadLiteLlm(readTextFile(join(folder, Object.keys(files)[0] ?? '')), env, 'leave out').reading;
}

const MODEL = 'model_list: [{model_name: a, litellm_params: {model: os.environ/MODEL}}]';

describe('isLiteLlm', () => {
  it.each([
    ['model_list: []', true],
    ['include: [x.yaml]\nrouter_settings: {}', true],
    ['models: {a: openai/b}', false],
    ['- model_list', false],
    ['', false],
  ])('%j: %s', (text, expected) => {
    expect(isLiteLlm(readYaml(text).tree)).toBe(expected);
  });
});

describe('.env beside the file', () => {
  it('is read, and counts after the environment', () => {
    const files = { 'c.yaml': MODEL, '.env': 'MODEL="groq/from-dotenv" # why\nOTHER=1\n' };
    expect(load(files).native['models']).toMatchObject({ a: { deployments: [{ target: 'groq/from-dotenv' }] } });
    const { native, environment } = load(files, { MODEL: 'groq/from-environment' });
    expect(native['models']).toMatchObject({ a: { deployments: [{ target: 'groq/from-environment' }] } });
    expect(environment).toEqual({ OTHER: '1' });
  });

  it('is not read in production, as in LiteLLM', () => {
    const { leftOut } = load({ 'c.yaml': MODEL, '.env': 'MODEL=groq/x' }, { LITELLM_MODE: 'PRODUCTION' });
    expect(leftOut).toMatchObject([{ reason: 'missing' }]);
  });
});

describe('environment_variables', () => {
  it('count before the environment', () => {
    const { native } = load(
      { 'c.yaml': `environment_variables: {MODEL: groq/of-file}\n${MODEL}` },
      { MODEL: 'groq/x' },
    );
    expect(native['models']).toMatchObject({ a: { deployments: [{ target: 'groq/of-file' }] } });
  });
});

describe('include', () => {
  const model = (name: string) => `model_list: [{model_name: ${name}, litellm_params: {model: openai/x}}]`;

  it('puts lists together and replaces all else, also through several files', () => {
    const { native } = load({
      'c.yaml': `include: [sub/one.yaml]\n${model('a')}\nrouter_settings: {num_retries: 1, timeout: 5}`,
      'sub/one.yaml': `include: two.yaml\n${model('b')}\nrouter_settings: {num_retries: 2}`,
      'sub/two.yaml': model('c'),
    });
    expect(Object.keys(native['models'] as object)).toEqual(['a', 'b', 'c']);
    expect(native['routing']).toMatchObject({ retries: 2 });
    expect(native['timeouts']).toBeUndefined();
  });

  it('of a file that is not there is an error: its models would be missing', () => {
    expect(() => load({ 'c.yaml': 'include: [gone.yaml]\nmodel_list: []' })).toThrow(ConfigError);
  });

  it('of a file with a mistake of syntax names that file and the line', () => {
    const files = { 'c.yaml': 'include: [bad.yaml]\nmodel_list: []', 'bad.yaml': 'a: 1\nb: [' };
    expect(() => load(files)).toThrow(/bad\.yaml:\d+:\d+: /);
  });

  it('goes no further than a few files deep', () => {
    const files: Record<string, string> = { 'c.yaml': `include: 0.yaml\n${model('main')}` };
    for (let number = 0; number < 9; number++) {
      files[`${number}.yaml`] = `include: ${number + 1}.yaml\n${model(`m${number}`)}`;
    }
    files['9.yaml'] = model('m9');
    const { native, notes } = load(files);
    expect(Object.keys(native['models'] as object)).toEqual(['main', 'm0', 'm1', 'm2', 'm3', 'm4']);
    expect(notes).toMatchObject([{ kind: 'ignored', message: expect.stringContaining('files deep') as string }]);
  });

  it('takes a whole path as its author wrote it', () => {
    const other = mkdtempSync(join(tmpdir(), 'litellm-other-'));
    try {
      writeFileSync(join(other, 'm.yaml'), model('far'));
      const { native } = load({ 'c.yaml': `include: [${join(other, 'm.yaml')}]\n${model('near')}` });
      expect(Object.keys(native['models'] as object)).toEqual(['near', 'far']);
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });
});

describe('YAML as LiteLLM reads it', () => {
  it('takes the last of two equal keys, and says so', () => {
    const { native, notes } = readText('model_list: []\nrouter_settings: {num_retries: 1, num_retries: 2}');
    expect(native['routing']).toMatchObject({ retries: 2 });
    expect(notes).toMatchObject([{ kind: 'reading', line: 2, column: 35, path: 'router_settings.num_retries' }]);
  });

  it.each(['yes', 'on', 'True', 'TRUE', '"true"', '1'])('reads %s as true', (word) => {
    const { native } = readText(`model_list: []\nrouter_settings: {disable_cooldowns: ${word}}`);
    expect(native['routing']).toMatchObject({ cooldown: 'off' });
  });

  it('throws for what is no YAML, and for what is no map', () => {
    expect(() => readText('model_list: [')).toThrow(ConfigError);
    expect(() => readText('- a')).toThrow(ConfigError);
    expect(() => readText('')).toThrow(ConfigError);
  });
});

describe('the master key', () => {
  it.each([
    ['general_settings: {master_key: sk-1}', {}, 'sk-1', 'file'],
    ['general_settings: {master_key: os.environ/K}', { K: 'sk-2' }, 'sk-2', 'file'],
    ['general_settings: {}', { LITELLM_MASTER_KEY: 'sk-3' }, 'sk-3', 'environment'],
    ['general_settings: {master_key: os.environ/GONE}', { LITELLM_MASTER_KEY: 'sk-3' }, 'sk-3', 'environment'],
  ])('of %s', (text, env, key, from) => {
    const { masterKey } = readText(`model_list: []\n${text}`, env);
    expect([masterKey?.key.reveal(), masterKey?.from]).toEqual([key, from]);
  });

  it('is none where nobody gives one', () => {
    expect(readText('model_list: []').masterKey).toBeNull();
  });
});
