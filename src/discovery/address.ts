import { isLoopbackHost } from '../std/loopback.ts';

/** Whether an address to listen on means every interface, so that one connects to it by loopback. */
export function isWildcard(host: string): boolean {
  return ['0.0.0.0', '::', '[::]', '*', ''].includes(host);
}

/** Where a server is asked. */
export interface Address {
  /** What its own paths are put behind: `http://127.0.0.1:8080/prefix`, no trailing slash. */
  readonly root: string;
  readonly origin: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** What may stand before `/models` and `/chat/completions`, the likeliest first. */
  readonly apiBases: readonly string[];
}

/** The address of a server from an origin and a path before its routes (`''` or `/ollama`). */
export function addressOf(root: string, apiPaths: readonly string[] = ['/v1']): Address {
  const bare = normalised(root);
  return { ...partsOf(bare), root: bare, apiBases: apiPaths.map((path) => `${bare}${path}`) };
}

/**
 * The address behind a `base_url` as people write it: with the version of the API (`http://h:1/v1`, `…/api/v3`), which
 * then is the API base, or without, where `/v1` is tried first and the address itself second.
 */
export function addressOfBaseUrl(baseUrl: string): Address {
  const base = normalised(baseUrl);
  // Docker Model Runner's routes begin before `/engines` and, of one engine, `/engines/llama.cpp`.
  const versioned = /^(.*?)(?:\/engines(?:\/[\w.-]+)?)?\/v\d+$/.exec(base);
  const root = versioned?.[1] ?? base;
  return { ...partsOf(root), root, apiBases: versioned === null ? [`${base}/v1`, base] : [base] };
}

/** Whether two addresses are one server's: every loopback name is the same machine, and they share a way to its API. */
export function isSameServer(a: Address, b: Address): boolean {
  if (a.port !== b.port || !apiPaths(a).some((path) => apiPaths(b).includes(path))) return false;
  return a.host === b.host || (isLoopbackHost(a.host) && isLoopbackHost(b.host));
}

function apiPaths(address: Address): readonly string[] {
  return address.apiBases.map((base) => base.slice(address.origin.length));
}

/** Without a port that the scheme implies, a trailing slash, or anything after the path. */
function normalised(written: string): string {
  const url = new URL(written);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function partsOf(root: string): Pick<Address, 'origin' | 'host' | 'port'> {
  const url = new URL(root);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { origin: url.origin, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
}
