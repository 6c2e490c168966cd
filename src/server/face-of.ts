import type { IncomingMessage } from 'node:http';
import type { Face, PathFacts } from '../dialects/face.ts';
import { NOTHING_IN_PATH } from '../dialects/face.ts';
import {
  EMBEDDINGS_FACE,
  GEMINI_EMBED_BATCH_FACE,
  GEMINI_EMBED_FACE,
  OLLAMA_EMBED_FACE,
  OLLAMA_EMBEDDINGS_FACE,
} from '../dialects/embedding-faces.ts';
import {
  CHAT_FACE,
  COMPLETIONS_FACE,
  COUNT_GEMINI_FACE,
  COUNT_MESSAGES_FACE,
  COUNT_RESPONSES_FACE,
  GEMINI_ARRAY_FACE,
  GEMINI_FACE,
  MESSAGES_FACE,
  OLLAMA_CHAT_FACE,
  OLLAMA_GENERATE_FACE,
  RESPONSES_FACE,
} from '../dialects/faces.ts';
import { RELAY_FACES } from '../dialects/relay-faces.ts';

/** The endpoint that a request is for, and what its path says besides. */
export interface FaceMatch {
  readonly face: Face;
  readonly path: PathFacts;
}

/** Endpoints with `/v1` and, for clients whose base URL lacks it, without. */
const WITH_AND_WITHOUT_V1: readonly (readonly [string, Face])[] = [
  ['/chat/completions', CHAT_FACE],
  ['/completions', COMPLETIONS_FACE],
  ['/embeddings', EMBEDDINGS_FACE],
  ['/responses', RESPONSES_FACE],
  ['/responses/input_tokens', COUNT_RESPONSES_FACE],
  ['/messages', MESSAGES_FACE],
  ['/messages/count_tokens', COUNT_MESSAGES_FACE],
  ...RELAY_FACES.map((face): [string, Face] => [`/${face.name}`, face]),
];

const MATCHES: ReadonlyMap<string, FaceMatch> = new Map(
  [
    ...WITH_AND_WITHOUT_V1.flatMap(([path, face]): [string, Face][] => [
      [`/v1${path}`, face],
      [path, face],
    ]),
    ['/api/chat', OLLAMA_CHAT_FACE] as const,
    ['/api/generate', OLLAMA_GENERATE_FACE] as const,
    ['/api/embed', OLLAMA_EMBED_FACE] as const,
    ['/api/embeddings', OLLAMA_EMBEDDINGS_FACE] as const,
  ].map(([path, face]) => [path, { face, path: NOTHING_IN_PATH }]),
);

/** Paths of inference that take nothing but POST. */
export const POST_PATHS: readonly string[] = [...MATCHES.keys()];

/** By the method behind the model's name; in which of the two forms it streams the query says. */
const GEMINI_METHODS: Readonly<Record<string, Face>> = {
  generateContent: GEMINI_FACE,
  streamGenerateContent: GEMINI_ARRAY_FACE,
  countTokens: COUNT_GEMINI_FACE,
  embedContent: GEMINI_EMBED_FACE,
  batchEmbedContents: GEMINI_EMBED_BATCH_FACE,
};

/** Those at which a model is asked for something (not only for a count), each name once. */
export const ASKING_FACES: readonly Face[] = [
  ...new Map(
    [...[...MATCHES.values()].map(({ face }) => face), ...Object.values(GEMINI_METHODS), GEMINI_FACE]
      .filter(({ countAnswer }) => countAnswer === null)
      .map((face) => [face.name, face] as const),
  ).values(),
];

/**
 * A model's name may have slashes and colons in it: the method stands behind the last colon. Vercel's SDK writes a name
 * with a slash without the `models/` before it.
 */
const GEMINI_PATH = new RegExp(`^/(?:v1beta|v1alpha|v1)/(?:models/)?(.+):(${Object.keys(GEMINI_METHODS).join('|')})$`);

/** The endpoint of inference that a request is for; `null`: none, or not by POST. */
export function faceOf(request: IncomingMessage): FaceMatch | null {
  if (request.method !== 'POST') return null;
  const { url = '' } = request;
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const query = question < 0 ? '' : url.slice(question + 1);
  const match = MATCHES.get(path);
  if (match === undefined) return geminiMatch(path, query);
  return query === '' ? match : { face: match.face, path: { ...match.path, query } };
}

function geminiMatch(path: string, query: string): FaceMatch | null {
  const [, name, method = ''] = GEMINI_PATH.exec(path) ?? [];
  const face = GEMINI_METHODS[method];
  if (name === undefined || face === undefined) return null;
  const stream = face === GEMINI_ARRAY_FACE;
  const isSse = stream && new URLSearchParams(query).get('alt') === 'sse';
  return { face: isSse ? GEMINI_FACE : face, path: { model: decoded(name), stream, query } };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}

/** The endpoint in whose shape a path's errors are answered, whatever is wrong with the request; `null`: none. */
export function errorFaceOf(request: IncomingMessage): Face | null {
  const { url = '' } = request;
  if (/^(?:\/v1)?\/messages(?:[/?]|$)/.test(url)) return MESSAGES_FACE;
  if (GEMINI_PATH.test(url.split('?')[0] ?? '') || isGeminiClient(request)) return GEMINI_FACE;
  if (url.startsWith('/api/')) return OLLAMA_CHAT_FACE;
  return isAnthropicClient(request) ? MESSAGES_FACE : null;
}

/** Every SDK of Anthropic sends it, also where a path belongs to two dialects. */
export function isAnthropicClient(request: IncomingMessage): boolean {
  return request.headers['anthropic-version'] !== undefined;
}

/** `/v1/models` is a path of Google's too; its own SDKs send these headers with every request. */
export function isGeminiClient({ url = '', headers }: IncomingMessage): boolean {
  if (/^\/(?:v1beta|v1alpha)\//.test(url)) return true;
  if (!/^\/v1\/models(?:[/?]|$)/.test(url)) return false;
  return (
    headers['x-goog-api-key'] !== undefined || headers['x-goog-api-client'] !== undefined || geminiKeyIn(url) !== null
  );
}

/** The key of clients of Google's that put it into the address, which they do for models only. */
export function geminiKeyIn(url: string): string | null {
  const question = url.indexOf('?');
  if (question < 0 || !/^\/(?:v1beta|v1alpha|v1)\/models(?:[/?]|$)/.test(url)) return null;
  const key = new URLSearchParams(url.slice(question + 1)).get('key')?.trim() ?? '';
  return key === '' ? null : key;
}
