import type { DialectId } from '../canonical/dialect-id.ts';
import type { ChatQuirks } from '../canonical/quirks.ts';
import type { EmbeddingBack } from './embedding.ts';
import type { Face } from './face.ts';
import { CHAT_FACE, GEMINI_FACE, inBody, OLLAMA_CHAT_FACE } from './faces.ts';
import * as google from './gemini/embeddings.ts';
import { decodeError as decodeGeminiError, encodeError as encodeGeminiError } from './gemini/errors.ts';
import { methodPath } from './gemini/path.ts';
import { encodeVertexEmbedRequest, vertexEmbedPath } from './gemini/vertex-embeddings.ts';
import * as ollama from './ollama/embeddings.ts';
import { decodeError as decodeOllamaError, encodeError as encodeOllamaError } from './ollama/errors.ts';
import * as openai from './openai-chat/embeddings.ts';
import { decodeChatError, encodeChatError } from './openai-chat/errors.ts';

/** The dialects in which upstreams are asked for embeddings; the others have none. */
const BACKS: ReadonlyMap<DialectId, EmbeddingBack> = new Map<DialectId, EmbeddingBack>([
  [
    'openai-chat',
    {
      pathOf: () => '/embeddings',
      encodeRequest: openai.encodeEmbedRequest,
      decodeAnswer: openai.decodeEmbedAnswer,
      decodeError: decodeChatError,
    },
  ],
  [
    'gemini',
    {
      pathOf: google.embedPath,
      encodeRequest: google.encodeEmbedRequest,
      decodeAnswer: google.decodeEmbedAnswer,
      decodeError: decodeGeminiError,
    },
  ],
  [
    'ollama',
    {
      pathOf: () => ollama.EMBED_PATH,
      encodeRequest: ollama.encodeEmbedRequest,
      decodeAnswer: ollama.decodeEmbedAnswer,
      decodeError: decodeOllamaError,
    },
  ],
]);

/** The same of a provider whose version of a dialect has its own way for them. */
const FLAVOURED: ReadonlyMap<string, EmbeddingBack> = new Map<string, EmbeddingBack>([
  [
    'gemini google-cloud',
    {
      pathOf: vertexEmbedPath,
      encodeRequest: encodeVertexEmbedRequest,
      decodeAnswer: google.decodeEmbedAnswer,
      decodeError: decodeGeminiError,
    },
  ],
]);

type Flavour = ChatQuirks['flavour'];

/** `null`: upstreams of the dialect make no embeddings. */
export function embeddingBackOf(id: DialectId, flavour: Flavour): EmbeddingBack | null {
  return FLAVOURED.get(`${id} ${flavour}`) ?? BACKS.get(id) ?? null;
}

/** Whether clients of the dialect would be refused there with their own bytes. */
export function hasOwnEmbeddings(id: DialectId, flavour: Flavour): boolean {
  return FLAVOURED.has(`${id} ${flavour}`);
}

export const EMBEDDINGS_FACE: Face = {
  ...CHAT_FACE,
  name: 'embeddings',
  task: 'embedding',
  front: null,
  embedding: {
    decodeRequest: openai.decodeEmbedRequest,
    encodeAnswer: openai.encodeEmbedAnswer,
    encodeError: encodeChatError,
  },
  pathOf: () => '/embeddings',
  body: { ...inBody('input', false), stream: 'never' },
};

/** One text. */
export const GEMINI_EMBED_FACE: Face = geminiFace('embedContent', false);
/** A list of requests for one text each. */
export const GEMINI_EMBED_BATCH_FACE: Face = geminiFace('batchEmbedContents', true);

function geminiFace(method: string, batch: boolean): Face {
  return {
    ...GEMINI_FACE,
    name: method,
    task: 'embedding',
    front: null,
    embedding: {
      decodeRequest: (body, { model }) => google.decodeEmbedRequest(body, batch, model),
      encodeAnswer: (answer) => google.encodeEmbedAnswer(answer, batch),
      encodeError: encodeGeminiError,
    },
    pathOf: (model) => methodPath(model, method),
    withModel: google.embedBodyWithModel,
    body: { model: 'path', stream: 'never', needed: null },
  };
}

export const OLLAMA_EMBED_FACE: Face = {
  ...OLLAMA_CHAT_FACE,
  name: 'api/embed',
  task: 'embedding',
  front: null,
  embedding: {
    decodeRequest: (body, { model }) => ollama.decodeEmbedRequest(body, model),
    encodeAnswer: ollama.encodeEmbedAnswer,
    encodeError: encodeOllamaError,
  },
  pathOf: () => ollama.EMBED_PATH,
  answerWithout: ({ input }, { model }) =>
    ollama.isEmbedLoad(input) ? JSON.stringify({ model, embeddings: [] }) : null,
  body: { ...inBody(null, false), stream: 'never' },
};

/** The older one: one text. */
export const OLLAMA_EMBEDDINGS_FACE: Face = {
  ...OLLAMA_EMBED_FACE,
  name: 'api/embeddings',
  embedding: {
    decodeRequest: (body, { model }) => ollama.decodeEmbeddingsRequest(body, model),
    encodeAnswer: ollama.encodeEmbeddingsAnswer,
    encodeError: encodeOllamaError,
  },
  pathOf: () => '/api/embeddings',
  answerWithout: (body) => (ollama.isEmbedLoad(body['prompt']) ? JSON.stringify({ embedding: [] }) : null),
};
