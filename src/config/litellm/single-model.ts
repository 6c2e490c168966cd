import { stringify } from 'yaml';
import type { LoadedSettings } from '../parse.ts';
import { readLiteLlm } from './read.ts';
import { liteLlmSettings } from './to-settings.ts';

/** A model as `litellm --model` names it. */
export interface SingleModel {
  /** `ollama/llama3.2`, `gpt-4o`. */
  readonly model: string;
  /** The name that clients ask for; `null`: the model's own. */
  readonly alias: string | null;
  readonly apiBase: string | null;
}

/** The settings that serve one model, without any file. Throws `ConfigError`. */
export function singleModelSettings({ model, alias, apiBase }: SingleModel, env: NodeJS.ProcessEnv): LoadedSettings {
  const parameters = { model, ...(apiBase === null ? {} : { api_base: apiBase }) };
  const text = stringify({ model_list: [{ model_name: alias ?? model, litellm_params: parameters }] });
  const main = { file: '--model', text, readableByOthers: false };
  const reading = readLiteLlm(main, {
    env,
    dotenv: {},
    readInclude: (path) => {
      throw new Error(`one model includes nothing, and ${path} was asked for`);
    },
    missing: 'leave out',
  });
  const loaded = liteLlmSettings(main, { reading, further: [], furtherFiles: [] }, env);
  return { ...loaded, settings: { ...loaded.settings, file: null } };
}
