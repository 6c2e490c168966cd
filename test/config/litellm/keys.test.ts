import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { CACHE_KEYS } from '../../../src/config/litellm/cache-keys.ts';
import { ENTRY_KEYS, PARAMETER_KEYS } from '../../../src/config/litellm/deployment-keys.ts';
import { GENERAL_SETTINGS_KEYS } from '../../../src/config/litellm/general-settings-keys.ts';
import { importText } from '../../../src/config/litellm/import-text.ts';
import { LITELLM_SETTINGS_KEYS } from '../../../src/config/litellm/litellm-settings-keys.ts';
import { MODEL_INFO_KEYS } from '../../../src/config/litellm/model-info-keys.ts';
import { otherPriceRule } from '../../../src/config/litellm/price-keys.ts';
import type { LiteLlmReading } from '../../../src/config/litellm/read.ts';
import {
  OLLAMA_OPTIONS,
  OPENAI_PARAMETERS,
  SERVER_PARAMETERS,
} from '../../../src/config/litellm/request-parameters.ts';
import { ROUTER_KEYS } from '../../../src/config/litellm/router-keys.ts';
import { TOP_LEVEL_KEYS } from '../../../src/config/litellm/top-level-keys.ts';
import { parseSettings } from '../../../src/config/parse.ts';
import { documentedKeys } from './documented-keys.ts';
import { readText } from './reading.ts';

const TABLES = {
  top: TOP_LEVEL_KEYS,
  entry: ENTRY_KEYS,
  litellm_params: PARAMETER_KEYS,
  model_info: MODEL_INFO_KEYS,
  router_settings: ROUTER_KEYS,
  litellm_settings: LITELLM_SETTINGS_KEYS,
  cache_params: CACHE_KEYS,
  general_settings: GENERAL_SETTINGS_KEYS,
} as const;

const sections = Object.keys(TABLES) as (keyof typeof TABLES)[];

function isKnown(section: keyof typeof TABLES, key: string): boolean {
  if (Object.hasOwn(TABLES[section], key)) return true;
  if (section !== 'litellm_params' && section !== 'model_info') return false;
  const isParameter = OPENAI_PARAMETERS.has(key) || OLLAMA_OPTIONS.has(key) || SERVER_PARAMETERS.has(key);
  return otherPriceRule(key) !== null || (section === 'litellm_params' && isParameter);
}

/** A file with one key in one section. */
function fileWith(section: string, key: string, value: unknown): string {
  const params = { model: 'openai/gpt-4o' };
  const file: Record<string, unknown> = { model_list: [{ model_name: 'a', litellm_params: params }] };
  if (section === 'top') return stringify({ ...file, [key]: value });
  if (section === 'entry') file['model_list'] = [{ model_name: 'a', litellm_params: params, [key]: value }];
  else if (section === 'litellm_params') {
    file['model_list'] = [{ model_name: 'a', litellm_params: { ...params, [key]: value } }];
  } else if (section === 'model_info') {
    file['model_list'] = [{ model_name: 'a', litellm_params: params, model_info: { [key]: value } }];
  } else if (section === 'cache_params') file['litellm_settings'] = { cache_params: { [key]: value } };
  else file[section] = { [key]: value };
  return stringify(file);
}

/** One of these says something for every key. */
const SAMPLES: readonly unknown[] = [
  'least-busy',
  'chat',
  'redis',
  5,
  true,
  false,
  ['a'],
  { a: 'b' },
  { a: ['b'] },
  { TimeoutErrorRetries: 1, TimeoutErrorAllowedFails: 1 },
  [{ a: ['b'] }],
  [{ models: ['a'], routing_strategy: 'cost-based-routing' }],
];

function outcomeOf({ native, masterKey, environment, leftOut, info }: LiteLlmReading): string {
  return JSON.stringify([native, masterKey?.key.reveal(), environment, leftOut, [...info]]);
}

const STRUCTURE = new Set(['model_list', 'litellm_settings', 'router_settings', 'general_settings', 'include']);

describe("the tables of LiteLLM's keys", () => {
  it.each(sections)('have every documented key of %s', (section) => {
    const keys = documentedKeys(section);
    expect(keys.length).toBeGreaterThan(3);
    expect(keys.filter((key) => !isKnown(section, key))).toEqual([]);
  });

  it.each(sections)('let no key of %s pass in silence: it changes something, or is spoken of', (section) => {
    const plain = outcomeOf(readText(fileWith('litellm_settings', 'drop_params', null)));
    const keys = [...new Set([...documentedKeys(section), ...Object.keys(TABLES[section])])];
    const silent = keys.filter((key) => {
      if (section === 'top' && STRUCTURE.has(key)) return false;
      return !SAMPLES.some((sample) => {
        const reading = readText(fileWith(section, key, sample));
        const spoken = reading.notes.some(({ kind, path }) => {
          const isAbout =
            path.includes(key) || (section === 'cache_params' && path === 'litellm_settings.cache_params');
          return kind !== 'unknown' && isAbout;
        });
        return spoken || outcomeOf(reading) !== plain;
      });
    });
    expect(silent).toEqual([]);
  });
});

