import { GatewayError } from '../canonical/errors.ts';
import { placedLike, placeOf } from '../canonical/part-places.ts';
import type { MediaSource, ResultPart, UserPart } from '../canonical/parts.ts';
import type { CanonicalRequest, Message, ToolResult } from '../canonical/request.ts';
import type { FetchMedia } from '../upstream/fetch-media.ts';
import type { MediaType } from '../canonical/media-types.ts';

export interface RequestMediaLimits {
  /** Of one image or file; default 20 MB. */
  readonly maxBytes?: number;
  /** Of all of a request; default 50 MB, more than which no provider takes in a body. */
  readonly maxTotalBytes?: number;
  /** For all of a request; default 30 s. */
  readonly timeoutMs?: number;
  /** What stays an address; absent: nothing. */
  readonly fetchesItself?: FetchesItself;
  /** The client's hang-up. */
  readonly signal?: AbortSignal;
}

const MAX_BYTES = 20_000_000;
const MAX_TOTAL_BYTES = 50_000_000;
const TIMEOUT_MS = 30_000;

const RETRY = { retryAfter: '5' };

/** Addresses that one request may name. */
const MAX_ADDRESSES = 20;
/** Fetched at once for one request; the fetcher has a limit for all of them. */
const LANES = 4;

const TYPES: Readonly<Record<'image' | 'file', readonly MediaType[]>> = {
  image: ['image/png', 'image/jpeg', 'image/gif', 'image/webp'],
  file: ['application/pdf'],
};

/** An image or a file whose bytes are at an address. */
interface Wanted {
  readonly url: string;
  readonly type: 'image' | 'file';
  /** Where it stands in the body of the client: `messages[2].content[0]`, `contents[2].parts[0].fileData`. */
  readonly path: string;
}

type Base64Source = Extract<MediaSource, { readonly kind: 'base64' }>;
type Sources = ReadonlyMap<string, Base64Source>;

/** Whether an upstream fetches from an address itself. */
export type FetchesItself = (url: string) => boolean;

/** Whether the request names an image or a file at an address that the upstream does not fetch itself. */
export function needsFetching(request: CanonicalRequest, fetchesItself: FetchesItself): boolean {
  return wantedBy(request, fetchesItself).length > 0;
}

/** Where these stand in the body of the client, as errors name them. */
export function placesToFetch(request: CanonicalRequest, fetchesItself: FetchesItself): readonly string[] {
  return wantedBy(request, fetchesItself).map(({ path }) => path);
}

/**
 * The request with the bytes of its images and files instead of their addresses, in messages of users and in results of
 * tools; each address is fetched once. Throws a `GatewayError` (`media_not_fetched`) that names the part when one of
 * them cannot be had, and the signal's reason once that has ended.
 */
export async function withFetchedMedia(
  request: CanonicalRequest,
  fetch: FetchMedia,
  limits: RequestMediaLimits = {},
): Promise<CanonicalRequest> {
  const wanted = wantedBy(request, limits.fetchesItself ?? (() => false));
  if (wanted.length === 0) return request;
  const sources = await fetchAll(wanted, fetch, limits);
  return { ...request, messages: request.messages.map((message) => withSources(message, sources)) };
}

/** The addresses in a request that are to be fetched, each once as an image and once as a file. */
function wantedBy({ messages }: CanonicalRequest, fetchesItself: FetchesItself): Wanted[] {
  const wanted = new Map<string, Wanted>();
  const look = (content: readonly (UserPart | ResultPart)[], path: string): void => {
    content.forEach((part, index) => {
      if ((part.type !== 'image' && part.type !== 'file') || part.source.kind !== 'url') return;
      if (fetchesItself(part.source.url)) return;
      const one = { url: part.source.url, type: part.type, path: placeOf(part, `${path}.content[${index}]`) };
      if (!wanted.has(keyOf(one))) wanted.set(keyOf(one), one);
    });
  };
  messages.forEach((message, index) => {
    if (message.role === 'user') look(message.content, `messages[${index}]`);
    if (message.role !== 'tool') return;
    message.results.forEach(({ content }, result) => look(content, `messages[${index}].results[${result}]`));
  });
  return [...wanted.values()];
}

async function fetchAll(wanted: readonly Wanted[], fetch: FetchMedia, limits: RequestMediaLimits): Promise<Sources> {
  const excess = wanted[MAX_ADDRESSES];
  if (excess !== undefined) throw notFetched(excess, `is one more than the ${MAX_ADDRESSES} that a request may name`);
  const { maxBytes = MAX_BYTES, maxTotalBytes = MAX_TOTAL_BYTES, timeoutMs = TIMEOUT_MS } = limits;
  const giveUp = new AbortController();
  const signal = limits.signal === undefined ? giveUp.signal : AbortSignal.any([limits.signal, giveUp.signal]);
  const endsAt = performance.now() + timeoutMs;
  const sources = new Map<string, Base64Source>();
  const queue = wanted.values();
  let left = maxTotalBytes;
  const lane = async (): Promise<void> => {
    for (const one of queue) {
      const room = Math.min(maxBytes, left);
      const result = await fetch(one.url, {
        maxBytes: room,
        timeoutMs: Math.max(1, Math.round(endsAt - performance.now())),
        allowedTypes: TYPES[one.type],
        signal,
      });
      limits.signal?.throwIfAborted();
      if (result.kind === 'failed') {
        if (result.reason === 'busy') throw new GatewayError('media_busy', `The ${one.type} ${result.problem}.`, RETRY);
        throw notFetched(
          one,
          result.reason === 'too_large' && room < maxBytes ? tooMuch(maxTotalBytes) : result.problem,
        );
      }
      left -= result.bytes.length;
      if (left < 0) throw notFetched(one, tooMuch(maxTotalBytes));
      const data = result.bytes.toString('base64');
      sources.set(keyOf(one), { kind: 'base64', mediaType: result.mediaType, data });
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    // The first failure decides: what the other lanes still fetch is of no use.
    giveUp.abort();
  }
  return sources;
}

function withSources(message: Message, sources: Sources): Message {
  if (message.role === 'user') return { ...message, content: message.content.map((part) => withSource(part, sources)) };
  if (message.role !== 'tool') return message;
  const results = message.results.map((result): ToolResult => {
    return { ...result, content: result.content.map((part) => withSource(part, sources)) };
  });
  return { ...message, results };
}

function withSource<Part extends UserPart | ResultPart>(part: Part, sources: Sources): Part {
  if ((part.type !== 'image' && part.type !== 'file') || part.source.kind !== 'url') return part;
  const source = sources.get(keyOf({ type: part.type, url: part.source.url }));
  return source === undefined ? part : placedLike({ ...part, source }, part);
}

function keyOf({ type, url }: Pick<Wanted, 'type' | 'url'>): string {
  return `${type} ${url}`;
}

function notFetched({ path, type }: Wanted, problem: string): GatewayError {
  const hint = `Send the ${type} itself, as a data: address in base64.`;
  return new GatewayError('media_not_fetched', `The ${type} at \`${path}\` ${problem}.`, { param: path, hint });
}

function tooMuch(maxTotalBytes: number): string {
  return `is too much: all together are larger than ${maxTotalBytes} bytes`;
}
