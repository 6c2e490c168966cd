import type { ServerKind } from '../canonical/model.ts';
import { isObject } from '../std/is-object.ts';
import { isHttp, jsonOf, member, objectsIn, text, textsIn, type Answer } from './json-answer.ts';
import { ownerOf, type ListItem } from './model-list.ts';

/** A server that was recognised. */
export interface Found {
  readonly kind: ServerKind;
  readonly version: string | null;
  /** LM Studio before 0.4 lists its details at `/api/v0/models` and in another shape. */
  readonly variant?: 'v0';
}

/** Something only one kind answers. Asked of a server that listed models without a mark of its own. */
export interface Question {
  readonly path: string;
  /** It is answered without a key. */
  readonly open: boolean;
  readonly appliesTo: (items: readonly ListItem[], answers: ReadonlyMap<string, Answer>) => boolean;
  readonly read: (answer: Answer, items: readonly ListItem[], answers: ReadonlyMap<string, Answer>) => Found | null;
}

const always = (): boolean => true;
const saysOllama = (answers: ReadonlyMap<string, Answer>): boolean =>
  bannerOf(answers.get('/')) === 'Ollama is running';

/** In the order in which they are asked; the first that reads its kind ends the asking. */
export const QUESTIONS: readonly Question[] = [
  { path: '/', open: false, appliesTo: always, read: readBanner },
  // Only real Ollama has `/api/status` (2026 and later); nothing more is asked of it.
  { path: '/api/version', open: false, appliesTo: (_, answers) => saysOllama(answers), read: () => null },
  { path: '/api/status', open: false, appliesTo: (_, answers) => saysOllama(answers), read: readOllamaStatus },
  { path: '/.well-known/localai.json', open: true, appliesTo: always, read: readLocalAi },
  { path: '/system', open: false, appliesTo: always, read: readLocalAiSystem },
  { path: '/api/tags', open: false, appliesTo: (_, answers) => saysOllama(answers), read: readOllamaTags },
  { path: '/health/liveliness', open: true, appliesTo: always, read: readLiteLlm },
  { path: '/api/v1/models', open: false, appliesTo: always, read: readLmStudio },
  { path: '/api/v0/models', open: false, appliesTo: always, read: readLmStudioV0 },
  { path: '/api/extra/version', open: false, appliesTo: always, read: readKobold },
  { path: '/info', open: false, appliesTo: always, read: readTgi },
  { path: '/v1/internal/model/info', open: false, appliesTo: always, read: readTextGeneration },
  { path: '/openai/status', open: false, appliesTo: always, read: readFoundry },
  { path: '/openapi.json', open: false, appliesTo: mayBeJan, read: readOpenApi },
  { path: '/health', open: false, appliesTo: hasNoOwners, read: readMlx },
];

/** Where the kinds that the model list already names tell their version. */
export const VERSION_QUESTIONS: Readonly<
  Partial<Record<ServerKind, { readonly path: string; readonly read: (answer: Answer) => string | null }>>
> = {
  vllm: { path: '/version', read: versionIn },
  'llama-swap': { path: '/api/version', read: versionIn },
  lemonade: { path: '/v1/health', read: versionIn },
  koboldcpp: { path: '/api/extra/version', read: versionIn },
  'llama.cpp': { path: '/props', read: (answer) => text(member(jsonOf(answer), 'build_info')) },
};

/** Servers that need not have a model list: what is asked of them instead, where their port suggests it. */
export function readWithoutList(path: string, answer: Answer): Found | null {
  return path === '/info' ? readTgi(answer) : path === '/openai/status' ? readFoundry(answer) : null;
}

function versionIn(answer: Answer): string | null {
  return text(member(jsonOf(answer), 'version'));
}

function bannerOf(answer: Answer): string | null {
  if (!isHttp(answer) || answer.status !== 200) return null;
  // SGLang sends its banner as a JSON string.
  return answer.body.trim().replace(/^"(.*)"$/, '$1');
}

function readBanner(answer: Answer): Found | null {
  const banner = bannerOf(answer);
  if (banner === 'SGLang is running') return { kind: 'sglang', version: null };
  if (banner === 'Docker Model Runner is running') return { kind: 'docker-model-runner', version: null };
  if (banner?.startsWith('Osaurus Server is running') === true) return { kind: 'osaurus', version: null };
  return null;
}

