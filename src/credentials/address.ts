import type { BaseVariable, Provider } from '../providers/provider.ts';
import { isLoopbackHost } from '../std/loopback.ts';

/** What may fill a gap in an address: no slash, no colon, no at sign, so that it cannot change the host. */
const ADDRESS_PART = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** An API base and the environment variable that moved it there; `null`: the table's own. */
export interface Address {
  readonly apiBase: string;
  readonly movedBy: string | null;
}

export interface AddressFinding {
  /** `null`: a part of the address is not set. */
  readonly address: Address | null;
  readonly problems: readonly string[];
}

/**
 * Where a provider is by the table and the environment. A base variable that points to llmgw itself is passed over:
 * people export `OPENAI_BASE_URL=http://127.0.0.1:4000/v1` for their programs and start llmgw in the same shell.
 */
export function findAddress(provider: Provider, env: NodeJS.ProcessEnv, ownPort: number): AddressFinding {
  for (const variable of provider.baseVariables) {
    const value = env[variable.name]?.trim() ?? '';
    if (value === '') continue;
    const apiBase = baseFrom(value, variable);
    if (apiBase === null) {
      // The key that lies beside it was meant for that address, so the provider's usual one must not get it.
      const problem = `${variable.name} is not an http or https address, so ${provider.id} is not used`;
      return { address: null, problems: [problem] };
    }
    if (isOwn(apiBase, ownPort)) continue;
    return { address: { apiBase, movedBy: variable.name }, problems: [] };
  }
  return fillGaps(provider, env);
}

/** The table's own address with its gaps filled; `null`: it has none without the environment's. */
export function findOwnAddress(provider: Provider, env: NodeJS.ProcessEnv): string | null {
  return fillGaps(provider, env).address?.apiBase ?? null;
}

/** Whether what is sent there could be read on the way: no TLS, and not on this machine. */
export function isReadableOnTheWay(address: string): boolean {
  return URL.canParse(address) && new URL(address).protocol === 'http:' && !isLoopback(address);
}

/** Whether two addresses are the same scheme, host and port: what is sent to one may be sent to the other. */
export function sameOrigin(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}

/** Whether an address is on this machine by its spelling. */
export function isLoopback(address: string): boolean {
  return URL.canParse(address) && isLoopbackHost(new URL(address).hostname);
}

/** Connecting to the unspecified address reaches this machine too, and people write what a server prints. */
function isOwn(address: string, ownPort: number): boolean {
  const { hostname } = new URL(address);
  return portOf(address) === ownPort && (isLoopbackHost(hostname) || hostname === '0.0.0.0' || hostname === '[::]');
}

function baseFrom(value: string, variable: BaseVariable): string | null {
  const withScheme = value.includes('://') ? value : `https://${value}`;
  if (!URL.canParse(withScheme)) return null;
  const url = new URL(withScheme);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  const base = withoutTrailingSlash(url.href);
  return base.endsWith(variable.path) ? base : base + variable.path;
}

function fillGaps(provider: Provider, env: NodeJS.ProcessEnv): AddressFinding {
  const problems: string[] = [];
  const apiBase = provider.apiBase.replace(/\{([^}]+)\}/g, (gap, names: string) => {
    const name = names.split('|').find((candidate) => (env[candidate]?.trim() ?? '') !== '');
    if (name === undefined) return gap;
    const value = env[name]?.trim() ?? '';
    if (ADDRESS_PART.test(value)) return value;
    problems.push(`${name} cannot be a part of an address`);
    return gap;
  });
  return { address: apiBase.includes('{') ? null : { apiBase, movedBy: null }, problems };
}

function portOf(address: string): number {
  const url = new URL(address);
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function withoutTrailingSlash(address: string): string {
  return address.replace(/\/+$/, '');
}
