import type { Dialect } from '../dialect.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeAnswer } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeAnswer } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { decodeError, encodeError } from './errors.ts';
import { PARAMETERS } from './parameters.ts';
import { traitsOf } from './models.ts';
import { ORIGIN } from './states.ts';

export { anthropicModel, anthropicModelList, countTokensBody } from './model-list.ts';
export type { ListedModel } from './model-list.ts';

/**
 * Anthropic's Messages. Sources: its API reference as `@anthropic-ai/sdk` has it, recorded answers, and what Ollama,
 * llama.cpp and vLLM answer at the same path.
 */
export const anthropicMessages: Dialect = {
  id: ORIGIN,
  front: {
    decodeRequest,
    encodeAnswer,
    encodeStream,
    encodeError,
    streamContentType: 'text/event-stream; charset=utf-8',
    parameters: PARAMETERS,
  },
  back: {
    encodeRequest,
    // With Vertex AI the path is the provider's affair: the model stands in it.
    pathOf: () => '/messages',
    decodeAnswer,
    decodeStream,
    decodeError,
    cachesMarked: (model) => traitsOf(model).cache !== 'none',
  },
};
