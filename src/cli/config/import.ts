import { closeSync, existsSync, openSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { importText, withUnsaid } from '../../config/litellm/import-text.ts';
import { loadLiteLlm } from '../../config/litellm/load.ts';
import { isOfLiteLlm } from '../../config/load.ts';
import { readTextFile } from '../../config/read-file.ts';
import { Problem } from '../../daemon/problem.ts';
import { PRIVATE_FILE_MODE, writeFileAtomically } from '../../std/atomic-write.ts';

/** LiteLLM's file in llmgw's own form. Throws `ConfigError`, and a `Problem` where it is no file of LiteLLM's. */
export function importedConfig(file: string, env: NodeJS.ProcessEnv): string {
  const main = readTextFile(resolve(file));
  if (!isOfLiteLlm(main)) {
    throw new Problem('usage', `${file} is no config of LiteLLM's: it has no model_list.`, {
      hint: "A file in llmgw's own form needs no import: `llmgw config check` tells what is wrong with it.",
    });
  }
  return importText(withUnsaid(loadLiteLlm(main, env, 'keep').reading));
}

/** Writes it, for its owner alone since it may hold keys. Throws a `Problem` where there is a file, unless `force`. */
export function writeImported(text: string, out: string, force: boolean): string {
  const path = resolve(out);
  if (!force) reserve(path);
  writeFileAtomically(existsSync(path) ? realpathSync(path) : path, text);
  return path;
}

/** Nobody else can have made it in between. */
function reserve(path: string): void {
  try {
    closeSync(openSync(path, 'wx', PRIVATE_FILE_MODE));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new Problem('files', `${path} is there already, and is left as it is.`, {
      hint: '`--force` writes over it.',
      cause: error,
    });
  }
}
