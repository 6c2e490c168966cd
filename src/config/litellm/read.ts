import { Secret } from '../../std/secret.ts';
import type { ConfigText } from '../read-file.ts';
import type { Tree } from '../tree.ts';
import { Field } from './field.ts';
import type { Desk } from './field.ts';
import { applyRules, noteUnknown } from './key-rule.ts';
import { readModelList } from './model-list.ts';
import type { LeftOut, Origin } from './model-list.ts';
import { nativeConfig } from './native-config.ts';
import { Notes } from './note.ts';
import type { LiteLlmNeed, LiteLlmNote } from './note.ts';
import { readCredentials, readEnvironmentVariables, readSettings } from './settings.ts';
import { readSources } from './sources.ts';
import { TOP_LEVEL_KEYS } from './top-level-keys.ts';
import type { NativeMap } from './value.ts';
import { Variables } from './variables.ts';

export interface ReadOptions {
  readonly env: NodeJS.ProcessEnv;
  /** What `.env` beside the file says; the environment counts before it. */
  readonly dotenv: NodeJS.Dict<string>;
  /** The text of an included file, by its whole path. Throws `ConfigError`. */
  readonly readInclude: (path: string) => ConfigText;
  /** What becomes of a deployment that names a variable which is not set: to run the file, or to write it anew. */
  readonly missing: 'leave out' | 'keep';
}

/** LiteLLM's file in the native form, and all that is to be said about it. */
export interface LiteLlmReading {
  readonly file: string;
  /** Plain data as the native file would hold it. What came from the environment is still `${NAME}`. */
  readonly native: NativeMap;
  /** Variables that the native form needs beside the environment, from `.env` and `environment_variables`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly masterKey: { readonly key: Secret; readonly from: 'file' | 'environment' } | null;
  /** In the order of the file. */
  readonly notes: readonly LiteLlmNote[];
  /** Parts of LiteLLM that the file asks for and llmgw lacks, or has something of its own for. */
  readonly needs: readonly LiteLlmNeed[];
  readonly origins: readonly Origin[];
  readonly leftOut: readonly LeftOut[];
  /** The free-form keys of `model_info`, by the entry's place in `model_list`. */
  readonly info: ReadonlyMap<number, NativeMap>;
}

/** Top-level keys that the native form does not have. A file that includes its models has one of the others. */
const KEYS_OF_LITELLM = ['model_list', 'litellm_settings', 'router_settings', 'general_settings'];

/** Whether a file is LiteLLM's. */
export function isLiteLlm(tree: Tree | null): boolean {
  return tree?.kind === 'map' && KEYS_OF_LITELLM.some((key) => tree.entries.has(key));
}

/**
 * Reads LiteLLM's config file. No key of it is refused, and none is passed over in silence: what is not taken as it is
 * has a note. Throws `ConfigError` for what is no YAML, and where an included file cannot be read.
 */
export function readLiteLlm(main: ConfigText, { env, dotenv, readInclude, missing }: ReadOptions): LiteLlmReading {
  const notes = new Notes();
  const sources = readSources(main, readInclude, notes);
  const desk: Desk = {
    notes,
    variables: new Variables(env, dotenv),
    keepMissing: missing === 'keep',
    missing: (name, field) => {
      field.note('missing', `names the environment variable ${name}, which is not set, so it is not used`);
    },
  };
  const root = new Field(desk, [], sources.tree);
  const top = root.fields() ?? new Map<string, Field>();
  readEnvironmentVariables(top.get('environment_variables'), desk);
  applyRules(TOP_LEVEL_KEYS, top, {
    draft: null,
    other: (field) => noteUnknown(field, Object.keys(TOP_LEVEL_KEYS)),
  });
  const settings = readSettings(root);
  const credentials = readCredentials(top.get('credential_list'));
  const list = readModelList(root, desk, settings, { credentials, defaults: settings.defaultParams });
  const native = nativeConfig(settings, list);
  const { origins, leftOut, info } = list;
  return {
    file: main.file,
    native,
    environment: desk.variables.added,
    masterKey: masterKeyOf(settings.masterKey?.text ?? '', desk),
    notes: notes.located(sources.placeOf),
    needs: notes.needs,
    origins,
    leftOut,
    info,
  };
}

function masterKeyOf(inFile: string, { variables }: Desk): LiteLlmReading['masterKey'] {
  if (inFile.trim() !== '') return { key: new Secret(inFile.trim()), from: 'file' };
  const key = variables.get('LITELLM_MASTER_KEY');
  return key === null ? null : { key: new Secret(key), from: 'environment' };
}
