import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../canonical/errors.ts';
import type { ErrorCase } from '../canonical/errors.ts';
import { isLoopbackHost } from '../std/loopback.ts';
import type { Secret } from '../std/secret.ts';
import { sentKeys } from './sent-keys.ts';

/** A key that clients call with. */
export interface ClientKey {
  readonly id: string;
  /** `keyDigest` of its text: what is kept of a key need not be the key. */
  readonly digest: Buffer;
  /** The one profile that its requests are answered in; `null`: any. */
  readonly profile: string | null;
  /** Good below `/llmgw/` too. */
  readonly isMaster?: boolean;
}

/** SHA-256. The keys are 200 random bits and more: nothing slower is needed to keep them from being guessed. */
export function keyDigest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

export interface CallerRules {
  /** `open`: whoever sends no key is let in; `none`: nobody's is looked at. */
  readonly auth: 'key' | 'open' | 'none';
  readonly boundHost: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** Those that are good now. */
  readonly clientKeys: () => readonly ClientKey[];
  readonly adminToken: Secret;
  /** Of the second listener, for programs made for Ollama; `null`: there is none. */
  readonly ollamaPort: () => number | null;
}

/** Who calls: a key, or nobody in particular where keyless use is allowed. */
export interface Caller {
  readonly keyId: string | null;
  /** The profile that its key is bound to; `null`: none. */
  readonly boundTo: string | null;
}

export interface CallerGuard {
  /** Throws 403 when the Host, the Origin or the fetch metadata of a browser say that the request must not be here. */
  checkOrigin(request: IncomingMessage): void;
  /** Throws 401 without a valid key where one is needed; 415 for a keyless request that any page could have sent. */
  authenticate(request: IncomingMessage): Caller;
  /** Throws 401 without the admin token. */
  checkAdmin(request: IncomingMessage): void;
}

/**
 * Pages and editors that may call from a browser engine, besides pages on loopback: Obsidian, VS Code's webviews,
 * Tauri, Capacitor.
 */
const EDITOR_ORIGINS = ['app://obsidian.md', 'tauri://localhost', 'capacitor://localhost'];
const WEBVIEW_ORIGIN = 'vscode-webview://';
/** What every key that this gateway makes begins with. */
export const OWN_KEY_PREFIX = 'sk-llmgw-';
const MAX_REMEMBERED = 256;
const KEYLESS: Caller = { keyId: null, boundTo: null };

export function createCallerGuard(rules: CallerRules): CallerGuard {
  const adminToken = Buffer.from(rules.adminToken.reveal());
  const hostAllowed = remembered((host) => isAllowedHost(host, rules));
  const originAllowed = remembered((origin) => isAllowedOrigin(origin, rules.allowedOrigins));
  const findKey = (text: string): Caller | null => {
    const sent = keyDigest(text);
    const key = rules.clientKeys().find(({ digest }) => isSame(digest, sent));
    return key === undefined ? null : { keyId: key.id, boundTo: key.profile };
  };
  const isMasterKey = (text: string): boolean => {
    const masters = rules.clientKeys().filter(({ isMaster }) => isMaster === true);
    return masters.length > 0 && masters.some(({ digest }) => isSame(digest, keyDigest(text)));
  };
  return {
    checkOrigin(request) {
      const { host, origin } = request.headers;
      if (host === undefined || !(hostAllowed(host) || isOwnAddress(host, request))) throw hostRefused(host);
      if (origin === undefined) {
        if (request.headers['sec-fetch-site'] === 'cross-site') throw originRefused('A page of another site');
        return;
      }
      if (rules.auth === 'open') throw originRefused('With `auth: open` a page', OPEN_HINT);
      if (rules.auth === 'none') throw originRefused('At this address a page', NO_KEY_HINT);
      if (!originAllowed(origin)) throw originRefused(`The origin ${quote(origin)}`);
    },
    authenticate(request) {
      if (rules.auth === 'none') return keylessCaller(request, NO_FORM_HINT);
      const sent = sentKeys(request);
      for (const text of sent) {
        const caller = findKey(text);
        if (caller !== null) return caller;
      }
      // A key of ours that is no more may have been bound to a profile: it must not reach further than it did.
      if (rules.auth === 'open' && !sent.some((text) => text.startsWith(OWN_KEY_PREFIX))) {
        return keylessCaller(request, FORM_HINT);
      }
      if (sent.length > 0) throw keyRefused('The API key is not one of this gateway.', KEY_HINT);
      const hint = request.url?.startsWith('/api/') === true ? ollamaHint(rules) : KEY_HINT;
      if (request.headers.authorization === undefined) throw keyRefused('No API key was sent.', hint, 'no_key');
      throw keyRefused(NO_BEARER, hint, 'malformed_key');
    },
    checkAdmin(request) {
      const sent = sentKeys(request);
      if (sent.some((text) => isSame(adminToken, Buffer.from(text)) || isMasterKey(text))) return;
      const hint = 'Everything below /llmgw/ asks for the admin token; use the `llmgw` command.';
      throw new GatewayError('admin_token_required', 'The admin token is missing or wrong.', { hint });
    },
  };
}

