import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importText } from '../../../src/config/litellm/import-text.ts';
import { loadLiteLlm } from '../../../src/config/litellm/load.ts';
import type { LiteLlmReading } from '../../../src/config/litellm/read.ts';
import { isLiteLlm } from '../../../src/config/litellm/read.ts';
import { readTextFile } from '../../../src/config/read-file.ts';
import { readYaml } from '../../../src/config/read-yaml.ts';
import { childrenOf, partAt, plainValue, textsAt } from '../../../src/config/tree.ts';
import { sharedFolder } from '../../helpers/shared-folder.ts';

/** Files as people run them, which are not a part of the project. */
const FOLDER = sharedFolder('wild-configs');
const files = FOLDER === null ? [] : readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

/** What the variables of the files must hold where it is more than a key. */
const PLACES: Readonly<Record<string, string>> = {
  LMSTUDIO_URL: 'http://host.docker.internal:1234/v1',
  VLLM_MODEL_ID: 'openai/qwen36-27b',
  VLLM_BASE_URL: 'http://vllm:8000/v1',
  LOCAL_LLM_URL: 'http://10.0.0.5:8000/v1',
  AWS_REGION: 'eu-west-1',
  AWS_REGION_NAME: 'eu-west-1',
  CUSTOM_AWS_REGION_NAME: 'eu-west-1',
  AZURE_API_BASE: 'https://one.openai.azure.com/',
  AZURE_OPENAI_ENDPOINT: 'https://two.openai.azure.com',
  AZURE_OPENAI_ENDPOINT_GERMANY: 'https://three.openai.azure.com',
};

function variablesIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/os\.environ\/(\w+)/g), ([, name]) => name ?? ''))];
}

function read(file: string, env: 'set' | 'empty'): { reading: LiteLlmReading; env: Record<string, string> } {
  const main = readTextFile(join(FOLDER ?? '', file));
  const names = env === 'set' ? variablesIn(main.text) : [];
  const values = Object.fromEntries(names.map((name) => [name, PLACES[name] ?? `value-of-${name.toLowerCase()}`]));
  return { reading: loadLiteLlm(main, values, 'leave out').reading, env: values };
}

/** Entries that nothing here can ask, by file; all others are kept. */
const UNSUPPORTED: Readonly<Record<string, readonly string[]>> = {
  '30': [
    'gpt-5.5',
    'sonnet',
    'opus',
    'fable',
    'claude-sonnet-5',
    'claude-opus-5',
    'claude-sonnet-4-6',
    'claude-opus-4-6',
    'claude-sonnet-4-5',
    'claude-opus-4-5',
    'claude-fable-5',
    'gpt-5.4',
    'gpt-5.4-mini',
    'codex-auto-review',
  ],
  '34': ['sagemaker-completion-model'],
};

/** Some names of the files, and what is asked for them. */
const TARGETS: readonly [file: string, name: string, targets: readonly string[]][] = [
  ['01', 'user07-o3-mini', ['openai-user07/o3-mini']],
  ['03', 'llama3-8b', ['ollama-11434/llama3.3:latest']],
  ['05', 'kimi-k2.5', ['anthropic-coding-dashscope-aliyuncs-com/kimi-k2.5']],
  ['08', 'active-lanta-model', ['vllm-8000/qwen36-27b']],
  ['09', 'smart', ['gemini/gemini-3-flash-preview', 'openrouter/google/gemini-3-flash-preview']],
  ['09', 'local-heavy', ['docker-host/qwen2.5-coder-7b-instruct']],
  ['10', 'Claude Sonnet 5', ['vertex-claude-eu/claude-sonnet-5']],
  ['10', 'Gemini 2.5 Flash', ['vertex-europe-west4/gemini-2.5-flash']],
  ['15', 'tier-complex', ['azure-visha-mddvh2sw-eastus2/gpt-5.2-chat']],
  ['16', 'qwen3', ['ollama-1/qwen3.5:0.8b', 'ollama-2/qwen3.5:0.8b']],
  ['19', 'claude-opus-4-7', ['localhost-30000//model']],
  ['22', 'bedrock-claude-haiku', ['bedrock-eu-west-1/anthropic.claude-3-5-haiku-20241022-v1:0']],
  ['25', 'us.anthropic.claude-3-7-sonnet-20250219-v1:0', ['bedrock/us.anthropic.claude-3-7-sonnet-20250219-v1:0']],
  ['28', 'azure-gpt-4o-mini', ['azure-one/gpt-4o-mini']],
  ['32', 'gemini-2.5-pro', ['geminiproxy/gemini-2.5-pro-exp-03-25']],
  ['33', 'qwen3-1.7b', ['vllm-qwen3-1_7b/qwen3-1.7b']],
  ['34', '*', ['openai/*']],
];

