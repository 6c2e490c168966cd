import type { FeedEvent } from '../../canonical/feed-events.ts';
import { reduce } from './reduce.ts';
import type { Action, TopState } from './state.ts';

type Timeless<A> = A extends unknown ? Omit<A, 'at'> : never;

/** So many are reduced in one go: a frame's worth when little happens; in a flood none grows old, and none piles up. */
const MOST_EVENTS = 256;

/** The state, and the events that it has not seen yet: reduced in one go, at the latest when a frame is drawn. */
export class Store {
  readonly #now: () => number;
  #state: TopState;
  #events: FeedEvent[] = [];

  constructor(state: TopState, now: () => number) {
    this.#state = state;
    this.#now = now;
  }

  get state(): TopState {
    return this.#state;
  }

  add(event: FeedEvent): void {
    this.#events.push(event);
    if (this.#events.length >= MOST_EVENTS) this.catchUp();
  }

  /** Takes an action at once, after the events that came before it. */
  dispatch(action: Timeless<Action>): void {
    this.catchUp();
    this.#state = reduce(this.#state, { ...action, at: this.#now() });
  }

  /** Reduces what has come since the last time; only time passes when nothing has. */
  catchUp(): void {
    const at = this.#now();
    const events = this.#events;
    this.#events = [];
    this.#state = reduce(this.#state, events.length === 0 ? { type: 'tick', at } : { type: 'events', events, at });
  }
}
