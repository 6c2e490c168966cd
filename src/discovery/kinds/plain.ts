import type { ServedModel } from '../../canonical/model.ts';
import { isHttp, jsonOfAnyStatus, member } from '../json-answer.ts';
import { ownerOf, readModelList, type ListItem } from '../model-list.ts';
import { MODEL_LIST } from '../recognise.ts';
import { modelFromItem, type KindReader } from './kind-reader.ts';

/** Servers that tell no more than their model list does. */
export const plainReader: KindReader = readerOfItems(() => ({}));

/** vLLM, SGLang, LMDeploy: what they list is in memory. */
export const loadedReader: KindReader = readerOfItems(() => ({ loaded: true }));

/**
 * llama-cpp-python: its one model is in memory; of several in its config file it keeps the one used last. Its list is
 * read once: every request for it ends the answer that is being streamed to somebody, with a clean `[DONE]`
 * (`interrupt_requests`, on unless switched off; seen with 0.3.36). What is at none of its paths does not wait for the
 * model and interrupts nothing; its models do not change while it runs.
 */
export const llamaCppPythonReader: KindReader = {
  ...readerOfItems((_, items) => ({ loaded: items.length === 1 ? true : null })),
  pulse: {
    path: '/health',
    isStill: (answer) => answer.status === 404 && member(jsonOfAnyStatus(answer), 'detail') === 'Not Found',
  },
};

/** Jan lists the models that run in it with the owner `user`; others belong to providers that it relays to. */
export const janReader: KindReader = readerOfItems((item) =>
  ownerOf(item) === 'user' ? { loaded: true } : { locality: 'cloud' },
);

/**
 * Osaurus lists what runs in it by a bare name with itself as owner; connected providers (its Remote Providers) and
 * paired machines come beside them, under their own owners or as `provider/model`.
 */
export const osaurusReader: KindReader = readerOfItems((item) =>
  ownerOf(item) === 'osaurus' && !item.id.includes('/') ? {} : { locality: 'cloud' },
);

function readerOfItems(known: (item: ListItem, items: readonly ListItem[]) => Partial<ServedModel>): KindReader {
  return {
    paths: [MODEL_LIST],
    read([list]) {
      const items = isHttp(list) ? readModelList(list) : null;
      if (items === null) return null;
      return items.map((item) => ({ model: modelFromItem(item, known(item, items)), digest: null }));
    },
  };
}
