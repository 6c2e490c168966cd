import { groupName } from '../model-names.ts';
import type { Field } from './field.ts';

/** Who is asked after whom: names by name, `*` for all that are not here. The first entry of a name counts. */
export type FallbackChains = Map<string, FallbackChain>;

export interface FallbackChain {
  readonly targets: readonly FallbackTarget[];
  readonly field: Field;
}

export interface FallbackTarget {
  readonly name: string;
  readonly field: Field;
}

/** Fallbacks in every spelling that is found in files; LiteLLM knows a list of maps with one key each. */
export function readFallbacks(field: Field): FallbackChains {
  const chains: FallbackChains = new Map();
  if (field.tree.kind === 'map') {
    if (!field.isOff) field.note('reading', 'is a map, which LiteLLM refuses; llmgw reads each key as one fallback');
    readMap(field, chains);
    return chains;
  }
  for (const item of field.items() ?? []) readMap(item, chains);
  return chains;
}

/** `default_fallbacks`: names for every group that has no fallbacks of its own. */
export function readDefaultFallbacks(field: Field, chains: FallbackChains): void {
  if (!field.isOff) chains.set('*', { targets: readTargets(field), field });
}

function readMap(item: Field, chains: FallbackChains): void {
  const fields = item.fields();
  const model = fields?.get('model_name') ?? fields?.get('model');
  const targets = fields?.get('fallback_models') ?? fields?.get('fallbacks');
  if (model !== undefined && targets !== undefined) {
    item.note('reading', 'is a spelling that LiteLLM refuses; llmgw reads it as model_name: fallback_models');
    const name = model.text();
    if (name !== null) add(chains, name, { targets: readTargets(targets), field: targets });
    return;
  }
  if ((fields?.size ?? 0) > 1 && item.path.length > 0 && typeof item.path.at(-1) === 'number') {
    item.note('reading', 'has several names, which LiteLLM refuses; llmgw reads each as a fallback of its own');
  }
  for (const [name, chain] of fields ?? []) {
    add(chains, name, { targets: readTargets(chain), field: chain });
  }
}

function add(chains: FallbackChains, name: string, chain: FallbackChain): void {
  if (!groupName.safeParse(name).success) chain.field.note('ignored', 'is for a name that nobody can ask for');
  else if (chains.has(name))
    chain.field.note('ignored', 'comes after other fallbacks of the same name, so it is not used');
  else chains.set(name, chain);
}

function readTargets(chain: Field): FallbackTarget[] {
  if (chain.tree.kind === 'scalar') {
    const name = chain.text();
    if (name === null || !groupName.safeParse(name).success) return [];
    chain.note('reading', 'is one name and no list, which LiteLLM refuses or never asks; llmgw takes it for a list');
    return [{ name, field: chain }];
  }
  return (chain.items() ?? []).flatMap((item) => {
    const name = item.tree.kind === 'map' ? modelOf(item) : item.text();
    if (name !== null && groupName.safeParse(name).success) return [{ name, field: item }];
    item.note('ignored', 'is no name that anybody can ask for, so it is left out');
    return [];
  });
}

/** `{model: name, messages: …}`: only requests can change what is asked. */
function modelOf(item: Field): string | null {
  const fields = item.fields();
  if ((fields?.size ?? 0) > 1) item.note('later', 'changes the request for a fallback; only its model is used');
  return (fields?.get('model') ?? fields?.get('model_name'))?.text() ?? null;
}
