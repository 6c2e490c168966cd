import type { Capability, ServedModel } from '../../canonical/model.ts';
import { count, isHttp, jsonOf, member, objectsIn, text, textsIn, type Answer } from '../json-answer.ts';
import { readModelList } from '../model-list.ts';
import { MODEL_LIST } from '../recognise.ts';
import { capabilitiesOf, modelFromItem, type KindReader } from './kind-reader.ts';

/**
 * LM Studio 0.4 and later. `/v1/models` lists what can be asked for (all that is downloaded, or only what is loaded,
 * by a switch of the app); `/api/v1/models` tells about each by `key`, or by the id of a loaded instance.
 */
export const lmStudioReader: KindReader = {
  paths: [MODEL_LIST, '/api/v1/models'],
  read: (answers) => readWith(answers, (native) => detailsByName(objectsIn(member(native, 'models')))),
};

/** LM Studio 0.3.6 to 0.3.x: `/api/v0/models`. */
export const lmStudioV0Reader: KindReader = {
  paths: [MODEL_LIST, '/api/v0/models'],
  read: (answers) =>
    readWith(
      answers,
      (native) => new Map(objectsIn(member(native, 'data')).map((item) => [text(item['id']) ?? '', v0Detail(item)])),
    ),
};

type Details = ReadonlyMap<string, Partial<ServedModel>>;

function readWith([list, native]: readonly Answer[], detailsOf: (native: unknown) => Details) {
  const items = isHttp(list) ? readModelList(list) : null;
  if (items === null) return null;
  const details = detailsOf(jsonOf(native));
  return items.map((item) => ({ model: modelFromItem(item, details.get(item.id) ?? {}), digest: null }));
}

function detailsByName(models: readonly Record<string, unknown>[]): Details {
  const details = new Map<string, Partial<ServedModel>>();
  for (const entry of models) {
    const instances = objectsIn(entry['loaded_instances']);
    const context = count(member(instances[0], 'config', 'context_length')) ?? count(entry['max_context_length']);
    const detail = v1Detail(entry, context, instances.length > 0);
    details.set(text(entry['key']) ?? '', detail);
    for (const instance of instances) {
      const own = count(member(instance, 'config', 'context_length')) ?? context;
      const id = text(instance['id']);
      if (id !== null) details.set(id, { ...detail, contextLength: own });
    }
  }
  return details;
}

function v1Detail(entry: Record<string, unknown>, contextLength: number | null, loaded: boolean): Partial<ServedModel> {
  const found = new Set<Capability>(entry['type'] === 'embedding' ? ['embedding'] : ['chat', 'completion']);
  if (member(entry, 'capabilities', 'vision') === true) found.add('vision');
  if (member(entry, 'capabilities', 'trained_for_tool_use') === true) found.add('tools');
  if (textsIn(member(entry, 'capabilities', 'reasoning', 'allowed_options')).length > 0) found.add('thinking');
  return {
    capabilities: capabilitiesOf(found),
    contextLength,
    sizeBytes: count(entry['size_bytes']),
    parameterSize: text(entry['params_string']),
    quantization: text(member(entry, 'quantization', 'name')),
    loaded,
  };
}

function v0Detail(item: Record<string, unknown>): Partial<ServedModel> {
  const found = new Set<Capability>(item['type'] === 'embeddings' ? ['embedding'] : ['chat', 'completion']);
  if (item['type'] === 'vlm') found.add('vision');
  return {
    capabilities: capabilitiesOf(found),
    contextLength: count(item['loaded_context_length']) ?? count(item['max_context_length']),
    quantization: text(item['quantization']),
    loaded: item['state'] === 'loaded',
  };
}
