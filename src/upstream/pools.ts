import type { LookupFunction } from 'node:net';
import type { Pool } from 'undici';
import type { Endpoint, WireAddress } from '../canonical/target.ts';
import { openPool } from './connections.ts';

/** A config may give as many deployments a time of their own; of more, the one used longest ago makes room. */
const MOST_TIMES = 32;

/**
 * The pools of connections, one for each origin, kind of endpoint, of keeping, and time that connecting may take, which
 * is fixed when a pool is opened. Once the usual time changes, the pools of the old one close when the calls on them
 * are done, which their own time limits bound.
 */
export class Pools {
  readonly #byConnectMs = new Map<number, PoolSet>();
  readonly #closing = new Set<Pool>();
  #last: PoolSet | null = null;
  #usualMs: number | null = null;
  readonly #lookUp: LookupFunction;

  constructor(lookUp: LookupFunction) {
    this.#lookUp = lookUp;
  }

  /** The way to an address of an endpoint, for a call that begins now. `usualMs`: as most calls have it. */
  wayTo(endpoint: Endpoint, address: WireAddress, connectMs: number, usualMs = connectMs): Way {
    if (usualMs !== this.#usualMs) {
      if (this.#usualMs !== null) this.#retire(this.#usualMs);
      this.#usualMs = usualMs;
    }
    return this.#setOf(connectMs).wayTo(endpoint, address);
  }

  /** Ends the calls that run. */
  async destroy(): Promise<void> {
    const open = [...this.#byConnectMs.values()].flatMap((set) => set.take());
    this.#byConnectMs.clear();
    this.#last = null;
    await Promise.all([...open, ...this.#closing].map((pool) => pool.destroy()));
  }

  /** Nearly all calls have the same time: that of the call before is found without a search. */
  #setOf(connectMs: number): PoolSet {
    if (this.#last?.connectMs === connectMs) return this.#last;
    const set = this.#byConnectMs.get(connectMs) ?? new PoolSet(connectMs, this.#lookUp);
    // Behind all others, so that the one used longest ago stands first.
    this.#byConnectMs.delete(connectMs);
    this.#byConnectMs.set(connectMs, set);
    this.#last = set;
    const [oldest] = this.#byConnectMs.size > MOST_TIMES ? this.#byConnectMs.keys() : [];
    if (oldest !== undefined) this.#retire(oldest);
    return set;
  }

  #retire(connectMs: number): void {
    const set = this.#byConnectMs.get(connectMs);
    if (set === undefined) return;
    this.#byConnectMs.delete(connectMs);
    if (this.#last === set) this.#last = null;
    for (const pool of set.take()) {
      this.#closing.add(pool);
      void pool.close().then(() => this.#closing.delete(pool));
    }
  }
}

/** The pools of one time that connecting may take. */
class PoolSet {
  readonly connectMs: number;
  readonly #lookUp: LookupFunction;
  readonly #pools = new Map<string, Pool>();
  /** Found without building a key for each call. Endpoints are made anew when servers or the config change. */
  #ways = new WeakMap<WireAddress, Way>();

  constructor(connectMs: number, lookUp: LookupFunction) {
    this.connectMs = connectMs;
    this.#lookUp = lookUp;
  }

  wayTo(endpoint: Endpoint, address: WireAddress): Way {
    const known = this.#ways.get(address);
    if (known !== undefined) return known;
    const { origin, pathname } = new URL(address.apiBase);
    const way = new Way(pathname === '/' ? '' : pathname, (keepAlive) => this.#poolOf(endpoint, origin, keepAlive));
    this.#ways.set(address, way);
    return way;
  }

  /** All that are open; nothing of them is kept here. */
  take(): readonly Pool[] {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    this.#ways = new WeakMap();
    return pools;
  }

  #poolOf({ locality, insecureTls }: Endpoint, origin: string, keepAlive: boolean): Pool {
    const key = `${keepAlive ? 'kept' : 'fresh'} ${locality} ${insecureTls ? 'insecure' : 'secure'} ${origin}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const isLocal = locality === 'local';
    const options = { isLocal, keepAlive, connectTimeoutMs: this.connectMs, insecureTls, lookUp: this.#lookUp };
    const pool = openPool(origin, options);
    this.#pools.set(key, pool);
    return pool;
  }
}

/** Where the calls to an endpoint go. */
export class Way {
  /** The path of the API base; empty for the root. */
  readonly basePath: string;
  readonly #open: (keepAlive: boolean) => Pool;
  #kept: Pool | null = null;
  #fresh: Pool | null = null;

  constructor(basePath: string, open: (keepAlive: boolean) => Pool) {
    this.basePath = basePath;
    this.#open = open;
  }

  /** Of connections that are kept, or of one for each call. */
  pool(keepAlive: boolean): Pool {
    if (keepAlive) return (this.#kept ??= this.#open(true));
    return (this.#fresh ??= this.#open(false));
  }
}
