import type { Capability } from '../../canonical/model.ts';
import { count, isHttp, jsonOf, member, text } from '../json-answer.ts';
import { readModelList } from '../model-list.ts';
import { MODEL_LIST } from '../recognise.ts';
import { capabilitiesOf, modelFromItem, modelNamed, type KindReader } from './kind-reader.ts';

/** TGI serves one model and takes any name for it; `/info` says which, with the context. */
export const tgiReader: KindReader = {
  paths: ['/info'],
  read([info]) {
    const body = jsonOf(info);
    const id = text(member(body, 'model_id'));
    if (id === null) return null;
    const contextLength = count(member(body, 'max_total_tokens'));
    return [{ model: modelNamed(id, { contextLength, loaded: true }), digest: null }];
  },
};

/** KoboldCpp: one model; the context it really has is told apart; without a model it lists `koboldcpp/inactive`. */
export const koboldReader: KindReader = {
  paths: [MODEL_LIST, '/api/extra/true_max_context_length'],
  read([list, context]) {
    const items = isHttp(list) ? readModelList(list) : null;
    if (items === null) return null;
    const contextLength = count(member(jsonOf(context), 'value'));
    return items
      .filter((item) => !/(^|\/)inactive$/.test(item.id))
      .map((item) => ({ model: modelFromItem(item, { contextLength, loaded: true }), digest: null }));
  },
  detail: async (models, ask) => {
    const version = jsonOf(await ask('/api/extra/version'));
    const found = new Set<Capability>(['chat', 'completion']);
    if (member(version, 'vision') === true) found.add('vision');
    if (member(version, 'audio') === true) found.add('audio');
    const capabilities = version === undefined ? null : capabilitiesOf(found);
    return models.map((listed) => ({ ...listed, model: { ...listed.model, capabilities } }));
  },
};

/** text-generation-webui: whatever name is asked for, the loaded model answers; `None` is no model. */
export const textGenerationReader: KindReader = {
  paths: ['/v1/internal/model/info'],
  read([info]) {
    const id = text(member(jsonOf(info), 'model_name'));
    if (id === null) return null;
    return id === 'None' ? [] : [{ model: modelNamed(id, { loaded: true }), digest: null }];
  },
};
