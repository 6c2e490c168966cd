import type { Capability, ServedModel } from '../../canonical/model.ts';
import { count, isHttp, jsonOf, member, text, textsIn } from '../json-answer.ts';
import { readModelList, type ListItem } from '../model-list.ts';
import { MODEL_LIST } from '../recognise.ts';
import { capabilitiesOf, eachModel, modelFromItem, parameterSizeOf, type KindReader } from './kind-reader.ts';

/**
 * llama-server. Its list says `"capabilities":["completion"]` even of an embedder, so that is not read; `/props` tells
 * the context of a slot and what template and projector can do. In router mode many models are listed and `status`
 * says which is loaded; file paths and command lines in there are not taken over. Nothing of `/props` is ever logged.
 */
export const llamaCppReader: KindReader = {
  paths: [MODEL_LIST],
  read([list]) {
    if (isHttp(list) && list.status === 503 && list.headers['server'] === 'llama.cpp') return [];
    const items = isHttp(list) ? readModelList(list) : null;
    return items === null ? null : items.map((item) => ({ model: modelOf(item), digest: null }));
  },
  detail: async (models, ask) => {
    const props = jsonOf(await ask('/props'));
    if (member(props, 'role') !== 'router') {
      return models.map((listed) => ({ ...listed, model: withProps(listed.model, props) }));
    }
    return eachModel(models, async (listed) => {
      if (listed.model.loaded !== true) return listed;
      // Without `autoload=false` the router would load a model that was unloaded a moment ago.
      const answer = await ask(`/props?model=${encodeURIComponent(listed.model.id)}&autoload=false`);
      return { ...listed, model: withProps(listed.model, jsonOf(answer)) };
    });
  },
};

function modelOf(item: ListItem): ServedModel {
  const status = text(member(item, 'status', 'value'));
  return modelFromItem(item, {
    sizeBytes: count(member(item, 'meta', 'size')),
    parameterSize: parameterSizeOf(member(item, 'meta', 'n_params')),
    quantization: text(member(item, 'meta', 'ftype')),
    // Only the router has a status; a plain server has its one model in memory.
    loaded: status === null ? true : status === 'loaded',
    capabilities: capabilitiesOf(
      inputsOf(new Set(textsIn(member(item, 'architecture', 'input_modalities')).filter((kind) => kind !== 'text'))),
    ),
  });
}

function withProps(model: ServedModel, props: unknown): ServedModel {
  const found = new Set<Capability>(model.capabilities ?? []);
  const inputs = ['vision', 'audio'].filter((name) => member(props, 'modalities', name) === true);
  for (const capability of inputsOf(new Set(inputs))) found.add(capability);
  // A template with tools is a chat model's; without one nothing tells a chat model from an embedder.
  if (member(props, 'chat_template_caps', 'supports_tools') === true) {
    found.add('chat').add('completion').add('tools');
  }
  const slotContext = count(member(props, 'default_generation_settings', 'n_ctx'));
  return { ...model, capabilities: capabilitiesOf(found), contextLength: slotContext ?? model.contextLength };
}

/** A model that takes pictures or sound takes a conversation. */
function inputsOf(modalities: ReadonlySet<string>): ReadonlySet<Capability> {
  const found = new Set<Capability>();
  if (modalities.has('vision') || modalities.has('image')) found.add('vision');
  if (modalities.has('audio')) found.add('audio');
  return found.size > 0 ? found.add('chat').add('completion') : found;
}
