import { createHash } from 'node:crypto';
import type { Capability } from '../../canonical/model.ts';
import type { JsonObject } from '../../canonical/parts.ts';

/** A model as clients are told of it, whoever runs it. `null`: nobody says. */
export interface ShownModel {
  /** What clients ask for. */
  readonly name: string;
  readonly contextLength: number | null;
  readonly capabilities: readonly Capability[] | null;
  readonly sizeBytes?: number | null | undefined;
  /** As its server writes it: `8.2B`. */
  readonly parameterSize?: string | null | undefined;
  readonly quantization?: string | null | undefined;
  /** Seconds since 1970. */
  readonly createdAt?: number | null;
}

/**
 * Clients compare it with what they need (GitHub Copilot 0.6.4, others up to 0.14.2). It is the version whose bodies
 * these are; a version of our own would be older than all of theirs.
 */
const VERSION = '0.34.0';
const LATEST = ':latest';
const KEEP_ALIVE_MS = 5 * 60 * 1000;

/** Ollama's words (its `types/model/capability.go`); it has none for the others, and clients know no more. */
const WORDS: Readonly<Record<Capability, string | null>> = {
  chat: 'completion',
  completion: 'completion',
  embedding: 'embedding',
  tools: 'tools',
  vision: 'vision',
  thinking: 'thinking',
  audio: 'audio',
  image: 'image',
  speech: null,
  transcription: null,
  moderation: null,
  rerank: null,
  video: null,
  realtime: null,
};

/** `GET /api/version`, as JSON text. */
export function versionAnswer(): string {
  return JSON.stringify({ version: VERSION });
}

/** `GET /api/tags`, as JSON text. */
export function tagsAnswer(models: readonly ShownModel[]): string {
  return JSON.stringify({
    models: nameable(models).map((model) => ({
      ...headOf(model),
      modified_at: modifiedAt(model),
      details: {
        ...detailsOf(model),
        ...(model.contextLength === null ? {} : { context_length: model.contextLength }),
      },
      capabilities: capabilitiesOf(model),
    })),
  });
}

/** `GET /api/ps`, as JSON text: models that are loaded. `now`: UTC milliseconds. */
export function psAnswer(models: readonly ShownModel[], now: number): string {
  return JSON.stringify({
    models: nameable(models).map((model) => ({
      ...headOf(model),
      details: detailsOf(model),
      expires_at: new Date(now + KEEP_ALIVE_MS).toISOString(),
      size_vram: model.sizeBytes ?? 0,
      context_length: model.contextLength ?? 0,
    })),
  });
}

/**
 * `POST /api/show`, as JSON text. Copilot and Zed look for `capabilities` and, in `model_info`, for the key that
 * `general.architecture` makes with `.context_length`; Copilot shows `general.basename` as the name.
 */
export function showAnswer(model: ShownModel): string {
  const details = detailsOf(model);
  const parameterCount = countOf(model.parameterSize ?? '');
  const info: JsonObject = {
    'general.architecture': details.family,
    'general.basename': model.name,
    ...(parameterCount === null ? {} : { 'general.parameter_count': parameterCount }),
    ...(model.contextLength === null ? {} : { [`${details.family}.context_length`]: model.contextLength }),
  };
  return JSON.stringify({
    license: '',
    modelfile: '',
    parameters: '',
    template: '',
    details,
    model_info: info,
    capabilities: capabilitiesOf(model),
    modified_at: modifiedAt(model),
  });
}

/**
 * The name as Ollama lists it, always with a tag: Open WebUI asks for `gpt-5:latest` where it is to ask for `gpt-5`,
 * and then looks for that in the list.
 */
export function taggedName(name: string): string {
  return name.includes(':') ? name : name + LATEST;
}

/**
 * The names that a client may mean, the one without `:latest` last: `gpt-5:latest` is `gpt-5` where nothing is called
 * so, and `qwen3` is `qwen3:latest`, as at Ollama.
 */
export function meantNames(name: string): readonly string[] {
  if (name.endsWith(LATEST)) return [name, name.slice(0, -LATEST.length)];
  return name.includes(':') ? [name] : [name + LATEST, name];
}

/** Of `qwen3` and `qwen3:latest`, on two servers, clients of Ollama can name one alone: that which has the tag. */
function nameable(models: readonly ShownModel[]): readonly ShownModel[] {
  const names = new Set(models.map(({ name }) => name));
  return models.filter(({ name }) => name === taggedName(name) || !names.has(taggedName(name)));
}

function headOf(model: ShownModel): JsonObject {
  const name = taggedName(model.name);
  return { name, model: name, size: model.sizeBytes ?? 0, digest: digestOf(name) };
}

/** Of the name: the same model has the same one always, which is all that clients do with it. */
function digestOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

interface Details {
  readonly parent_model: string;
  readonly format: string;
  readonly family: string;
  readonly families: readonly string[];
  readonly parameter_size: string;
  readonly quantization_level: string;
}

/** All of them texts: Zed refuses the whole list where one is missing. */
function detailsOf({ name, parameterSize, quantization }: ShownModel): Details {
  const family = familyOf(name);
  return {
    parent_model: '',
    format: 'gguf',
    family,
    families: [family],
    parameter_size: parameterSize ?? '',
    quantization_level: quantization ?? '',
  };
}

/** `qwen3` of `ollama/qwen3:8b`, `claude` of `claude-sonnet-4-5`: letters and digits, since a key is made of it. */
function familyOf(name: string): string {
  const model = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  return /[a-z]+\d*/.exec(model)?.[0] ?? 'model';
}

/**
 * Of a model of which nobody says what it can: clients hide those without tools, and nearly all have them. One that is
 * known for nothing of Ollama's has an empty list.
 */
function capabilitiesOf({ capabilities }: ShownModel): readonly string[] {
  if (capabilities === null) return ['completion', 'tools'];
  return [...new Set(capabilities.flatMap((capability) => WORDS[capability] ?? []))];
}

/** What a server tells may be no time at all. */
function modifiedAt({ createdAt }: ShownModel): string {
  const date = new Date((createdAt ?? 0) * 1000);
  return (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString();
}

/** `8.2B` as a number. */
function countOf(size: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([KMBT])$/i.exec(size);
  const factor = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 }[match?.[2]?.toUpperCase() ?? ''];
  return factor === undefined ? null : Math.round(Number(match?.[1]) * factor);
}
