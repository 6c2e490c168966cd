import { BlockList, isIP } from 'node:net';
import { findProvider, PROVIDERS } from '../../providers/table.ts';
import type { Provider } from '../../providers/provider.ts';
import { isLoopbackHost } from '../../std/loopback.ts';
import { checkBaseUrl } from '../addresses.ts';

/**
 * The address in the native form's words (what is put before the path of the dialect), from LiteLLM's `api_base`, which
 * means something else for some providers. `null`: it is no address of http.
 */
export function nativeBase(provider: string, apiBase: string, apiVersion: string | null): string | null {
  const [plain = ''] = apiBase.trim().split(/[?#]/, 1);
  const base = plain.replace(/\/+$/, '');
  const checked = checkBaseUrl(Object.hasOwn(BASES, provider) ? (BASES[provider]?.(base, apiVersion) ?? base) : base);
  return 'value' in checked ? checked.value : null;
}

/** Of a server or an unknown provider that speaks OpenAI's dialect: the path of one endpoint is not a part of it. */
export function openAiBase(apiBase: string): string | null {
  const base = apiBase.trim().replace(/\/+$/, '');
  const checked = checkBaseUrl(base.replace(/\/(?:chat\/completions|completions|embeddings|models)$/, ''));
  return 'value' in checked ? checked.value : null;
}

/** A date means the API in which the deployment stands in the path; without one it is the newer, at `/openai/v1`. */
export function isDatedVersion(apiVersion: string | null): boolean {
  return apiVersion !== null && /^\d{4}-\d{2}-\d{2}(?:-preview)?$/.test(apiVersion);
}

/** A provider of the table whose own host this is. */
export function providerAtHost(address: string): Provider | null {
  const { hostname } = new URL(address);
  return PROVIDERS.find(({ apiBase }) => !apiBase.includes('{') && new URL(apiBase).hostname === hostname) ?? null;
}

/**
 * Whether an address is neither in the house nor at a host of the provider: a key that nobody gave for it must not go
 * there. Hosts with a part of the account in them are the provider's where their last two names are.
 */
export function isStrangerTo(id: string, address: string): boolean {
  const own = findProvider(id)?.apiBase;
  if (own === undefined || isPrivateAddress(address)) return false;
  const { hostname } = new URL(address);
  const host = /^https?:\/\/([^/]*)/.exec(own)?.[1] ?? '';
  if (!host.includes('{')) return host !== hostname;
  const domain = /\}([^{}]*)$/.exec(host)?.[1] ?? '';
  const known = [domain.split('.').slice(-2).join('.'), ...(FURTHER_DOMAINS[id] ?? [])];
  // The whole host is the account's: it can be anywhere.
  return domain !== '' && !known.some((end) => hostname === end || hostname.endsWith(`.${end}`));
}

const FURTHER_DOMAINS: Readonly<Record<string, readonly string[]>> = {
  azure: ['azure-api.net', 'azure.us', 'azure.cn'],
  'azure-claude': ['azure-api.net'],
};

const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addSubnet('169.254.0.0', 16, 'ipv4');
// Addresses behind a carrier's NAT, which private networks like Tailscale use.
PRIVATE.addSubnet('100.64.0.0', 10, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/** Whether an address can only be within the network of whoever wrote it: a name without dots is one of Docker's. */
export function isPrivateAddress(address: string): boolean {
  const host = new URL(address).hostname.replace(/^\[(.*)\]$/, '$1');
  if (isLoopbackHost(host) || host === '0.0.0.0') return true;
  const version = isIP(host);
  if (version !== 0) return PRIVATE.check(host, version === 4 ? 'ipv4' : 'ipv6');
  return !host.includes('.') || /\.(?:local|lan|internal|intranet|home|localdomain|home\.arpa|ts\.net)$/.test(host);
}

/** Suffixes that people add, in the order in which they are taken off, and what the dialect's path stands behind. */
const BASES: Readonly<Record<string, (base: string, apiVersion: string | null) => string>> = {
  // LiteLLM puts /v1/messages behind it.
  anthropic: (base) => `${base.replace(/\/messages$/, '').replace(/\/v1$/, '')}/v1`,
  azure: (base, apiVersion) => {
    const root = base.replace(/\/openai(?:\/.*)?$/, '');
    return isDatedVersion(apiVersion) ? `${root}/openai` : `${root}/openai/v1`;
  },
  'azure-claude': (base) => `${base.replace(/\/(?:anthropic|models|openai)(?:\/.*)?$/, '')}/anthropic/v1`,
  gemini: (base) => {
    const root = withoutModel(base);
    return /\/v\d+(?:beta|alpha)?\d*(?:\/|$)/.test(root) ? root : `${root}/v1beta`;
  },
  vertex: withoutModel,
  'vertex-claude': withoutModel,
  huggingface: (base) => (/\/v\d+$/.test(base) ? base : `${base}/v1`),
  bedrock: (base) => base,
};

function withoutModel(base: string): string {
  return base.replace(/\/models\/[^/]+$/, '');
}
