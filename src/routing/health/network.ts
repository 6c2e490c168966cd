import { isIP } from 'node:net';
import type { Endpoint, Target } from '../../canonical/target.ts';
import { isLoopbackHost } from '../../std/loopback.ts';

/** Nobody who watches has confirmed it for so long: the next request finds out. */
export const GONE_MS = 5_000;
/** Names of two hosts that nobody knows within this time are no slip of a config. */
const DOUBT_MS = 30_000;

/** What a failure says of the network: it is gone, or nobody knows the name of the host, which can be a slip. */
export type NetworkTrouble = 'gone' | 'unknown_host';

/**
 * Whether there is a way to the internet. One request that finds none says it for all hosts out there, so that the
 * next ones go where no network is needed. Times are UTC milliseconds from outside.
 */
export class Network {
  #goneUntil = 0;
  #missedHost: string | null = null;
  #doubted: { readonly host: string; readonly at: number } | null = null;

  isGone(now: number): boolean {
    return now < this.#goneUntil;
  }

  /** The host by which it was missed: once its name is found, there is a network again; `null`: it is not missed. */
  get missedHost(): string | null {
    return this.#missedHost;
  }

  /** Whether an answer from out there would change what is known. */
  get isDoubted(): boolean {
    return this.#missedHost !== null || this.#doubted !== null;
  }

  /** Nothing out there can be reached, not even those who know the names of hosts. */
  gone(host: string, now: number): void {
    this.#goneUntil = now + GONE_MS;
    this.#missedHost = host;
    this.#doubted = null;
  }

  /** Nobody knows a host. Some systems say so as well where they can ask nobody: then they know no other either. */
  unknownHost(host: string, now: number): void {
    const before = this.#doubted;
    if (before !== null && before.host !== host && now - before.at < DOUBT_MS) this.gone(host, now);
    else this.#doubted = { host, at: now };
  }

  back(): void {
    this.#goneUntil = 0;
    this.#missedHost = null;
    this.#doubted = null;
  }
}

const hosts = new WeakMap<Endpoint, { readonly host: string | null }>();

/** The host where a target is asked over the internet; `null`: it is on this machine, or in a network of one's own. */
export function internetHostOf({ via }: Target): string | null {
  if (via.kind !== 'network') return null;
  const known = hosts.get(via.endpoint);
  if (known !== undefined) return known.host;
  const { hostname } = new URL(via.endpoint.apiBase);
  const host = via.endpoint.locality === 'local' || isNear(hostname) ? null : hostname;
  hosts.set(via.endpoint, { host });
  return host;
}

/** Names that only networks of one's own have: RFC 6762, RFC 8375, and those without a dot, as of containers. */
const OWN_NAMES = /^[^.]+\.?$|\.(?:local|internal|lan|home\.arpa)\.?$/i;

/** Of an address alone nobody can tell how far away it is, and it needs no name to be found. */
function isNear(hostname: string): boolean {
  const isAddress = isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0;
  return isAddress || isLoopbackHost(hostname) || OWN_NAMES.test(hostname);
}
