import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { readTextFile } from '../read-file.ts';
import type { ConfigText } from '../read-file.ts';
import { readLiteLlm } from './read.ts';
import type { LiteLlmReading, ReadOptions } from './read.ts';

/** LiteLLM's file as it was read, and with what. */
export interface LoadedLiteLlm {
  readonly reading: LiteLlmReading;
  /** The texts that were read beside it. */
  readonly further: readonly ConfigText[];
  /** Where they are, and where `.env` would be. */
  readonly furtherFiles: readonly string[];
}

/**
 * Reads LiteLLM's file with what lies beside it: the files that it includes, and `.env`, which LiteLLM reads unless
 * LITELLM_MODE is PRODUCTION. Throws `ConfigError`.
 */
export function loadLiteLlm(main: ConfigText, env: NodeJS.ProcessEnv, missing: ReadOptions['missing']): LoadedLiteLlm {
  const further: ConfigText[] = [];
  const readFurther = (path: string): ConfigText => {
    const text = readTextFile(path, `that ${main.file} includes`);
    further.push(text);
    return text;
  };
  const dotenv = env['LITELLM_MODE'] === 'PRODUCTION' ? null : join(dirname(resolve(main.file)), '.env');
  const reading = readLiteLlm(main, {
    env,
    dotenv: dotenv !== null && existsSync(dotenv) ? parseEnv(readFurther(dotenv).text) : {},
    readInclude: readFurther,
    missing,
  });
  const furtherFiles = new Set([...further.map(({ file }) => file), ...(dotenv === null ? [] : [dotenv])]);
  return { reading, further, furtherFiles: [...furtherFiles] };
}
