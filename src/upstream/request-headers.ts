import { HOPS_HEADER, hopsOf } from '../canonical/hops.ts';
import type { Endpoint, WireAddress } from '../canonical/target.ts';
import type { Secret } from '../std/secret.ts';

/**
 * What is not passed on: hop-by-hop headers (RFC 9110 §7.6.1), what the connection to us was about, what tells the
 * upstream where the client sits, and every header that a credential travels in. The body's length is set anew.
 */
// prettier-ignore
const DROPPED = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'te', 'trailer', 'transfer-encoding', 'upgrade',
  'http2-settings', 'host', 'expect', 'content-length', 'content-encoding', 'accept-encoding',
  'origin', 'referer', 'cookie', 'cookie2', 'set-cookie', 'dnt', 'upgrade-insecure-requests', 'priority',
  'forwarded', 'x-forwarded', 'via', 'x-real-ip', 'true-client-ip', 'x-client-ip', 'x-cluster-client-ip',
  'authorization', 'proxy-authorization', 'x-api-key', 'api-key', 'apikey', 'x-goog-api-key', 'x-auth-token',
  'x-access-token', 'x-goog-iam-authorization-token', 'x-amz-security-token',
  'ocp-apim-subscription-key', 'cf-access-client-secret', 'cf-access-client-id', 'cf-aig-authorization',
]);
const DROPPED_PREFIXES = [
  'x-llmgw-',
  'x-litellm-',
  'litellm-',
  'x-forwarded-',
  'sec-',
  'proxy-',
  'cf-',
  'x-portkey-',
  'access-control-',
  'x-amz-',
];
/** Names that nobody listed and that say by their words what they carry: `x-auth-key`, `private-token`, `my-secret`. */
const CREDENTIAL_WORDS =
  'auth|authorization|authentication|token|jwt|secret|password|passwd|credentials?|apikey|' +
  '(?:api|auth|access|private|secret|subscription|functions|master|signing)[-_]?key';
const CREDENTIAL = new RegExp(`(?:^|[-_])(?:${CREDENTIAL_WORDS})(?:$|[-_])`);

const MAX_REMEMBERED = 1_024;
/**
 * What became of a name as clients spell it: its lower-case form, or `null` when it is dropped. Clients send the same
 * few.
 */
const decided = new Map<string, string | null>();

/** Of a request that is written anew only these go on: who asks, and what follows a request through systems. */
const NEUTRAL = new Set(['user-agent', 'traceparent', 'tracestate', 'baggage', 'x-request-id', 'x-correlation-id']);

/** Ours only where the client says nothing: its body is written for the version that it names. */
const CLIENTS_OWN = new Set(['anthropic-version']);

export interface HeadersInput {
  /** Name, value, name, value. */
  readonly clientHeaders: readonly string[];
  readonly endpoint: Endpoint;
  /** The one of the endpoint's addresses that the request goes to. */
  readonly address: WireAddress;
  /** The client's own body goes with them. */
  readonly passes: boolean;
  /** What belongs to the body. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the config has it sent with: each goes before any other of its name. */
  readonly secretHeaders: ReadonlyMap<string, Secret>;
}

/**
 * The headers of a request to an upstream, as name, value, name, value: the client's, less what is dropped, and ours.
 */
