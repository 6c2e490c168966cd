import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { parseSettings } from '../../src/config/parse.ts';
import { STARTER_CONFIG } from '../../src/config/starter.ts';
import { ROOT } from '../architecture/sources.ts';

const app = fastify({
  ajv: {
    customOptions: {
      allErrors: true,
      removeAdditional: false,
      coerceTypes: false,
      useDefaults: false,
      strictTypes: false,
    },
  },
});
app.post('/', { schema: { body: configJsonSchema() } }, () => 'fine');

/** What Fastify's validator says against a config; `fine`: nothing. */
async function check(text: string): Promise<string> {
  const { body } = await app.inject({ method: 'POST', url: '/', payload: parse(text, { merge: true }) as object });
  return body;
}

const ENV = { GPU_KEY: 'a', WORK_OPENAI_KEY: 'b', CORP_KEY: 'c', ANY: 'any', PORT: '1', ON: 'true' };
const load = (text: string) => parseSettings({ file: 'f', text, readableByOthers: false }, ENV);

/** The starter file with every example in force. */
const UNCOMMENTED_STARTER = STARTER_CONFIG.replace(/^#(?=[a-z]| {2})/gm, '');

describe('the JSON Schema of the config', () => {
  it('is the one in docs/', () => {
    const kept = readFileSync(join(ROOT, 'docs/config.schema.json'), 'utf8');
    expect(kept, '`npm run build && bin/llmgw.js config schema > docs/config.schema.json`').toBe(
      `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
    );
  });

  it('takes the examples of the README, as the program does', async () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/^```yaml(?: config\S*)?\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    expect(examples.length).toBeGreaterThan(0);
    for (const text of examples) {
      load(text);
      expect(await check(text)).toBe('fine');
    }
  });

  it('takes the starter file and its examples, as the program does', async () => {
    expect(load(STARTER_CONFIG)).toMatchObject({ warnings: [], settings: load('').settings });
    expect(UNCOMMENTED_STARTER).toContain('\nserver:\n  host: 127.0.0.1\n');
    expect(load(UNCOMMENTED_STARTER).warnings).toEqual([]);
    expect(await check(UNCOMMENTED_STARTER)).toBe('fine');
  });

  it.each([
    'profiles: {p: {allow: "${ANY}", cap: 5/day, stand_in: none}}',
    'profiles: {dev: , p: {models: , credentials: }}',
    'timeouts: {idle: "${NOT_SET:-5s}", total: 1h 30m}',
    'server: {port: "${PORT}", max_request: 65536, max_answer: "64MB"}',
    'discovery: {enabled: "${ON}", ignore: [80, "${PORT}"]}',
    'servers: [&a {name: a, base_url: "HTTP://x"}, {<<: *a, name: b}]',
    'models: {a: b, "c-*": [x, "y/*"], d: {targets: ["${ANY}"]}}',
    'profiles: {p: {cap: $0.5/week}}',
    'responses: {store: off, keep: 12h, max_size: "${NOT_SET:-64MB}"}',
    'ollama: {port: "${NOT_SET:-11436}"}',
    'drop_params: "${ON}"',
    'prompt_caching: off',
    'providers: {p: {dialect: bedrock-converse, base_url: "https://x.example"}}',
    'providers: {p: {type: bedrock, region: eu-west-1, headers: {x-a: "${ANY}"}}}',
    'models: {a: {deployments: [{target: x, weight: "${PORT}", cooldown: off, price: {input: "$2.5", output: 0}}]}}',
    'models: {"a b": {deployments: [{target: "c d", params: {n: [1]}}]}, "*/*": {deployments: [{target: "x/*/*"}]}}',
    'models: {a: {rules: [{when: {words: [b], effort: "${NOT_SET:-low}"}, use: x/y}]}}',
    'models: {a: {targets: [x], retry_policy: {timeout: 1}, hedge: off, fallbacks: [], hidden: "${ON}"}}',
    'routing: {strategy: least_busy, fallbacks: {"*": [x/y]}, keep_alive: off, queue: {max: "${PORT}"}}',
  ])('takes %s, as the program does', async (text) => {
    load(text);
    expect(await check(text)).toBe('fine');
  });

  it.each([
    'sever: {}',
    'server: {auth: opne}',
    'discovery: {interval: 5}',
    'timeouts: {idle: 5 sec}',
    'profiles: {Dev: {}}',
    'profiles: {v1: {}}',
    'profiles: {p: {cap: 50}}',
    'profiles: {p: {cap: 50/year}}',
    'profiles: {p: {allow: lokal}}',
    'profiles: {p: {credentials: {openai: "my key"}}}',
    'models: {"a*b*": x}',
    'models: {"a b": x}',
    'models: {a: []}',
    'models: {"*/*": [x]}',
    'models: {a: {deployments: [{target: x, max_parallel: 0}]}}',
    'models: {a: {deployments: [{target: x, rpm: many}]}}',
    'models: {a: {deployments: [{target: x, cooldown: never}]}}',
    'models: {a: {deployments: [{target: x, price: {input: free}}]}}',
    'models: {a: {deployments: [{weight: 1}]}}',
    'models: {a: {targets: [x], retry_policy: {timeouts: 1}}}',
    'models: {a: {targets: [x], hedge: late}}',
    'models: {a: {rules: [{when: {effort: hard}, use: x/y}]}}',
    'routing: {max_fallbacks: 1.5}',
    'routing: {latency: {buffer: -1}}',
    'providers: {p: {type: opnai}}',
    'servers: [{name: a}]',
    'servers: [{name: a, base_url: "ftp://x"}]',
    'responses: {store: maybe}',
    'responses: {keep: 24}',
    'ollama: {prot: 11436}',
    'drop_params: [true]',
    'prompt_caching: true',
    'providers: {openai: {dialect: klingon}}',
  ])('refuses %s, as the program does', async (text) => {
    expect(() => load(text)).toThrow();
    expect(await check(text)).toContain('"statusCode":400');
  });
});
