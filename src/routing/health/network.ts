import { isIP } from 'node:net';
import type { Endpoint, Target } from '../../canonical/target.ts';
import { isLoopbackHost } from '../../std/loopback.ts';

/** Nobody who watches has confirmed it for so long: the next request finds out. */
export const GONE_MS = 5_000;
/** Names of two hosts that nobody knows within this time are no slip of a config. */
const DOUBT_MS = 30_000;
/** So long it is believed of hosts of which none has ever answered: theirs may be the only ones that are gone. */
const UNPROVEN_MS = 60_000;

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
  /** The two that answered last. */
  #heard: readonly string[] = [];
  /** Who watches is believed until then, unless another request finds none; infinite: until the host is found. */
  #believedUntil = 0;

  isGone(now: number): boolean {
    return now < this.#goneUntil;
  }

  /** Once the name of this host is found, there is a network again; `null`: it is not missed. */
  get missedHost(): string | null {
    return this.#missedHost;
  }

  /** Whether an answer from out there would change what is known. */
  get isDoubted(): boolean {
    return this.#missedHost !== null || this.#doubted !== null;
  }

  /**
   * Nothing out there can be reached, not even those who know the names of hosts. The name of this one may be all that
   * is gone: it is missed by another one that has answered before, where there is one.
   */
  gone(host: string, now: number): void {
    const other = this.#heard.find((heard) => heard !== host);
    this.#goneUntil = now + GONE_MS;
    this.#missedHost = other ?? host;
    this.#believedUntil = other === undefined ? now + UNPROVEN_MS : Infinity;
    this.#doubted = null;
  }

  /** Who watches has not found the missed host yet. */
  stillGone(now: number): void {
    if (now < this.#believedUntil) this.#goneUntil = now + GONE_MS;
  }

  /** A host has answered. */
  heard(host: string): void {
    const [last] = this.#heard;
    if (last !== host) this.#heard = last === undefined ? [host] : [host, last];
    if (this.isDoubted) this.back();
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
