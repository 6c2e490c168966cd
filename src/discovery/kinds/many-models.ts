import type { Capability, ServedModel } from '../../canonical/model.ts';
import { count, isHttp, jsonOf, member, objectsIn, text, textsIn, type Answer } from '../json-answer.ts';
import { readModelList, type ListItem } from '../model-list.ts';
import { MODEL_LIST } from '../recognise.ts';
import {
  capabilitiesOf,
  modelFromItem,
  modelNamed,
  parameterSizeOf,
  type KindReader,
  type ListedModel,
} from './kind-reader.ts';

/** LocalAI: a bare list, `/system` for what is loaded, `/v1/models/capabilities` (2026 and later) for the rest. */
export const localAiReader: KindReader = {
  paths: [MODEL_LIST, '/system'],
  read: ([list, system]) => {
    const running = jsonOf(system);
    const loaded = new Set(objectsIn(member(running, 'loaded_models')).map((model) => model['id']));
    return itemsOf(list, (item) => ({ loaded: running === undefined ? null : loaded.has(item.id) }));
  },
  detail: async (models, ask) => {
    const entries = objectsIn(member(jsonOf(await ask('/v1/models/capabilities')), 'data'));
    const byId = new Map(entries.map((entry) => [entry['id'], entry]));
    return models.map((listed) => {
      const entry = byId.get(listed.model.id);
      // `image` among the capabilities means making one, among the input modalities seeing one.
      const words = textsIn(entry?.['capabilities']).filter((word) => word !== 'image');
      const inputs = words.includes('chat') ? textsIn(entry?.['input_modalities']) : [];
      return { ...listed, model: { ...listed.model, capabilities: capabilitiesFrom([...words, ...inputs]) } };
    });
  },
};

/** Docker Model Runner: `dmr` beside each model, `/engines/ps` for what is loaded. */
export const dockerReader: KindReader = {
  paths: [MODEL_LIST, '/engines/ps'],
  read: ([list, ps]) => {
    const running = jsonOf(ps);
    const loaded = Array.isArray(running)
      ? new Set(objectsIn(running).map((entry) => shortDockerName(text(entry['model_name']))))
      : null;
    return itemsOf(list, (item) => ({
      parameterSize: parameterSizeOf(member(item, 'dmr', 'parameters')),
      quantization: text(member(item, 'dmr', 'quantization')),
      sizeBytes: count(member(item, 'dmr', 'size')),
      loaded: loaded === null ? null : loaded.has(shortDockerName(item.id)),
    }));
  },
};

/** Lemonade: labels beside each model, `/v1/health` for what is loaded and with which context. */
export const lemonadeReader: KindReader = {
  paths: [MODEL_LIST, '/v1/health'],
  read: ([list, health]) => {
    const running = jsonOf(health);
    const loaded = new Map(
      objectsIn(member(running, 'all_models_loaded')).map((entry) => [
        text(entry['model_name']),
        count(member(entry, 'recipe_options', 'ctx_size')),
      ]),
    );
    return itemsOf(list, (item) => ({
      ...lemonadeContext(loaded.get(item.id)),
      capabilities: lemonadeCapabilities(textsIn(member(item, 'labels'))),
      loaded: running === undefined ? null : loaded.has(item.id),
    }));
  },
};

/**
 * llama-swap: `/running` lists command lines too, of which nothing is taken over. Models of its `peers`, which are any
 * OpenAI-compatible address with a key, bear the peer's name (handleListModels: `meta.llamaswap.peerID`).
 */
export const llamaSwapReader: KindReader = {
  paths: [MODEL_LIST, '/running'],
  read: ([list, running]) => {
    const body = jsonOf(running);
    const ready = objectsIn(member(body, 'running')).filter((entry) => entry['state'] === 'ready');
    const loaded = new Set(ready.map((entry) => entry['model']));
    return itemsOf(list, (item) => ({
      locality: member(item, 'meta', 'llamaswap', 'peerID') === undefined ? 'local' : 'cloud',
      capabilities: capabilitiesFrom(textsIn(member(item, 'capabilities'))),
      loaded: body === undefined ? null : loaded.has(item.id),
    }));
  },
};

/** Foundry Local: names only; its catalogue says which of them can call tools. */
export const foundryReader: KindReader = {
  paths: ['/openai/models', '/openai/loadedmodels'],
  read([list, running]) {
    const names = jsonOf(list);
    if (!Array.isArray(names)) return null;
    const loaded = jsonOf(running);
    const inMemory = Array.isArray(loaded) ? new Set(textsIn(loaded)) : null;
    return textsIn(names).map((name) => ({
      model: modelNamed(name, { loaded: inMemory === null ? null : inMemory.has(name) }),
      digest: null,
    }));
  },
  detail: async (models, ask) => {
    const catalogue = objectsIn(member(jsonOf(await ask('/foundry/list')), 'models'));
    const tools = new Set(
      catalogue.filter((entry) => entry['supportsToolCalling'] === true).map((entry) => entry['name']),
    );
    return models.map((listed) => {
      if (!tools.has(listed.model.id)) return listed;
      return { ...listed, model: { ...listed.model, capabilities: ['chat', 'completion', 'tools'] } };
    });
  },
};

function itemsOf(list: Answer, known: (item: ListItem) => Partial<ServedModel>): readonly ListedModel[] | null {
  const items = isHttp(list) ? readModelList(list) : null;
  return items?.map((item) => ({ model: modelFromItem(item, known(item)), digest: null })) ?? null;
}

/** `docker.io/ai/qwen3:latest` and `ai/qwen3` are one model. */
function shortDockerName(name: string | null): string {
  return (name ?? '').replace(/^docker\.io\//, '').replace(/:latest$/, '');
}

function lemonadeContext(contextLength: number | null | undefined): Partial<ServedModel> {
  return contextLength === null || contextLength === undefined ? {} : { contextLength };
}

/** Labels name what a model is beyond chat; a model without labels has told nothing. */
function lemonadeCapabilities(labels: readonly string[]): ServedModel['capabilities'] {
  if (labels.length === 0 || labels.includes('reranking')) return null;
  return capabilitiesFrom(labels.includes('embeddings') ? labels : ['chat', ...labels]);
}

function capabilitiesFrom(words: readonly string[]): ServedModel['capabilities'] {
  const found = new Set<Capability>();
  for (const word of words) for (const capability of WORDS[word] ?? []) found.add(capability);
  return capabilitiesOf(found);
}

const WORDS: Readonly<Record<string, readonly Capability[]>> = {
  chat: ['chat', 'completion'],
  completion: ['completion'],
  embedding: ['embedding'],
  embeddings: ['embedding'],
  tools: ['tools'],
  'tool-calling': ['tools'],
  vision: ['vision'],
  image: ['vision'],
  reasoning: ['thinking'],
  thinking: ['thinking'],
  audio: ['audio'],
};
