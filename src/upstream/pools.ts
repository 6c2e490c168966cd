import type { Pool } from 'undici';
import type { Endpoint, WireAddress } from '../canonical/target.ts';
import { openPool } from './connections.ts';

/**
 * The pools of connections, one for each origin, kind of endpoint and of keeping. How long connecting may take is fixed
 * when a pool is opened: once that changes, new calls go over new pools, and an old one closes when the calls on it are
 * done, which their own time limits bound.
 */
export class Pools {
  #connectMs = 0;
  readonly #pools = new Map<string, Pool>();
  readonly #closing = new Set<Pool>();
  /** Found without building a key for each call. Endpoints are made anew when servers or the config change. */
  #ways = new WeakMap<WireAddress, Way>();

  /** The way to an address of an endpoint, for a call that begins now. */
  wayTo(endpoint: Endpoint, address: WireAddress, connectMs: number): Way {
    if (connectMs !== this.#connectMs) {
      this.#retire();
      this.#connectMs = connectMs;
    }
    const known = this.#ways.get(address);
    if (known !== undefined) return known;
    const { origin, pathname } = new URL(address.apiBase);
    const way = new Way(pathname === '/' ? '' : pathname, (keepAlive) => this.#poolOf(endpoint, origin, keepAlive));
    this.#ways.set(address, way);
    return way;
  }

  /** Ends the calls that run. */
  async destroy(): Promise<void> {
    const all = [...this.#pools.values(), ...this.#closing];
    this.#pools.clear();
    this.#ways = new WeakMap();
    await Promise.all(all.map((pool) => pool.destroy()));
  }

  #poolOf({ locality, insecureTls }: Endpoint, origin: string, keepAlive: boolean): Pool {
    const key = `${keepAlive ? 'kept' : 'fresh'} ${locality} ${insecureTls ? 'insecure' : 'secure'} ${origin}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const isLocal = locality === 'local';
    const pool = openPool(origin, { isLocal, keepAlive, connectTimeoutMs: this.#connectMs, insecureTls });
    this.#pools.set(key, pool);
    return pool;
  }

  #retire(): void {
    for (const pool of this.#pools.values()) {
      this.#closing.add(pool);
      void pool.close().then(() => this.#closing.delete(pool));
    }
    this.#pools.clear();
    this.#ways = new WeakMap();
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
