import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/parts.ts';
import { NO_WISHES } from '../routing/progress.ts';
import type { FallbackTarget, Wishes } from '../routing/progress.ts';
import { isObject } from '../std/is-object.ts';

/** What a request says of how it is to be routed. */
export interface RequestWishes extends Wishes {
  readonly tags: readonly string[];
  readonly region: string | null;
  /** Of each call that is made for it; `null`: as configured. */
  readonly timeoutMs: number | null;
  /** The same of calls that are streamed, from one piece to the next. */
  readonly streamTimeoutMs: number | null;
}

export const NO_REQUEST_WISHES: RequestWishes = {
  ...NO_WISHES,
  tags: [],
  region: null,
  timeoutMs: null,
  streamTimeoutMs: null,
};

const MOST_FALLBACKS = 20;
const MOST_TAGS = 50;
const MOST_RETRIES = 20;

/** Fields of a body that are for the gateway, and never for an upstream (LiteLLM's names). */
const FIELDS = [
  'fallbacks',
  'disable_fallbacks',
  'num_retries',
  'timeout',
  'stream_timeout',
  'tags',
  'allowed_model_region',
] as const;

/** Texts without which no body has any of these. Where none is there, the body need not be read for them. */
export const WISH_MARKS: readonly string[] = FIELDS.map((field) => `"${field}"`);

/** The body without what is for the gateway; the same one where nothing is. */
export function withoutWishes(body: JsonObject): JsonObject {
  if (!hasWishes(body)) return body;
  const { metadata } = body;
  const rest = without(body, FIELDS);
  if (!isObject(metadata) || tagsOf(metadata) === null) return rest;
  const others = without(metadata, ['tags']);
  return Object.keys(others).length > 0 ? { ...rest, metadata: others } : without(rest, ['metadata']);
}

function without(members: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

/** Runs for every request that is parsed. */
function hasWishes(body: JsonObject): boolean {
  for (const field of FIELDS) if (body[field] !== undefined) return true;
  return tagsOf(body['metadata']) !== null;
}

/** A list; a text of that name is the client's own. */
function tagsOf(metadata: unknown): unknown {
  const tags = isObject(metadata) ? metadata['tags'] : null;
  return Array.isArray(tags) ? tags : null;
}

/**
 * What body and headers say; a header goes before the body, tags of both count. `headers`: name, value, name, value;
 * `written`: the body, `null` where it has none of these fields. Throws a `GatewayError` (400) that names what is not
 * as it should be: a tag that nobody can read must not be as none.
 */
export function wishesOf(headers: readonly string[], written: JsonObject | null): RequestWishes {
  const said = headerWishes(headers);
  const body = written !== null && hasWishes(written) ? written : null;
  if (said === null && body === null) return NO_REQUEST_WISHES;
  const field = (name: (typeof FIELDS)[number]): unknown => body?.[name] ?? null;
  const tags = [
    ...tagsIn(said?.get('tags') ?? null, 'x-llmgw-tags'),
    ...tagsIn(field('tags'), 'tags'),
    ...tagsIn(tagsOf(body?.['metadata']), 'metadata.tags'),
  ];
  if (tags.length > MOST_TAGS) throw invalid('tags', `must be at most ${MOST_TAGS}`);
  const region = said?.get('region') ?? field('allowed_model_region');
  if (region !== null && typeof region !== 'string') throw invalid('allowed_model_region', 'must be a text');
  const fallbacks = field('fallbacks');
  const retries = said?.get('num-retries') ?? field('num_retries');
  const disables = field('disable_fallbacks');
  if (disables !== null && typeof disables !== 'boolean') throw invalid('disable_fallbacks', 'must be true or false');
  return {
    ...NO_WISHES,
    fallbacks: fallbacks === null ? null : fallbacksIn(fallbacks),
    disableFallbacks: disables ?? false,
    retries: retries === null ? null : retriesIn(retries),
    tags: [...new Set(tags)],
    region,
    timeoutMs: secondsIn(said?.get('timeout') ?? field('timeout'), 'timeout'),
    streamTimeoutMs: secondsIn(said?.get('stream-timeout') ?? field('stream_timeout'), 'stream_timeout'),
  };
}

const HEADER = /^x-(?:llmgw|litellm)-(tags|timeout|stream-timeout|num-retries|region)$/i;

/** By what stands behind `x-llmgw-` or `x-litellm-`; `null`: there is none. Runs for every request. */
function headerWishes(headers: readonly string[]): ReadonlyMap<string, string> | null {
  let found: Map<string, string> | null = null;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (name.length < 12 || !/^x-l/i.test(name)) continue;
    const wish = HEADER.exec(name)?.[1]?.toLowerCase();
    if (wish === undefined) continue;
    found ??= new Map();
    const value = headers[index + 1] ?? '';
    const before = found.get(wish);
    found.set(wish, wish === 'tags' && before !== undefined ? `${before},${value}` : value);
  }
  return found;
}

function tagsIn(value: unknown, name: string): readonly string[] {
  if (value === null) return [];
  const texts: unknown = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(texts)) throw invalid(name, 'must be a list of texts');
  return texts.flatMap((text: unknown) => {
    if (typeof text !== 'string') throw invalid(name, 'must be a list of texts');
    return text.trim() === '' ? [] : [text.trim()];
  });
}

function fallbacksIn(value: unknown): readonly FallbackTarget[] {
  if (!Array.isArray(value) || value.length > MOST_FALLBACKS) {
    throw invalid('fallbacks', `must be a list of at most ${MOST_FALLBACKS}`);
  }
  return value.flatMap((one: unknown) => fallbackIn(one));
}

/** A name, or a request in part: `{model, messages, …}`. LiteLLM's map `{name: [names]}` means its names. */
function fallbackIn(value: unknown): readonly FallbackTarget[] {
  if (typeof value === 'string' && value !== '') return [{ name: value, overrides: null }];
  if (!isObject(value)) throw invalid('fallbacks', 'must hold names, or objects with a `model`');
  const { model } = value;
  if (typeof model === 'string' && model !== '') {
    // How it is answered is settled by what the client waits for.
    const rest = without(value, ['model', 'stream', 'stream_options']);
    return [{ name: model, overrides: Object.keys(rest).length === 0 ? null : rest }];
  }
  const names = Object.values(value).flat();
  if (names.length === 0 || !names.every((name): name is string => typeof name === 'string')) {
    throw invalid('fallbacks', 'must hold names, or objects with a `model`');
  }
  return names.map((name) => ({ name, overrides: null }));
}

function retriesIn(value: unknown): number {
  const retries = typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof retries === 'number' && Number.isInteger(retries) && retries >= 0) return Math.min(retries, MOST_RETRIES);
  throw invalid('num_retries', 'must be a whole number, 0 or more');
}

/** Seconds as milliseconds. */
function secondsIn(value: unknown, name: string): number | null {
  if (value === null) return null;
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0) {
    return Math.min(Math.ceil(seconds * 1000), LONGEST_MS);
  }
  throw invalid(name, 'must be a number of seconds above 0');
}

/** A day: timers take no more than 24 of them. */
const LONGEST_MS = 86_400_000;

function invalid(name: string, problem: string): GatewayError {
  return new GatewayError('invalid_body', `\`${name}\` ${problem}.`, { param: name });
}