describe.runIf(FOLDER !== null)("LiteLLM's files as people run them", () => {
  it.each(files)('%s: every deployment is kept, or named with the right reason', (file) => {
    const { tree } = readYaml(readTextFile(join(FOLDER ?? '', file)).text);
    expect(isLiteLlm(tree)).toBe(true);
    const entries = tree === null ? [] : childrenOf(partAt(tree, ['model_list']));
    const { reading } = read(file, 'set');
    const kept = reading.origins.map(({ entry }) => entry);
    const left = reading.leftOut.map(({ entry }) => entry);
    expect([...kept, ...left].toSorted((one, other) => one - other)).toEqual(entries.map((_, index) => index));
    expect(reading.leftOut.map(({ name }) => name)).toEqual(UNSUPPORTED[file.slice(0, 2)] ?? []);
    expect(new Set(reading.leftOut.map(({ reason }) => reason)).size).toBeLessThanOrEqual(1);
    expect(reading.notes.filter(({ kind }) => kind === 'missing')).toEqual([]);
  });

  it.each(files)('%s: without its variables, what needs one is left out and named, and the rest is kept', (file) => {
    const tree = readYaml(readTextFile(join(FOLDER ?? '', file)).text).tree;
    const entries = tree === null ? [] : childrenOf(partAt(tree, ['model_list']));
    const needing = entries.flatMap(([, entry], index) => {
      // Batches have a bucket of their own, which nothing here asks for.
      const needed = JSON.stringify(plainValue(entry)).replace(/"s3_\w+":"[^"]*"/g, '');
      return needed.includes('os.environ/') ? [index] : [];
    });
    const { reading } = read(file, 'empty');
    const missing = reading.leftOut.filter(({ reason }) => reason === 'missing').map(({ entry }) => entry);
    expect(missing).toEqual(needing);
    for (const index of missing) {
      const noted = reading.notes.some(
        ({ kind, path }) => kind === 'missing' && path.startsWith(`model_list[${index}].`),
      );
      expect(noted, `model_list[${index}]`).toBe(true);
    }
  });

  it.each(files)('%s: no key is in a note, and none of the environment in the native form', (file) => {
    const { reading, env } = read(file, 'set');
    const tree = readYaml(readTextFile(join(FOLDER ?? '', file)).text).tree;
    const literals = tree === null ? [] : textsAt(tree, ['model_list', '*', 'litellm_params', 'api_key']);
    const keys = literals.map(({ text }) => text).filter((text) => text.length > 12 && !text.startsWith('os.environ/'));
    const notes = JSON.stringify(reading.notes);
    const values = Object.entries(env).flatMap(([name, value]) => (/KEY|SECRET|TOKEN/.test(name) ? [value] : []));
    expect([...keys, ...values].filter((secret) => notes.includes(secret))).toEqual([]);
    expect(values.filter((secret) => importText(reading).includes(secret))).toEqual([]);
  });

  it.each(files)('%s: the native form that is written reads the same again', (file) => {
    const { reading } = read(file, 'set');
    const { tree, findings } = readYaml(importText(reading));
    expect(findings).toEqual([]);
    expect(tree === null ? null : JSON.parse(JSON.stringify(plainValue(tree)))).toEqual(reading.native);
  });

  it.each(TARGETS)('%s: %s is answered by %j', (number, name, targets) => {
    const file = files.find((one) => one.startsWith(`${number}-`)) ?? '';
    const { native } = read(file, 'set').reading;
    expect(native['models']).toMatchObject({ [name]: { deployments: targets.map((target) => ({ target })) } });
  });

  it('what is neither known to LiteLLM nor to llmgw is little, and is not what LiteLLM documents', () => {
    const unknown = files.flatMap((file) => read(file, 'set').reading.notes.filter(({ kind }) => kind === 'unknown'));
    expect([...new Set(unknown.map(({ path }) => path))].toSorted()).toEqual([
      'context_retrieval',
      'litellm_settings.otel_endpoint',
      'litellm_settings.otel_exporter',
      'litellm_settings.otel_headers',
      'litellm_settings.otel_service_name',
      'router_settings.routing_strategy_args.hot_reload',
      'router_settings.routing_strategy_args.llm_data_path',
      'router_settings.routing_strategy_args.model_path',
      'router_settings.routing_strategy_args.reload_interval',
      'tool_execution',
      'user_id_mappings',
    ]);
  });
});