/** The time of a comparison tells nothing but the length, which is the same for all and known to everybody. */
function isSame(secret: Buffer, sent: Buffer): boolean {
  return secret.length === sent.length && timingSafeEqual(secret, sent);
}

/** Throws 415 for what a page can send without asking. */
function keylessCaller(request: IncomingMessage, hint: string): Caller {
  if (isJson(request)) return KEYLESS;
  throw new GatewayError('unsupported_media_type', 'Without a key the content type must be application/json.', {
    hint,
  });
}

/** A page can send a form or plain text anywhere without asking first; JSON it cannot. */
function isJson(request: IncomingMessage): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true;
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/json';
}

function isAllowedHost(hostHeader: string, rules: CallerRules): boolean {
  const host = hostName(hostHeader);
  if (host === null) return false;
  if (isLoopbackHost(host) || host === rules.boundHost.toLowerCase()) return true;
  return rules.allowedHosts.some(
    (allowed) => allowed.toLowerCase() === host || allowed.toLowerCase() === hostHeader.toLowerCase(),
  );
}

/** Bound to all addresses, each of the machine's own is right; a page that was rebound to it would send its name. */
function isOwnAddress(hostHeader: string, request: IncomingMessage): boolean {
  const local = request.socket.localAddress?.replace(/^::ffff:/, '');
  return local !== undefined && hostName(hostHeader) === local.toLowerCase();
}

/** The name or address of a Host header, lower case, without port and brackets. */
function hostName(hostHeader: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(hostHeader);
  const name = match?.[1] ?? match?.[2];
  return name === undefined ? null : name.toLowerCase().replace(/\.$/, '');
}

function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  if (EDITOR_ORIGINS.includes(origin) || origin.startsWith(WEBVIEW_ORIGIN)) return true;
  if (allowed.some((other) => matchesOrigin(origin, other))) return true;
  const page = /^https?:\/\/(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(origin);
  const host = page?.[1] ?? page?.[2];
  return host !== undefined && isLoopbackHost(host.toLowerCase());
}

/** `scheme://*` stands for every origin of that scheme. */
function matchesOrigin(origin: string, allowed: string): boolean {
  return allowed.endsWith('://*') ? origin.startsWith(allowed.slice(0, -1)) : origin === allowed;
}

/** The same few hosts and origins come with every request. */
function remembered(decide: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= MAX_REMEMBERED) known.clear();
    const decision = decide(text);
    known.set(text, decision);
    return decision;
  };
}

function hostRefused(host: string | undefined): GatewayError {
  const named =
    host === undefined ? 'The Host header is missing.' : `The host ${quote(host)} is not one of this gateway.`;
  return new GatewayError('host_not_allowed', named);
}

const OPEN_HINT = 'Set server.auth: key in the config; then pages that are allowed can call with the key.';

const NO_KEY_HINT = "Pages that are allowed can call the gateway's own address with the key.";

function originRefused(who: string, hint?: string): GatewayError {
  const message = `${who} may not call this gateway.`;
  return new GatewayError('origin_not_allowed', message, hint === undefined ? {} : { hint });
}

const NO_BEARER = 'The header `Authorization` has something else in it than `Bearer`, a space and the API key.';
const KEY_HINT =
  'Get it with `llmgw key show` and send it as `Authorization: Bearer …`, `x-api-key` or `x-goog-api-key` ' +
  '(OPENAI_API_KEY, ANTHROPIC_AUTH_TOKEN or GEMINI_API_KEY in most clients).';
const FORM_HINT =
  'Any web page could send this. Send it as JSON where the endpoint takes that; for a form (a recording to be ' +
  'transcribed) send a key too: `llmgw key show`, as `Authorization: Bearer …`.';
const NO_FORM_HINT = 'Send Content-Type: application/json.';

/** Where programs made for Ollama, which send no key, are to go. */
function ollamaHint({ ollamaPort }: CallerRules): string {
  const port = ollamaPort();
  if (port !== null) {
    return `Programs made for Ollama send none: they have an address of their own here, http://127.0.0.1:${port}.`;
  }
  return (
    'Programs made for Ollama send none: set `ollama: {port: 11436}` in the config, which gives them an address of ' +
    'their own, or `server.auth: open`.'
  );
}

function keyRefused(problem: string, hint: string, which?: ErrorCase): GatewayError {
  return new GatewayError('invalid_api_key', problem, which === undefined ? { hint } : { hint, case: which });
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