export function upstreamHeaders(input: HeadersInput): string[] {
  const { clientHeaders, passes, headers: ofBody } = input;
  const ours = ownHeaders(input);
  const named = namedByConnection(clientHeaders);
  const headers: string[] = ['accept-encoding', 'identity', HOPS_HEADER, `${hopsOf(clientHeaders) + 1}`];
  const isForm = Object.hasOwn(ofBody, 'content-type');
  let hasContentType = isForm;
  for (let index = 0; index + 1 < clientHeaders.length; index += 2) {
    const name = passedName(clientHeaders[index] ?? '');
    if (name === null || named?.includes(name) === true || isOurs(name, ours)) continue;
    if (!passes && !NEUTRAL.has(name)) continue;
    const value = clientHeaders[index + 1] ?? '';
    if (name === 'content-type') {
      if (isForm || !isJson(value)) continue;
      hasContentType = true;
    }
    headers.push(name, value);
  }
  // The body was read as JSON whatever the client called it; vLLM answers 400 and llama-cpp-python 500 to another type.
  if (!hasContentType) headers.push('content-type', 'application/json');
  for (const [name, value] of Object.entries(ours.extraHeaders)) {
    if (!CLIENTS_OWN.has(name) || !headers.includes(name)) headers.push(name, value);
  }
  for (const [name, value] of Object.entries(ofBody)) headers.push(name, value);
  addCredential(headers, ours);
  const { secretHeaders: ofAccount = NO_HEADERS } = input.endpoint;
  const configured = ofAccount.size === 0 ? input.secretHeaders : new Map([...ofAccount, ...input.secretHeaders]);
  return configured.size === 0 ? headers : withConfigured(headers, configured);
}

const NO_HEADERS: ReadonlyMap<string, Secret> = new Map();

/** The body's own framing is never theirs to say. */
const OF_THE_BODY = new Set(['content-length', 'transfer-encoding', 'connection', 'host']);

function withConfigured(headers: readonly string[], configured: ReadonlyMap<string, Secret>): string[] {
  const kept = headers.filter((_, index) => !configured.has(headers[index - (index % 2)] ?? ''));
  for (const [name, value] of configured) if (!OF_THE_BODY.has(name)) kept.push(name, value.reveal());
  return kept;
}

type OwnHeaders = Pick<Endpoint, 'extraHeaders' | 'credential' | 'credentialHeader'>;

/** What the address says of itself goes before what holds for all of the endpoint. */
function ownHeaders({ endpoint, address }: HeadersInput): OwnHeaders {
  if (address === endpoint) return endpoint;
  return {
    extraHeaders: { ...endpoint.extraHeaders, ...address.extraHeaders },
    credential: endpoint.credential,
    credentialHeader: address.credentialHeader ?? endpoint.credentialHeader,
  };
}

function isJson(contentType: string): boolean {
  return contentType === 'application/json' || /^\s*application\/json\s*(?:;|$)/i.test(contentType);
}

/** Whether the upstream gets the header from us. */
function isOurs(name: string, { extraHeaders, credential, credentialHeader }: OwnHeaders): boolean {
  if (Object.hasOwn(extraHeaders, name)) return !CLIENTS_OWN.has(name);
  return credential !== null && credentialHeader.kind === 'header' && credentialHeader.name === name;
}

function passedName(spelled: string): string | null {
  const before = decided.get(spelled);
  if (before !== undefined) return before;
  if (decided.size >= MAX_REMEMBERED) decided.clear();
  const name = spelled.toLowerCase();
  const dropped =
    DROPPED.has(name) || DROPPED_PREFIXES.some((prefix) => name.startsWith(prefix)) || CREDENTIAL.test(name);
  const passed = dropped ? null : name;
  decided.set(spelled, passed);
  return passed;
}

/** The further headers that `Connection`, which may be there more than once, names as hop-by-hop. */
function namedByConnection(headers: readonly string[]): readonly string[] | null {
  let named: string[] | null = null;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index];
    if (name?.length !== 10 || name.toLowerCase() !== 'connection') continue;
    const value = (headers[index + 1] ?? '').toLowerCase();
    if (value === 'keep-alive' || value === 'close') continue;
    named = [...(named ?? []), ...value.split(',').map((part) => part.trim())];
  }
  return named;
}

function addCredential(headers: string[], { credential, credentialHeader }: OwnHeaders): void {
  if (credential === null) return;
  const key = credential.reveal();
  if (credentialHeader.kind === 'bearer') headers.push('authorization', `Bearer ${key}`);
  else headers.push(credentialHeader.name, key);
}
