import { isIPv6 } from 'node:net';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 11434;

/** Where `OLLAMA_HOST` says that Ollama is. */
export interface OllamaHost {
  readonly scheme: 'http' | 'https';
  /** To connect to, without brackets: every-interface addresses have become loopback. */
  readonly host: string;
  readonly port: number;
  /** `/ollama`, or `''`. */
  readonly path: string;
}

/**
 * Reads `OLLAMA_HOST` as Ollama's own client does (`envconfig`): quotes and spaces around it do not count; a scheme
 * without a port means that scheme's port, no scheme means 11434; a bad port means the default one; a path is kept.
 * The server binds to the same value, so that `0.0.0.0` and `[::]` may stand in it, which nobody can connect to.
 */
export function readOllamaHost(value: string | undefined): OllamaHost {
  const trimmed = (value ?? '').trim().replace(/^["'\s]+|["'\s]+$/g, '');
  const [, written, rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/i.exec(trimmed) ?? [];
  const name = written?.toLowerCase();
  if (trimmed === 'ollama.com') return { scheme: 'https', host: 'ollama.com', port: 443, path: '' };
  const scheme = name === 'https' ? 'https' : 'http';
  const defaultPort = name === undefined ? DEFAULT_PORT : scheme === 'https' ? 443 : 80;
  const slash = rest.indexOf('/');
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  const path = slash === -1 ? '' : rest.slice(slash).replace(/\/+$/, '');
  const { host, port } = splitAuthority(authority);
  return { scheme, host: connectable(host), port: portOf(port) ?? defaultPort, path };
}

function splitAuthority(authority: string): { host: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(authority);
  if (bracketed !== null) return { host: bracketed[1] ?? '', port: bracketed[2] ?? '' };
  if (isIPv6(authority)) return { host: authority, port: '' };
  const colon = authority.lastIndexOf(':');
  return colon === -1
    ? { host: authority, port: '' }
    : { host: authority.slice(0, colon), port: authority.slice(colon + 1) };
}

function portOf(text: string): number | null {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return port >= 1 && port <= 65_535 ? port : null;
}

/** What is no host at all counts as none: the default place is looked at. */
function connectable(host: string): string {
  if (host === '' || host === '0.0.0.0' || !isHost(host)) return DEFAULT_HOST;
  return host === '::' ? '::1' : host;
}

function isHost(host: string): boolean {
  return URL.canParse(`http://${isIPv6(host) ? `[${host}]` : host}/`) && !/[/?#@\\]/.test(host);
}