describe('a key that nobody knows', () => {
  it.each([
    ['top', 'modle_list', 'modle_list', 'model_list'],
    ['entry', 'modelinfo', 'model_list[0].modelinfo', 'model_info'],
    ['litellm_params', 'api_bsae', 'model_list[0].litellm_params.api_bsae', 'api_base'],
    ['model_info', 'base_modle', 'model_list[0].model_info.base_modle', 'base_model'],
    ['router_settings', 'num_retrys', 'router_settings.num_retrys', 'num_retries'],
    ['litellm_settings', 'drop_parms', 'litellm_settings.drop_parms', 'drop_params'],
    ['general_settings', 'master_kee', 'general_settings.master_kee', 'master_key'],
    ['cache_params', 'hsot', 'litellm_settings.cache_params.hsot', 'host'],
    ['router_settings', 'something_else', 'router_settings.something_else', null],
  ])('of %s is a note: %s', (section, key, path, nearest) => {
    const { notes } = readText(fileWith(section, key, 'x'));
    expect(notes.filter(({ kind }) => kind === 'unknown')).toMatchObject([{ path, nearest }]);
  });

  it('is shown by free-form model_info, and is no mistake there', () => {
    const { notes, info } = readText(fileWith('model_info', 'hosted_in', { country: 'de', price: '$5' }));
    expect(notes).toEqual([]);
    expect(info.get(0)).toEqual({ hosted_in: { country: 'de', price: '$$5' } });
  });

  it('of another section is read where it stands, unless its own place says otherwise', () => {
    const text = stringify({
      model_list: [],
      general_settings: { num_retries: 9, drop_params: false },
      litellm_settings: { num_retries: 4 },
    });
    const { native, notes } = readText(text);
    expect(native).toMatchObject({ routing: { retries: 4 }, drop_params: false });
    expect(notes.map(({ kind, path }) => [kind, path])).toEqual([
      ['reading', 'general_settings.num_retries'],
      ['reading', 'general_settings.drop_params'],
    ]);
  });
});

const RUNS = 300;

describe('any file of known keys', () => {
  const word = fc.constantFrom(
    'os.environ/SECRET',
    'os.environ/UNSET',
    'sk-literal-secret',
    'http://10.0.0.1/v1',
    'openai/gpt-4o',
    'ollama/x',
    'vertex_ai/gemini-2.5-pro',
    '$${x}',
    '1e400',
    '-5',
    '',
  );
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      word,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('model', 'hidden', 'a', 'ttl', 'models', 'tiers', 'SIMPLE'), tie('value'), {
        maxKeys: 3,
      }),
    ),
  })).value;
  const mapOf = (section: string) => fc.dictionary(fc.constantFrom(...documentedKeys(section)), value, { maxKeys: 8 });
  const entry = fc.record({
    model_name: fc.constantFrom('a', 'b', '*', 'openai/*', 'os.environ/SECRET', 'os.environ/UNSET', 5, null, ['a']),
    litellm_params: fc.oneof(mapOf('litellm_params'), value),
    model_info: mapOf('model_info'),
  });
  const file = fc.record({
    model_list: fc.array(entry, { maxLength: 4 }),
    router_settings: mapOf('router_settings'),
    litellm_settings: mapOf('litellm_settings'),
    general_settings: mapOf('general_settings'),
    environment_variables: fc.dictionary(fc.constantFrom('X', 'Y'), value),
    credential_list: value,
  });

  it('becomes a native file that the native schema takes', () => {
    fc.assert(
      fc.property(file, (data) => {
        const env = { SECRET: 'hidden-in-the-environment' };
        const reading = readText(stringify(data, { aliasDuplicateObjects: false }), env);
        const text = importText(reading);
        const written = { file: 'config.yaml', text, readableByOthers: false };
        expect(() => parseSettings(written, { ...env, ...reading.environment }), text).not.toThrow();
      }),
      { numRuns: RUNS },
    );
  });

  it('is read, every entry is kept or left out, and no secret is in a note', () => {
    fc.assert(
      fc.property(file, fc.constantFrom('keep' as const, 'leave out' as const), (data, missing) => {
        const text = stringify(data, { aliasDuplicateObjects: false });
        const reading = readText(text, { SECRET: 'hidden-in-the-environment' }, missing);
        const seen = [...reading.origins.map(({ entry: at }) => at), ...reading.leftOut.map(({ entry: at }) => at)];
        expect(new Set(seen)).toEqual(new Set(data.model_list.keys()));
        const notes = JSON.stringify(reading.notes);
        expect(notes).not.toContain('hidden-in-the-environment');
        expect(notes).not.toContain('sk-literal-secret');
      }),
      { numRuns: RUNS },
    );
  });
});
