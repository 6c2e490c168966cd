import type { ModelInfo } from './model-info.ts';

/** A name with all its deployments as LiteLLM's `/model_group/info` tells of them. What nobody knows is `null`. */
export interface ModelGroupInfo {
  readonly model_group: string;
  readonly providers: readonly string[];
  /** The most that one of them takes: what is too long for the others is sent there. */
  readonly max_input_tokens: number | null;
  readonly max_output_tokens: number | null;
  /** Of the dearest; `null` as soon as one of them has no known price. */
  readonly input_cost_per_token: number | null;
  readonly output_cost_per_token: number | null;
  readonly mode: string | null;
  /** Of those that say one, together. */
  readonly tpm: number | null;
  readonly rpm: number | null;
  /** Whether one of them can. */
  readonly supports_function_calling: boolean | null;
  readonly supports_vision: boolean | null;
  readonly supports_reasoning: boolean | null;
  readonly supports_audio_input: boolean | null;
  readonly supports_audio_output: boolean | null;
  readonly access_groups: readonly string[];
  /** Of OpenAI's chat, those that reach each of them; absent: it was not asked for this name alone. */
  readonly supported_openai_params?: readonly string[];
}

/** The groups of entries that stand together by their names, in their order. */
export function modelGroupInfos(entries: readonly ModelInfo[]): readonly ModelGroupInfo[] {
  const groups = new Map<string, ModelInfo[]>();
  for (const entry of entries) {
    const group = groups.get(entry.model_name);
    if (group === undefined) groups.set(entry.model_name, [entry]);
    else group.push(entry);
  }
  return [...groups].map(([name, group]) =>
    groupInfo(
      name,
      group.map(({ model_info }) => model_info),
    ),
  );
}

type Info = ModelInfo['model_info'];

function groupInfo(name: string, infos: readonly Info[]): ModelGroupInfo {
  return {
    model_group: name,
    providers: [...new Set(infos.map(({ litellm_provider }) => litellm_provider))],
    max_input_tokens: most(infos.map((info) => info.max_input_tokens)),
    max_output_tokens: most(infos.map((info) => info.max_output_tokens)),
    input_cost_per_token: dearest(infos.map((info) => info.input_cost_per_token)),
    output_cost_per_token: dearest(infos.map((info) => info.output_cost_per_token)),
    mode: infos.find(({ mode }) => mode !== null)?.mode ?? null,
    tpm: sum(infos.map(({ tpm }) => tpm)),
    rpm: sum(infos.map(({ rpm }) => rpm)),
    supports_function_calling: one(infos.map((info) => info.supports_function_calling)),
    supports_vision: one(infos.map((info) => info.supports_vision)),
    supports_reasoning: one(infos.map((info) => info.supports_reasoning)),
    supports_audio_input: one(infos.map((info) => info.supports_audio_input)),
    supports_audio_output: one(infos.map((info) => info.supports_audio_output)),
    access_groups: [...new Set(infos.flatMap(({ access_groups }) => access_groups))],
  };
}

function known<Value>(values: readonly (Value | null)[]): readonly Value[] {
  return values.flatMap((value) => (value === null ? [] : [value]));
}

function most(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : Math.max(...numbers);
}

/** A price that nobody knows may be higher than those that are known. */
function dearest(values: readonly (number | null)[]): number | null {
  return values.includes(null) ? null : most(values);
}

function sum(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : numbers.reduce((total, value) => total + value, 0);
}

function one(values: readonly (boolean | null)[]): boolean | null {
  if (values.includes(true)) return true;
  return values.includes(null) ? null : false;
}
