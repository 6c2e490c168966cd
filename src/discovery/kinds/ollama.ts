import type { Capability, ServedModel } from '../../canonical/model.ts';
import { count, isHttp, jsonOf, member, objectsIn, text, textsIn, type Answer } from '../json-answer.ts';
import { contextBytesPerToken } from './context-bytes.ts';
import {
  capabilitiesOf,
  eachModel,
  modelNamed,
  type Ask,
  type DetailMemory,
  type KindReader,
  type ListedModel,
  type ModelDetail,
} from './kind-reader.ts';

/**
 * Ollama: `/api/tags` lists, `/api/ps` says what is loaded and with which context. 0.34 lists capabilities and trained
 * context with the tags; before that `POST /api/show` tells them. That loads nothing, is asked once per digest, and is
 * the only one that tells what a model's context takes in memory.
 */
export const ollamaReader: KindReader = {
  paths: ['/api/tags', '/api/ps'],
  read([tags, ps]) {
    const models = member(jsonOf(tags), 'models');
    // Without models: an empty list, or null in some versions.
    if (models === undefined || (models !== null && !Array.isArray(models))) return null;
    const loaded = loadedModels(ps);
    // Ollama lists the last changed or used first, which would move names about between two looks.
    return objectsIn(models)
      .flatMap((entry) => listed(entry, loaded))
      .sort((one, other) => (one.model.id < other.model.id ? -1 : 1));
  },
  detail: (models, ask, memory) => eachModel(models, (model) => withDetail(model, ask, memory)),
};

interface LoadedModel {
  /** The effective context. */
  readonly contextLength: number | null;
  readonly gpuBytes: number | null;
}

const NOT_LOADED: LoadedModel = { contextLength: null, gpuBytes: null };

/** By model name; `null` when the server did not say what is loaded. */
function loadedModels(ps: Answer): ReadonlyMap<string, LoadedModel> | null {
  if (!isHttp(ps) || ps.status !== 200) return null;
  const running = objectsIn(member(jsonOf(ps), 'models'));
  return new Map(
    running.map((entry) => {
      const contextLength = count(entry['context_length']);
      return [text(entry['model']) ?? '', { contextLength, gpuBytes: count(entry['size_vram']) }];
    }),
  );
}

function listed(
  entry: Record<string, unknown>,
  loaded: ReadonlyMap<string, LoadedModel> | null,
): readonly ListedModel[] {
  const id = text(entry['model']) ?? text(entry['name']);
  if (id === null) return [];
  const modified = Date.parse(text(entry['modified_at']) ?? '');
  const trained = count(member(entry, 'details', 'context_length'));
  const running = loaded?.get(id) ?? NOT_LOADED;
  const model = modelNamed(id, {
    locality: isCloud(id, entry) ? 'cloud' : 'local',
    capabilities: capabilitiesIn(entry['capabilities']),
    contextLength: running.contextLength ?? trained,
    ...(running.contextLength === null || trained === null ? {} : { trainedContextLength: trained }),
    ...(running.gpuBytes === null ? {} : { gpuBytes: running.gpuBytes }),
    sizeBytes: count(entry['size']),
    parameterSize: text(member(entry, 'details', 'parameter_size')),
    // `unknown` is Ollama's word for not knowing.
    quantization: quantizationIn(member(entry, 'details', 'quantization_level')),
    loaded: loaded === null ? null : loaded.has(id),
    createdAt: Number.isNaN(modified) ? null : Math.trunc(modified / 1000),
  });
  return [{ model, digest: text(entry['digest']) }];
}

/** Run by ollama.com through the local server: `remote_host`, or a tag that ends in `cloud`. */
function isCloud(id: string, entry: Record<string, unknown>): boolean {
  return text(entry['remote_host']) !== null || /[:-]cloud$/.test(id);
}

function quantizationIn(value: unknown): string | null {
  const level = text(value);
  return level === 'unknown' ? null : level;
}

function capabilitiesIn(value: unknown): readonly Capability[] | null {
  const found = new Set<Capability>();
  for (const word of textsIn(value)) for (const capability of WORDS[word] ?? []) found.add(capability);
  return capabilitiesOf(found);
}

/** `insert` and `image` (which makes images) are none of ours. */
const WORDS: Readonly<Record<string, readonly Capability[]>> = {
  completion: ['chat', 'completion'],
  embedding: ['embedding'],
  tools: ['tools'],
  vision: ['vision'],
  thinking: ['thinking'],
  audio: ['audio'],
};

/** More digests than this are not remembered. */
const MAX_REMEMBERED = 2000;

async function withDetail(listed: ListedModel, ask: Ask, memory: DetailMemory): Promise<ListedModel> {
  const { model, digest } = listed;
  // Of a cloud model the local server may have to ask ollama.com.
  if (model.locality === 'cloud') return listed;
  const detail = (digest === null ? undefined : memory.get(digest)) ?? (await show(model.id, ask));
  if (detail === null) return listed;
  if (digest !== null && memory.size < MAX_REMEMBERED) memory.set(digest, detail);
  return {
    digest,
    model: {
      ...model,
      capabilities: model.capabilities ?? detail.capabilities,
      contextLength: model.contextLength ?? detail.contextLength,
      ...trainedContext(model, detail),
      ...(detail.contextBytesPerToken === null ? {} : { contextBytesPerToken: detail.contextBytesPerToken }),
    },
  };
}

/** Before 0.34 the list does not tell it, and what a loaded model has now is not the most that it can have. */
function trainedContext(model: ServedModel, { contextLength }: ModelDetail): Partial<ServedModel> {
  if (model.loaded !== true || model.contextLength === null || contextLength === null) return {};
  return { trainedContextLength: model.trainedContextLength ?? contextLength };
}

async function show(id: string, ask: Ask): Promise<ModelDetail | null> {
  const body = jsonOf(await ask('/api/show', JSON.stringify({ model: id })));
  if (body === undefined) return null;
  const info = member(body, 'model_info');
  const architecture = text(member(info, 'general.architecture'));
  return {
    capabilities: capabilitiesIn(member(body, 'capabilities')),
    contextLength: architecture === null ? null : count(member(info, `${architecture}.context_length`)),
    contextBytesPerToken: contextBytesPerToken(info),
  };
}
