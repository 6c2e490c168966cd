import { lookup } from 'node:dns';
import { networkInterfaces } from 'node:os';

/** What is known of the network, for who watches it. Times are UTC milliseconds. */
export interface WatchedNetwork {
  /** `null`: it is not missed. */
  readonly missedHost: string | null;
  gone(host: string, now: number): void;
  /** The missed host was not found yet. */
  stillGone(now: number): void;
  back(): void;
}

export interface WatchOptions {
  /** Calls back once: whether the name of a host was found. May take as long as it likes. */
  readonly isFound: (host: string, done: (isFound: boolean) => void) => void;
  /** Whether the machine has an address with which it could ask anybody else. */
  readonly hasAddress: () => boolean;
  readonly now: () => number;
}

const LOOK_EVERY_MS = 1_000;
/** While nothing is missed, every so manieth time. */
const QUIET_LOOKS = 5;
/** In place of a host, where the machine has no address at all. */
const ANY_HOST = '';

/**
 * Looks whether a network that is missed is back, by the name of the host that it was missed by, so that no request has
 * to try; and whether the machine is cut off, before a request finds out. Costs nothing and asks nobody for anything
 * but that name. What is returned ends it.
 */
export function watchNetwork(network: WatchedNetwork, options: Partial<WatchOptions> = {}): () => void {
  const { isFound = isNameFound, hasAddress = hasOutwardAddress, now = Date.now } = options;
  let looks = 0;
  let isLooking = false;
  const look = (): void => {
    const missed = network.missedHost;
    looks += 1;
    if (missed === null && looks % QUIET_LOOKS !== 0) return;
    if (!hasAddress()) {
      network.gone(missed ?? ANY_HOST, now());
      return;
    }
    if (missed === null) return;
    if (missed === ANY_HOST) {
      network.back();
      return;
    }
    network.stillGone(now());
    if (isLooking) return;
    isLooking = true;
    isFound(missed, (found) => {
      isLooking = false;
      if (found && network.missedHost === missed) network.back();
    });
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

function isNameFound(host: string, done: (isFound: boolean) => void): void {
  lookup(host, (error) => done(error === null));
}

/** Addresses that reach no further than the next cable are no way to anybody. */
const LINK_LOCAL = /^(?:fe[89ab][0-9a-f]:|169\.254\.)/i;

/** Whether the machine has an address beyond itself. Where it will not tell, nobody can say that it has none. */
function hasOutwardAddress(): boolean {
  try {
    const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    return all.some(({ internal, address }) => !internal && !LINK_LOCAL.test(address));
  } catch (error) {
    // Android and some sandboxes forbid the question (uv_interface_addresses: EACCES).
    if (error instanceof Error && 'code' in error) return true;
    throw error;
  }
}