function readOllamaStatus(answer: Answer, _: readonly ListItem[], answers: ReadonlyMap<string, Answer>): Found | null {
  const version = ollamaVersion(answers);
  if (version === null || typeof member(jsonOf(answer), 'cloud', 'disabled') !== 'boolean') return null;
  return { kind: 'ollama', version };
}

/** Ollama before `/api/status`: the banner, a version and nothing beside it, and the digests of real blobs. */
function readOllamaTags(answer: Answer, _: readonly ListItem[], answers: ReadonlyMap<string, Answer>): Found | null {
  const version = ollamaVersion(answers);
  const tags = jsonOf(answer);
  const models = objectsIn(member(tags, 'models'));
  if (version === null || member(tags, 'models') === undefined) return null;
  const real = models.every((model) => /^[0-9a-f]{64}$/.test(text(member(model, 'digest')) ?? ''));
  return real ? { kind: 'ollama', version } : null;
}

/** llama-swap answers `/api/version` too, with more members than one. */
function ollamaVersion(answers: ReadonlyMap<string, Answer>): string | null {
  const body = jsonOf(answers.get('/api/version'));
  const version = text(member(body, 'version'));
  return version !== null && isObject(body) && Object.keys(body).length === 1 ? version : null;
}

function readLocalAi(answer: Answer): Found | null {
  const body = jsonOf(answer);
  return typeof member(body, 'endpoints') === 'object'
    ? { kind: 'localai', version: text(member(body, 'version')) }
    : null;
}

function readLocalAiSystem(answer: Answer): Found | null {
  const body = jsonOf(answer);
  const isIt = Array.isArray(member(body, 'backends')) && member(body, 'loaded_models') !== undefined;
  return isIt ? { kind: 'localai', version: null } : null;
}

function readLiteLlm(answer: Answer): Found | null {
  return bannerOf(answer) === "I'm alive!" ? { kind: 'litellm', version: null } : null;
}

function readLmStudio(answer: Answer): Found | null {
  const models = member(jsonOf(answer), 'models');
  const isIt =
    Array.isArray(models) && objectsIn(models).every((model) => Array.isArray(member(model, 'loaded_instances')));
  return isIt ? { kind: 'lmstudio', version: null } : null;
}

function readLmStudioV0(answer: Answer): Found | null {
  const data = objectsIn(member(jsonOf(answer), 'data'));
  const states = data.map((item) => member(item, 'state'));
  const isIt = data.length > 0 && states.every((state) => state === 'loaded' || state === 'not-loaded');
  return isIt ? { kind: 'lmstudio', version: null, variant: 'v0' } : null;
}

function readKobold(answer: Answer): Found | null {
  return member(jsonOf(answer), 'result') === 'KoboldCpp' ? { kind: 'koboldcpp', version: versionIn(answer) } : null;
}

function readTgi(answer: Answer): Found | null {
  const isIt = member(jsonOf(answer), 'router') === 'text-generation-router';
  return isIt ? { kind: 'tgi', version: versionIn(answer) } : null;
}

function readTextGeneration(answer: Answer): Found | null {
  const body = jsonOf(answer);
  const isIt = text(member(body, 'model_name')) !== null && Array.isArray(member(body, 'lora_names'));
  return isIt ? { kind: 'text-generation-webui', version: null } : null;
}

function readFoundry(answer: Answer): Found | null {
  const endpoints = textsIn(member(jsonOf(answer), 'Endpoints'));
  return endpoints.length > 0 ? { kind: 'foundry-local', version: null } : null;
}

/** Jan's server lists the models that run here as `{"created":1,"owned_by":"user"}`, and none while none runs. */
function mayBeJan(items: readonly ListItem[]): boolean {
  return items.length === 0 || items.some((item) => ownerOf(item) === 'user' && member(item, 'created') === 1);
}

function readOpenApi(answer: Answer): Found | null {
  const title = text(member(jsonOf(answer), 'info', 'title'));
  return title?.startsWith('Jan API Server') === true ? { kind: 'jan', version: null } : null;
}

/** The list of mlx_lm.server: `{id, object, created}` and no owner. */
function hasNoOwners(items: readonly ListItem[]): boolean {
  return items.length > 0 && items.every((item) => ownerOf(item) === null && member(item, 'created') !== undefined);
}

function readMlx(answer: Answer): Found | null {
  return member(jsonOf(answer), 'status') === 'ok' ? { kind: 'mlx', version: null } : null;
}
