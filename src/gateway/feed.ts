import type { FeedEvent } from '../canonical/feed-events.ts';

type Unstamped<Event> = Event extends unknown ? Omit<Event, 'v' | 'at'> : never;

/** An event as it is published: the feed adds version and time, and makes `snapshot` and `dropped` itself. */
export type PublishedEvent = Unstamped<Exclude<FeedEvent, { readonly type: 'snapshot' | 'dropped' }>>;

/** Where what happens is told to those who watch. */
export interface FeedSink {
  /** Whether anybody does: while nobody does, no event is made. */
  readonly watched: boolean;
  /**
   * Asked before an event is made of which there are many: whether there is room for one now. Where there is none, the
   * event counts as left out.
   */
  hasRoom(): boolean;
  /** Takes the event and returns at once; never throws. The event must not be changed afterwards. */
  publish(event: PublishedEvent): void;
}
