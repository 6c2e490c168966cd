import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importText } from '../../../src/config/litellm/import-text.ts';
import { loadLiteLlm } from '../../../src/config/litellm/load.ts';
import type { LiteLlmReading } from '../../../src/config/litellm/read.ts';
import { parseSettings } from '../../../src/config/parse.ts';
import { readTextFile } from '../../../src/config/read-file.ts';
import { CONFIG_SCHEMA } from '../../../src/config/schema.ts';
import { sharedFolder } from '../../helpers/shared-folder.ts';
import { ENVIRONMENT, FIXTURES, readFixture } from './reading.ts';

const isThere = 'routing' in CONFIG_SCHEMA.shape;
if (!isThere) console.warn('skipped: the schema of the native file has no `routing:` yet');

const FOLDER = sharedFolder('wild-configs');
const yamlFiles = (folder: string | null) =>
  folder === null ? [] : readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** Reads the native text as the program does: environment, schema and rules. Throws `ConfigError`. */
function parsed(reading: LiteLlmReading, env: NodeJS.ProcessEnv): unknown {
  const text = importText(reading);
  const written = { file: 'config.yaml', text, readableByOthers: false };
  return parseSettings(written, { ...env, ...reading.environment }).settings;
}

describe.runIf(isThere)('the native form of LiteLLM’s file', () => {
  it.each(yamlFiles(FIXTURES).map((name) => name.slice(0, -'.yaml'.length)))('%s is taken by its schema', (name) => {
    expect(() => parsed(readFixture(name), ENVIRONMENT)).not.toThrow();
  });

  it.each(yamlFiles(FOLDER))('%s is taken by its schema', (file) => {
    const main = readTextFile(join(FOLDER ?? '', file));
    const names = Array.from(main.text.matchAll(/os\.environ\/(\w+)/g), ([, name]) => name ?? '');
    const env = Object.fromEntries(names.map((name) => [name, valueOf(name)]));
    expect(() => parsed(loadLiteLlm(main, env, 'leave out').reading, env)).not.toThrow();
  });
});

function valueOf(variable: string): string {
  if (/URL|BASE|ENDPOINT/.test(variable)) return 'http://host:1/v1';
  return variable.includes('REGION') ? 'eu-west-1' : 'openai/x';
}
