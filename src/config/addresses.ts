import { isIP } from 'node:net';

/** A text in the form the program uses, or what is wrong with it, said so that it reads on after the text. */
export type Checked = { readonly value: string } | { readonly wrong: string };

/** An API base or the address of a server: http(s), no credentials, query or fragment. Without trailing slashes. */
export function checkBaseUrl(text: string): Checked {
  if (!/^https?:\/\//i.test(text)) return { wrong: 'needs http:// or https:// in front' };
  if (/[\s\p{C}]/u.test(text) || !URL.canParse(text)) {
    return { wrong: 'is no address; write it like http://127.0.0.1:9200/v1' };
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return { wrong: 'has a user or password in it; put the key into api_key' };
  }
  if (/[?#]/.test(text)) return { wrong: 'has a query or fragment (? or #); write the address up to the path' };
  const endpoint = /\/(chat\/completions|completions|embeddings|models)\/*$/.exec(url.pathname);
  if (endpoint !== null) return { wrong: `ends in the path of one endpoint; leave /${endpoint[1] ?? ''} away` };
  return { value: url.origin + url.pathname.replace(/\/+$/, '') };
}

/** What to listen on: a name or an address, without scheme and port. */
export function checkHost(text: string): Checked {
  if (text === '*') return { wrong: 'is no address; write 0.0.0.0 for every IPv4 address of the machine' };
  return checkName(text, 'the port has its own key, server.port');
}

/** A name that a `Host` header may have. Lower case, IPv6 without brackets. */
export function checkAllowedHost(text: string): Checked {
  if (text.includes('*')) {
    return { wrong: 'has a wildcard, which would let in names that somebody else can make; write each name out' };
  }
  return checkName(text, 'any port of an allowed name is allowed');
}

function checkName(text: string, aboutPort: string): Checked {
  if (text.includes('://')) return { wrong: 'has a scheme in it; write the name alone' };
  const name = text
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  if (isIP(name) !== 0) return { value: name };
  if (/^[^:]+:\d+$|^\[.*\]:\d+$/.test(text)) return { wrong: `has a port in it; ${aboutPort}` };
  if (/^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/.test(name)) {
    return { value: name };
  }
  return { wrong: 'is no host name or address' };
}

/**
 * An origin as browsers send it: `https://app.example`, `http://192.168.1.5:3000`, `app://obsidian.md`; or every origin
 * of a scheme that only programs have: `vscode-webview://*`.
 */
export function checkOrigin(text: string): Checked {
  if (text === '*') return { wrong: 'would let every web page spend your money; write the origins out' };
  if (text.toLowerCase() === 'null') {
    return { wrong: 'is the origin of every sandboxed page and local file; serve the page from an address of its own' };
  }
  const [, scheme, host] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\s\p{C}]*)$/iu.exec(text) ?? [];
  if (scheme === undefined || host === undefined || host === '' || host.includes('@')) return { wrong: NO_ORIGIN };
  const web = /^(https?|wss?|ftp|file)$/i.test(scheme);
  if (host === '*' && !web) return { value: `${scheme.toLowerCase()}://*` };
  if (host.includes('*')) return { wrong: "has a wildcard; only the whole host of a program's own scheme can be one" };
  if (!web) return { value: `${scheme}://${host}`.toLowerCase() };
  if (!/^https?$/i.test(scheme) || !URL.canParse(text)) return { wrong: NO_ORIGIN };
  return { value: new URL(text).origin };
}

const NO_ORIGIN = 'is no origin; write scheme://host or scheme://host:port, without a path or a slash at the end';
