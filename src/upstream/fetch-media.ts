import { Client } from 'undici';
import type { buildConnector, Dispatcher } from 'undici';
import { CollectedBytes } from '../std/collected-bytes.ts';
import { VERSION } from '../std/version.ts';
import { connectorTo, lookUpAll } from './guarded-connect.ts';
import type { AddressCheck, LookUp } from './guarded-connect.ts';
import { mediaTypeOfBytes, statedMediaType } from '../canonical/media-types.ts';
import type { MediaType } from '../canonical/media-types.ts';
import { isPublicAddress } from './public-address.ts';
import { Turns } from './turns.ts';

/** What one fetch may take. */
export interface MediaLimits {
  readonly maxBytes: number;
  /** From the call to the last byte, waiting for a turn included. */
  readonly timeoutMs: number;
  readonly allowedTypes: readonly MediaType[];
  readonly signal?: AbortSignal;
}

/** `mediaType`: what the bytes are, whatever the server calls them. */
export interface FetchedMedia {
  readonly kind: 'fetched';
  readonly mediaType: MediaType;
  readonly bytes: Buffer;
}

/**
 * `problem`: what can be said after the address, as in "`https://…` answered with status 404". An address that is
 * refused, a name that is not known and a host that does not answer are told in the same words: who sends requests
 * learns nothing of the network that the gateway is in.
 */
export interface MediaFailure {
  readonly kind: 'failed';
  readonly reason: MediaFailureReason;
  readonly problem: string;
}

export type MediaFailureReason =
  | 'bad_address'
  | 'unreachable'
  | 'bad_status'
  | 'too_many_redirects'
  | 'wrong_type'
  | 'too_large'
  | 'timeout'
  | 'aborted'
  | 'busy';

export type FetchMedia = (url: string, limits: MediaLimits) => Promise<FetchedMedia | MediaFailure>;

export interface MediaFetcherOptions {
  /** Which addresses may be connected to; tests let their own server in. */
  readonly isAllowedAddress?: AddressCheck;
  readonly lookUp?: LookUp;
  /** Fetches at once; default 8. */
  readonly maxAtOnce?: number;
}

const MAX_AT_ONCE = 8;
/** Fetches that wait for a turn. */
const MAX_WAITING = 64;
const MAX_REDIRECTS = 3;
const MAX_URL_CHARACTERS = 8_192;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Below this ports are those of the system's services, of which two speak HTTP. */
const FIRST_FREE_PORT = 1_024;
const HTTP_PORTS = new Set(['', '80', '443']);

/**
 * Fetches an image or a PDF from an address that a request names. That address is a stranger's: only public addresses
 * are connected to, which is checked of each one that a connection is about to be made to, at every redirect anew; no
 * cookie, key or proxy is used, and no connection is kept. Never throws.
 */
export function createMediaFetcher(options: MediaFetcherOptions = {}): FetchMedia {
  const { isAllowedAddress = isPublicAddress, lookUp = lookUpAll, maxAtOnce = MAX_AT_ONCE } = options;
  const turns = new Turns(maxAtOnce, MAX_WAITING);
  const connect = connectorTo((address) => isAllowedAddress(address), lookUp);
  return async (url, limits) => {
    const timeout = AbortSignal.timeout(limits.timeoutMs);
    const signal = limits.signal === undefined ? timeout : AbortSignal.any([timeout, limits.signal]);
    try {
      const result = await turns.run(signal, () => follow(url, { ...limits, signal }, connect));
      return result === 'full' ? fail('busy', 'was not fetched: too many others are being fetched') : result;
    } catch (error) {
      if (timeout.aborted) return fail('timeout', `did not arrive within ${(limits.timeoutMs / 1000).toFixed(1)} s`);
      if (signal.aborted) return fail('aborted', 'was no longer needed');
      if (!(error instanceof Error)) throw error;
      return fail('unreachable', 'could not be reached at a public address');
    }
  };
}

type Limits = MediaLimits & { readonly signal: AbortSignal };
type Answer = Dispatcher.ResponseData;

async function follow(
  first: string,
  limits: Limits,
  connect: buildConnector.connector,
): Promise<FetchedMedia | MediaFailure> {
  let address = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const url = usableUrl(address);
    if (url === null) return fail('bad_address', 'is no plain http or https address');
    const client = new Client(url.origin, { connect, pipelining: 0 });
    try {
      const answer = await ask(client, url, limits);
      const location = redirectOf(answer);
      if (location === null) return await read(answer, limits);
      if (!URL.canParse(location, url.href)) return fail('bad_status', 'redirects to what is no address');
      address = new URL(location, url).href;
    } finally {
      // Also ends the connection of an answer that is not read to its end.
      void client.destroy();
    }
  }
  return fail('too_many_redirects', `redirects more than ${MAX_REDIRECTS} times`);
}

/** `null`: another scheme, a name and password in it, or a port at which something else than HTTP is at home. */
function usableUrl(address: string): URL | null {
  if (address.length > MAX_URL_CHARACTERS || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  if (url.username !== '' || url.password !== '') return null;
  return HTTP_PORTS.has(url.port) || Number(url.port) >= FIRST_FREE_PORT ? url : null;
}

async function ask(client: Client, url: URL, { allowedTypes, timeoutMs, signal }: Limits): Promise<Answer> {
  const answer = await client.request({
    method: 'GET',
    path: url.pathname + url.search,
    // Uncompressed, so that no more can come out of it than came in. Some hosts refuse who does not say what it is.
    headers: { accept: allowedTypes.join(', '), 'accept-encoding': 'identity', 'user-agent': `llmgw/${VERSION}` },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal,
  });
  // What is left of a body that nobody reads ends with an error when its client is destroyed.
  answer.body.on('error', () => undefined);
  return answer;
}

function redirectOf({ statusCode, headers }: Answer): string | null {
  return REDIRECTS.has(statusCode) ? (headerOf(headers, 'location') ?? null) : null;
}

async function read({ statusCode, headers, body }: Answer, limits: Limits): Promise<FetchedMedia | MediaFailure> {
  const { maxBytes, allowedTypes } = limits;
  if (statusCode !== 200) return fail('bad_status', `answered with status ${statusCode}`);
  const stated = statedMediaType(headerOf(headers, 'content-type'));
  const encoding = headerOf(headers, 'content-encoding') ?? 'identity';
  if (stated === null || (stated !== 'unknown' && !allowedTypes.includes(stated))) return wrongType(allowedTypes);
  if (encoding.toLowerCase() !== 'identity') return fail('wrong_type', 'came compressed, which was not asked for');
  const tooLarge = fail('too_large', `is larger than ${maxBytes} bytes`);
  if (Number(headerOf(headers, 'content-length') ?? 0) > maxBytes) return tooLarge;
  const collected = new CollectedBytes();
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (collected.length + chunk.length > maxBytes) return tooLarge;
    collected.push(chunk);
  }
  const bytes = collected.take();
  const mediaType = mediaTypeOfBytes(bytes);
  if (mediaType === null || !allowedTypes.includes(mediaType)) return wrongType(allowedTypes);
  return { kind: 'fetched', mediaType, bytes };
}

function wrongType(allowedTypes: readonly MediaType[]): MediaFailure {
  return fail('wrong_type', `is none of ${allowedTypes.join(', ')}`);
}

function headerOf(headers: Answer['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function fail(reason: MediaFailureReason, problem: string): MediaFailure {
  return { kind: 'failed', reason, problem };
}
