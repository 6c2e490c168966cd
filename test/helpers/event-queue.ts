interface Event {
  readonly at: number;
  /** Events of one time happen in the order in which they were put in. */
  readonly order: number;
  readonly act: () => void;
}

/** A clock that stands still between events: a heap of what is to happen. */
export class EventQueue {
  readonly #heap: Event[] = [];
  #count = 0;
  /** UTC milliseconds. */
  now: number;

  constructor(now: number) {
    this.now = now;
  }

  at(time: number, act: () => void): void {
    const event = { at: Math.max(time, this.now), order: this.#count++, act };
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
  }

  /** Until nothing is left to happen. */
  run(): void {
    for (let event = this.#take(); event !== null; event = this.#take()) {
      this.now = event.at;
      event.act();
    }
  }

  #take(): Event | null {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return null;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #rise(from: number): void {
    for (let index = from; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(): void {
    for (let index = 0; ;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) if (this.#isBefore(child, least)) least = child;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [first, second] = [this.#heap[one], this.#heap[other]];
    if (first === undefined || second === undefined) return false;
    return first.at < second.at || (first.at === second.at && first.order < second.order);
  }

  #swap(one: number, other: number): void {
    const [first, second] = [this.#heap[one], this.#heap[other]];
    if (first === undefined || second === undefined) return;
    this.#heap[one] = second;
    this.#heap[other] = first;
  }
}
