import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { GatewayError } from '../canonical/errors.ts';
import type { ExchangeView, FeedEvent, Snapshot } from '../canonical/feed-events.ts';
import { hasLeft } from '../gateway/departure.ts';
import type { FeedSink, PublishedEvent } from '../gateway/feed.ts';
import { feedBlock, HEARTBEAT } from './feed-blocks.ts';
import { FeedWatcher } from './feed-watcher.ts';

/** What a snapshot says besides the exchanges in flight. */
export type SnapshotParts = Omit<Snapshot, 'v' | 'at' | 'type' | 'in_flight'>;

export interface EventFeedOptions {
  /** How everything is now. */
  readonly describe: () => SnapshotParts;
  /** The exchanges that are under way now, as the gateway gives them. */
  readonly inFlight: () => readonly ExchangeView[];
  /** Called twice a second while somebody watches: publishes how far the answers have come. */
  readonly tellProgress: () => void;
  /** UTC milliseconds. */
  readonly now: () => number;
  readonly limits?: Partial<FeedLimits>;
}

export interface FeedLimits {
  readonly watchers: number;
  /** Bytes that may wait for one watcher; what comes then is left out. */
  readonly waitingBytes: number;
  /** Events of one turn of the event loop; what comes then is left out for everybody. */
  readonly queuedEvents: number;
  /** Events of exchanges in `windowMs`: what they cost has this bound, however many requests there are. */
  readonly eventsInWindow: number;
  readonly windowMs: number;
  readonly progressMs: number;
  readonly heartbeatMs: number;
}

const LIMITS: FeedLimits = {
  watchers: 16,
  waitingBytes: 1024 * 1024,
  queuedEvents: 10_000,
  eventsInWindow: 400,
  windowMs: 100,
  progressMs: 500,
  heartbeatMs: 15_000,
};

/** `GET /llmgw/events`: everything that is published, to everybody who watches. */
export interface EventFeed extends FeedSink {
  /**
   * Answers with the stream, or to `HEAD` with its headers. Throws a `GatewayError` (503) before anything was written
   * when too many watch already, or the feed is closed.
   */
  watch(request: IncomingMessage, response: ServerResponse, headers: OutgoingHttpHeaders): void;
  watcherCount(): number;
  /** Ends every stream, and lets no further one begin. */
  close(): void;
}

/** Costs nothing while nobody watches: no event is kept, no timer runs. */
export function createEventFeed(options: EventFeedOptions): EventFeed {
  return new Feed(options, { ...LIMITS, ...options.limits });
}

interface Queued {
  readonly at: number;
  readonly event: PublishedEvent;
}

class Feed implements EventFeed {
  watched = false;
  readonly #options: EventFeedOptions;
  readonly #limits: FeedLimits;
  readonly #watchers = new Set<FeedWatcher>();
  /** Published in this turn of the event loop, sent together at its end. */
  #queue: Queued[] = [];
  /** Left out for everybody since events were sent last, because there were too many. */
  #leftOut = 0;
  /** Events of exchanges that are still taken in this window. */
  #room = 0;
  /** A snapshot of much in flight is not made again at once. */
  #nextCatchUpAt = 0;
  #isFlushing = false;
  #lastId = 0;
  #timers: readonly NodeJS.Timeout[] = [];
  #closed = false;

  constructor(options: EventFeedOptions, limits: FeedLimits) {
    this.#options = options;
    this.#limits = limits;
  }

  hasRoom(): boolean {
    if (this.#room > 0) {
      this.#room--;
      return true;
    }
    if (this.watched) this.#leftOut++;
    return false;
  }

  publish(event: PublishedEvent): void {
    if (!this.watched) return;
    if (this.#queue.length >= this.#limits.queuedEvents) {
      this.#leftOut++;
      return;
    }
    this.#queue.push({ at: this.#options.now(), event });
    this.#flushSoon();
  }

  watch(request: IncomingMessage, response: ServerResponse, headers: OutgoingHttpHeaders): void {
    if (this.#closed) throw new GatewayError('shutting_down', 'The gateway is stopping.');
    if (this.#watchers.size >= this.#limits.watchers) {
      throw new GatewayError('too_many_watchers', `${this.#limits.watchers} watch the events already.`);
    }
    if (hasLeft(response)) return;
    if (request.method === 'HEAD') {
      response.writeHead(200, { ...headers, ...STREAM_HEADERS }).end();
      return;
    }
    // What happened before is part of the snapshot: it must not come again behind it.
    this.#flush();
    const snapshot = this.#snapshot();
    response.writeHead(200, { ...headers, ...STREAM_HEADERS });
    const watcher = new FeedWatcher({
      response,
      waitingBytes: this.#limits.waitingBytes,
      onBehind: () => {
        this.#flushSoon();
      },
      onGone: () => {
        this.#remove(watcher);
      },
    });
    this.#watchers.add(watcher);
    if (!this.watched) this.#start();
    watcher.begin(snapshot);
  }

  watcherCount(): number {
    return this.#watchers.size;
  }

  close(): void {
    this.#flush();
    this.#closed = true;
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
    this.#stop();
  }

  #start(): void {
    const { progressMs, heartbeatMs, windowMs, eventsInWindow } = this.#limits;
    this.watched = true;
    this.#room = eventsInWindow;
    this.#timers = [
      setInterval(() => {
        this.#room = eventsInWindow;
        this.#flush();
      }, windowMs),
      setInterval(this.#options.tellProgress, progressMs),
      setInterval(() => {
        for (const watcher of this.#watchers) watcher.keepAlive(HEARTBEAT);
      }, heartbeatMs),
    ];
  }

  #stop(): void {
    this.watched = false;
    this.#queue = [];
    this.#leftOut = 0;
    this.#room = 0;
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  #remove(watcher: FeedWatcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size === 0) this.#stop();
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  /** Sends what was published: each event is made a text once, and each watcher gets one write. */
  #flush(): void {
    const queue = this.#queue;
    const leftOut = this.#leftOut;
    this.#queue = [];
    this.#leftOut = 0;
    if (queue.length > 0 || leftOut > 0) {
      let blocks = '';
      for (const { at, event } of queue) blocks += feedBlock(++this.#lastId, { v: 1, at, ...event });
      this.#lastId += leftOut;
      for (const watcher of this.#watchers) watcher.send(blocks, queue.length, leftOut);
    }
    this.#catchUp();
  }

  /** Those who have missed something and have read what they had are told: now, or in a later window. */
  #catchUp(): void {
    const { now } = this.#options;
    if (performance.now() < this.#nextCatchUpAt) return;
    let snapshot: string | null = null;
    for (const watcher of this.#watchers) {
      const count = watcher.toBeTold;
      if (count === 0) continue;
      snapshot ??= this.#snapshot();
      watcher.catchUp(this.#block({ v: 1, at: now(), type: 'dropped', count }) + snapshot);
    }
  }

  #snapshot(): string {
    const { describe, inFlight, now } = this.#options;
    const exchanges = [...inFlight()];
    this.#nextCatchUpAt = performance.now() + exchanges.length;
    return this.#block({ v: 1, at: now(), type: 'snapshot', ...describe(), in_flight: exchanges });
  }

  /** What one watcher alone is told has the id of the last event that it follows. */
  #block(event: FeedEvent): string {
    return feedBlock(this.#lastId, event);
  }
}

const STREAM_HEADERS: OutgoingHttpHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  // The connection ends with the stream, so that nothing of it is left when the server stops.
  connection: 'close',
};
