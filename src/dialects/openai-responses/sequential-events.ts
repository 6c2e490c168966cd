import type { AnswerEvent } from '../../canonical/answer.ts';

type Content = Exclude<AnswerEvent, { type: 'usage' | 'start' | 'error' | 'finish' }>;

/** One call, or the content between two calls. */
interface Lane {
  /** `null`: content between calls. */
  readonly call: number | null;
  readonly events: Content[];
  isEnded: boolean;
}

/**
 * Puts calls that overlap one behind the other: an item of a response is whole before the next one begins. The first
 * of them goes on as it comes, what belongs to later ones waits for its end.
 */
export class SequentialEvents {
  /** The first one is written as it comes. */
  readonly #lanes: Lane[] = [];

  take(event: AnswerEvent): readonly AnswerEvent[] {
    if (event.type === 'usage' || event.type === 'start' || event.type === 'error') return [event];
    if (event.type === 'finish') return [...this.#rest(), event];
    const lane = this.#laneOf(event);
    if (lane === null) return 'call' in event ? [] : [event];
    const isFirst = lane === this.#lanes[0];
    if (!isFirst) lane.events.push(event);
    if (event.type === 'tool_call_end') lane.isEnded = true;
    const released = isFirst ? [event] : [];
    while (this.#isFirstOver()) {
      this.#lanes.shift();
      released.push(...(this.#lanes[0]?.events.splice(0) ?? []));
    }
    return released;
  }

  /** `null`: nothing waits, or the piece is of a call that never began. */
  #laneOf(event: Content): Lane | null {
    if ('call' in event && event.type !== 'tool_call') {
      return this.#lanes.find(({ call, isEnded }) => call === event.call && !isEnded) ?? null;
    }
    const call = event.type === 'tool_call' ? event.call : null;
    const last = this.#lanes.at(-1);
    if (call === null && (last === undefined || last.call === null)) return last ?? null;
    const lane: Lane = { call, events: [], isEnded: false };
    this.#lanes.push(lane);
    return lane;
  }

  #isFirstOver(): boolean {
    const [first] = this.#lanes;
    return first !== undefined && (first.isEnded || (first.call === null && this.#lanes.length > 1));
  }

  /** All that still waits: the answer has ended without the ends of its calls. */
  #rest(): readonly AnswerEvent[] {
    return this.#lanes.splice(0).flatMap((lane) => lane.events);
  }
}
