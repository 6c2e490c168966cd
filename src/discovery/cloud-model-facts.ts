import type { Capability, ModelFacts } from '../canonical/model.ts';
import { isObject } from '../std/is-object.ts';

/** Above it a time is in milliseconds: in seconds it would be the year 5138. */
const MAX_SECONDS = 1e11;

/**
 * What an entry of a provider's list tells of its model beyond its id. Each provider has names of its own for the same
 * few things; a name that two of them use means the same at both, so the whole table is tried on every entry.
 */
export function factsIn(entry: unknown): ModelFacts {
  return {
    capabilities: capabilitiesIn(entry),
    contextLength: firstCount(entry, CONTEXT_NAMES),
    maxOutputTokens: firstCount(entry, OUTPUT_NAMES),
    createdAt: timeIn(entry),
  };
}

/** Gemini; Anthropic; OpenRouter, Together, Cohere; Groq, Vercel; Mistral; vLLM; DeepInfra. */
const CONTEXT_NAMES = [
  'inputTokenLimit',
  'max_input_tokens',
  'context_length',
  'context_window',
  'max_context_length',
  'max_model_len',
  'metadata.context_length',
];
/** Gemini; Groq; OpenRouter; Anthropic, Vercel; DeepInfra. */
const OUTPUT_NAMES = [
  'outputTokenLimit',
  'max_completion_tokens',
  'top_provider.max_completion_tokens',
  'max_tokens',
  'metadata.max_tokens',
];

function firstCount(entry: unknown, names: readonly string[]): number | null {
  for (const name of names) {
    const count = valueAt(entry, name);
    if (typeof count === 'number' && Number.isSafeInteger(count) && count > 0) return count;
  }
  return null;
}

/** Seconds since 1970: `created` is that at most; `created_at` is a text at Anthropic, `modified_at` one at Ollama. */
function timeIn(entry: unknown): number | null {
  const told = valueAt(entry, 'created') ?? valueAt(entry, 'created_at') ?? valueAt(entry, 'modified_at');
  const seconds = typeof told === 'string' ? Date.parse(told) / 1000 : told;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return null;
  return Math.floor(seconds > MAX_SECONDS ? seconds / 1000 : seconds);
}

/** `null`: the list does not say, or not enough: that a model chats is no word about tools. */
function capabilitiesIn(entry: unknown): readonly Capability[] | null {
  const told =
    byMethods(textsAt(entry, 'supportedGenerationMethods')) ??
    byModalities(entry) ??
    byEndpoints(textsAt(entry, 'endpoints')) ??
    byFlags(valueAt(entry, 'capabilities')) ??
    TYPES.get(textAt(entry, 'type'));
  return told === undefined || told.length === 0 ? null : told;
}

/** Gemini's (ai.google.dev/api/models). Who generates content may chat, draw or speak: its name tells. */
function byMethods(methods: readonly string[] | null): readonly Capability[] | null {
  if (methods === null || methods.includes('generateContent')) return null;
  const [found] = METHODS.filter(([method]) => methods.includes(method));
  return found === undefined ? null : [found[1]];
}

const METHODS: readonly (readonly [string, Capability])[] = [
  ['embedContent', 'embedding'],
  ['predictLongRunning', 'video'],
  ['predict', 'image'],
  ['bidiGenerateContent', 'realtime'],
];

/** OpenRouter's: what goes in and comes out, and the parameters that it takes. */
function byModalities(entry: unknown): readonly Capability[] | null {
  const outputs = textsAt(entry, 'architecture.output_modalities');
  const parameters = textsAt(entry, 'supported_parameters');
  if (outputs === null || parameters === null) return null;
  const inputs = textsAt(entry, 'architecture.input_modalities') ?? [];
  const says: readonly (readonly [boolean, Capability])[] = [
    [outputs.includes('text'), 'chat'],
    [outputs.includes('embeddings'), 'embedding'],
    [outputs.includes('image'), 'image'],
    [outputs.includes('audio') && !outputs.includes('text'), 'speech'],
    [parameters.includes('tools'), 'tools'],
    [parameters.includes('reasoning'), 'thinking'],
    [inputs.includes('image') && outputs.includes('text'), 'vision'],
    [inputs.includes('audio') && outputs.includes('text'), 'audio'],
  ];
  return says.flatMap(([does, capability]) => (does ? [capability] : []));
}

/** Cohere's. */
function byEndpoints(endpoints: readonly string[] | null): readonly Capability[] | null {
  if (endpoints === null || endpoints.includes('chat')) return null;
  if (endpoints.includes('embed')) return ['embedding'];
  return endpoints.includes('rerank') ? ['rerank'] : null;
}

/** Mistral's: one flag for each thing. */
function byFlags(flags: unknown): readonly Capability[] | null {
  if (!isObject(flags) || flags['completion_chat'] !== true) return null;
  const also = FLAGS.flatMap(([flag, capability]) => (flags[flag] === true ? [capability] : []));
  return typeof flags['function_calling'] === 'boolean' ? ['chat', ...also] : null;
}

const FLAGS: readonly (readonly [string, Capability])[] = [
  ['function_calling', 'tools'],
  ['vision', 'vision'],
  ['reasoning', 'thinking'],
];

/** Together's and Vercel's. */
const TYPES: ReadonlyMap<string | null, readonly Capability[]> = new Map<string | null, readonly Capability[]>([
  ['embedding', ['embedding']],
  ['image', ['image']],
  ['video', ['video']],
  ['moderation', ['moderation']],
  ['rerank', ['rerank']],
  ['reranking', ['rerank']],
  ['transcribe', ['transcription']],
  ['audio', ['speech']],
]);

function textAt(entry: unknown, path: string): string | null {
  const value = valueAt(entry, path);
  return typeof value === 'string' ? value : null;
}

function textsAt(entry: unknown, path: string): readonly string[] | null {
  const value = valueAt(entry, path);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null;
}

/** `a.b`: the member `b` of the member `a`. */
function valueAt(entry: unknown, path: string): unknown {
  let value = entry;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value ?? undefined;
}
