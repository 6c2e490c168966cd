import { UNKNOWN_FACTS } from '../canonical/model.ts';
import type { ModelFacts } from '../canonical/model.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import type { ModelListing } from '../providers/provider.ts';
import type { Probe } from '../canonical/probe.ts';
import type { Logger } from '../std/log.ts';
import { readCachedModels, writeCachedModels } from './cloud-model-cache.ts';
import { parseModelList } from './cloud-model-list.ts';
import type { CloudModel } from './cloud-model-list.ts';
import { listingOf, listRequest } from './list-request.ts';

const SIX_HOURS_MS = 6 * 3_600_000;
const FIRST_RETRY_MS = 30_000;
const LAST_RETRY_MS = 3_600_000;
/** Lists that are fetched at the same time. */
const MAX_FETCHES = 4;

export interface CloudCatalogOptions {
  readonly providers: readonly ActiveProvider[];
  readonly probe: Probe;
  readonly cacheFolder: string;
  readonly logger: Logger;
  /** Called when the models of some provider are others than before. */
  readonly onChange: () => void;
  /** UTC milliseconds. */
  readonly now?: () => number;
  /** How long a list is taken for fresh. */
  readonly refreshMs?: number;
}

/** Which models the cloud providers have. */
export interface CloudCatalog {
  /** The ids as the provider lists them; at first those of the last run. */
  models(providerId: string): readonly string[];
  /** What the provider's list says of one of them. */
  facts(providerId: string, modelId: string): ModelFacts;
  stop(): void;
  /** Every provider was asked once, or needed not be. Never rejects. */
  readonly settled: Promise<void>;
}

/**
 * Keeps the lists of models of the cloud providers: served at once from the disk, then refreshed in the background, at
 * most every `refreshMs` and with growing waits after failures. A provider that does not answer costs a log line.
 */
export function startCloudCatalog(options: CloudCatalogOptions): CloudCatalog {
  const run = new CatalogRun(options);
  return {
    models: (id) => run.models(id),
    facts: (id, model) => run.facts(id, model),
    stop: () => run.stop(),
    settled: run.settled,
  };
}

/** What is known about one provider. */
interface Entry {
  readonly active: ActiveProvider;
  readonly listing: ModelListing | null;
  ids: readonly string[];
  /** By id, what is known of those that the provider has listed. */
  listed: ReadonlyMap<string, CloudModel>;
  failures: number;
  lastFailure: string | null;
}

class CatalogRun {
  readonly settled: Promise<void>;
  readonly #options: CloudCatalogOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #stopped = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #waiting: (() => void)[] = [];
  #fetching = 0;

  constructor(options: CloudCatalogOptions) {
    this.#options = options;
    const first: Promise<void>[] = [];
    for (const active of options.providers) {
      const entry = newEntry(active);
      this.#entries.set(active.provider.id, entry);
      if (entry.listing !== null) first.push(this.#begin(entry, entry.listing));
    }
    this.settled = Promise.all(first).then(() => undefined);
  }

  models(providerId: string): readonly string[] {
    return this.#entries.get(providerId)?.ids ?? [];
  }

  facts(providerId: string, modelId: string): ModelFacts {
    return this.#entries.get(providerId)?.listed.get(modelId) ?? UNKNOWN_FACTS;
  }

  stop(): void {
    this.#stopped.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const go of this.#waiting.splice(0)) go();
  }

  #begin(entry: Entry, listing: ModelListing): Promise<void> {
    const cached = readCachedModels(this.#options.cacheFolder, entry.active.provider.id, entry.active.apiBase);
    if (cached === null) return this.#refresh(entry, listing);
    take(entry, cached.models);
    const age = this.#now() - cached.fetchedAt;
    // A time in the future is a clock that was wrong once; such a list is not fresh.
    if (age < 0 || age >= this.#refreshMs()) return this.#refresh(entry, listing);
    this.#refreshLater(entry, listing, this.#refreshMs() - age);
    return Promise.resolve();
  }

  async #refresh(entry: Entry, listing: ModelListing): Promise<void> {
    await this.#turn();
    if (this.#stopped.signal.aborted) return;
    let result: readonly CloudModel[] | string;
    try {
      result = await this.#fetch(entry.active, listing);
    } finally {
      this.#fetching--;
      this.#waiting.shift()?.();
    }
    // Read through a function: `stop()` may have been called while the answer was awaited.
    if (this.#isStopped()) return;
    if (typeof result === 'string') this.#failed(entry, listing, result);
    else this.#succeeded(entry, listing, result);
  }

  /** Waits until one of the places for a fetch is free, and takes it. */
  async #turn(): Promise<void> {
    while (this.#fetching >= MAX_FETCHES && !this.#stopped.signal.aborted) {
      await new Promise<void>((go) => this.#waiting.push(go));
    }
    this.#fetching++;
  }

  /** The models, or why there are none. */
  async #fetch(active: ActiveProvider, listing: ModelListing): Promise<readonly CloudModel[] | string> {
    const answer = await this.#options.probe({ ...listRequest(active, listing), signal: this.#stopped.signal });
    if (typeof answer === 'string') return answer;
    if (answer.status !== 200) return `status ${answer.status}`;
    return parseModelList(answer.body, listing) ?? 'the answer is not a list of models';
  }

  #succeeded(entry: Entry, listing: ModelListing, models: readonly CloudModel[]): void {
    const { id } = entry.active.provider;
    entry.failures = 0;
    entry.lastFailure = null;
    // What is known of a model is no part of a plan: routes are only made anew for other ids.
    const changed = models.length !== entry.ids.length || models.some(({ id: one }, index) => one !== entry.ids[index]);
    take(entry, models);
    try {
      writeCachedModels(this.#options.cacheFolder, id, entry.active.apiBase, { models, fetchedAt: this.#now() });
    } catch (error) {
      // The list is in memory; without its file the next start asks again.
      this.#options.logger.warn({ provider: id, error: String(error) }, 'the list of models cannot be kept on disk');
    }
    this.#refreshLater(entry, listing, this.#refreshMs());
    if (changed) this.#options.onChange();
  }

  #failed(entry: Entry, listing: ModelListing, reason: string): void {
    if (entry.lastFailure !== reason) {
      const { id } = entry.active.provider;
      this.#options.logger.warn({ provider: id, reason }, `the models of ${id} cannot be listed: ${reason}`);
    }
    entry.lastFailure = reason;
    const waitMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** entry.failures);
    entry.failures = Math.min(entry.failures + 1, 16);
    this.#refreshLater(entry, listing, Math.min(waitMs, this.#refreshMs()));
  }

  #refreshLater(entry: Entry, listing: ModelListing, waitMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#refresh(entry, listing);
    }, waitMs);
    timer.unref();
    this.#timers.add(timer);
  }

  #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #refreshMs(): number {
    return this.#options.refreshMs ?? SIX_HOURS_MS;
  }
}

function take(entry: Entry, models: readonly CloudModel[]): void {
  entry.ids = models.map(({ id }) => id);
  entry.listed = new Map(models.map((model) => [model.id, model]));
}

function newEntry(active: ActiveProvider): Entry {
  const ids = active.configuredModels ?? active.provider.knownModels;
  return { active, listing: listingOf(active), ids, listed: new Map(), failures: 0, lastFailure: null };
}
