import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readTextFile } from '../../../src/config/read-file.ts';
import { readLiteLlm } from '../../../src/config/litellm/read.ts';
import type { LiteLlmReading, ReadOptions } from '../../../src/config/litellm/read.ts';

/** LiteLLM's files that were written for these tests, each with what must come of it in `expected/`. */
export const FIXTURES = join(import.meta.dirname, '../../fixtures/litellm');

/** Every variable that the fixtures name, but those that are missing on purpose. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  OPENAI_API_KEY: 'sk-secret-openai',
  ANTHROPIC_API_KEY: 'sk-secret-anthropic',
  GEMINI_API_KEY: 'secret-gemini',
  AZURE_API_KEY: 'secret-azure',
  AZURE_AT: 'https://at.openai.azure.com',
  DEEPSEEK_API_KEY: 'secret-deepseek',
  FIREWORKS_AI_API_KEY: 'secret-fireworks',
  GITHUB_TOKEN: 'secret-github',
  RESELLER_KEY: 'secret-reseller',
  HOUSE_AZURE_KEY: 'secret-house',
  SECOND_ORG: 'org-second',
  OLLAMA_API_KEY: 'secret-ollama',
  TENANT: 'secret-tenant',
  AWS_REGION: 'eu-north-1',
  OTHER_ID: 'AKIASECRET',
  OTHER_SECRET: 'secret-aws',
  GOOGLE_JSON: '{"private_key": "secret-google"}',
  LITELLM_MASTER_KEY: 'sk-secret-master',
  LITELLM_ENVIRONMENT: 'staging',
  MODEL_OF_A: 'openai/gpt-4o',
  OVERRIDDEN: 'from-environment',
  EMPTY: '',
};

export function readFixture(name: string, missing: ReadOptions['missing'] = 'leave out'): LiteLlmReading {
  return readLiteLlm(readTextFile(join(FIXTURES, `${name}.yaml`)), {
    env: ENVIRONMENT,
    dotenv: name === 'environment' ? parseEnv(readFileSync(join(FIXTURES, 'environment.env'), 'utf8')) : {},
    readInclude: readTextFile,
    missing,
  });
}

/** Reads a text as the file `litellm.yaml` of a folder that has nothing else. */
export function readText(text: string, env: NodeJS.ProcessEnv = {}, missing: ReadOptions['missing'] = 'leave out') {
  return readLiteLlm(
    { file: '/home/me/litellm.yaml', text, readableByOthers: false },
    {
      env,
      dotenv: {},
      readInclude: (path) => {
        throw new Error(`nothing is included here, and ${path} was asked for`);
      },
      missing,
    },
  );
}

/** `reading 12 router_settings.fallbacks: what is said; did you mean x?`, without the file. */
export function shownNotes({ notes }: LiteLlmReading): string[] {
  return notes.map(({ kind, line, path, message, nearest }) => {
    const meant = nearest === null ? '' : `; did you mean \`${nearest}\`?`;
    return `${kind} ${line} ${path}: ${message}${meant}`;
  });
}

/** What the expectation of a fixture holds. */
export function summaryOf(reading: LiteLlmReading): Record<string, unknown> {
  const { native, environment, masterKey, leftOut, needs } = reading;
  return {
    native,
    environment: Object.keys(environment),
    masterKey: masterKey?.from ?? null,
    leftOut: leftOut.map(({ entry, name, reason }) => `${entry} ${name}: ${reason}`),
    needs: needs.map(({ feature, state, paths }) => `${feature} ${state}: ${paths.join(' ')}`),
    notes: shownNotes(reading),
  };
}
