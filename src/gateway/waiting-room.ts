/** An exchange that waits for room at a deployment. */
export interface Waiter {
  /** Of the group that it asked for. */
  readonly groupName: string;
  /** Whether it can be sent there. */
  concerns(deploymentId: string): boolean;
  /** Somebody has room: returns whether it goes on. */
  wake(): boolean;
}

/** Exchanges that wait: those for room in the order in which they came, and all of them for the end of the gateway. */
export class WaitingRoom {
  /** Whoever came first is first. */
  readonly #queue = new Set<Waiter>();
  readonly #endings = new Set<() => void>();
  #freed: string[] = [];
  #isClosed = false;

  /** Nobody begins to wait any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Lines up behind all others. `false`: as many as may wait for its group at once (`max`) do so already. */
  queue(waiter: Waiter, max: number): boolean {
    let ofGroup = 0;
    for (const { groupName } of this.#queue) if (groupName === waiter.groupName) ofGroup++;
    if (ofGroup >= max) return false;
    this.#queue.add(waiter);
    return true;
  }

  leave(waiter: Waiter): void {
    this.#queue.delete(waiter);
  }

  /** `end` is called when all waits are to end. */
  began(end: () => void): void {
    this.#endings.add(end);
  }

  ended(end: () => void): void {
    this.#endings.delete(end);
  }

  /** A call to this deployment is over: whoever waits for its room is asked, once the present step is done. */
  freed(deploymentId: string): void {
    if (this.#queue.size === 0) return;
    this.#freed.push(deploymentId);
    if (this.#freed.length === 1) queueMicrotask(() => this.#wakeAll());
  }

  /** Ends all waits, and those that would begin later. */
  close(): void {
    this.#isClosed = true;
    for (const end of [...this.#endings]) end();
  }

  #wakeAll(): void {
    const freed = this.#freed;
    this.#freed = [];
    for (const id of freed) this.#wakeAllFor(id);
  }

  /** Whoever goes on may do so elsewhere, so that the room is still there: the next are asked until it is taken. */
  #wakeAllFor(deploymentId: string): void {
    let hasGone = false;
    for (const waiter of [...this.#queue]) {
      if (!this.#queue.has(waiter) || !waiter.concerns(deploymentId)) continue;
      const goesOn = waiter.wake();
      if (hasGone && !goesOn) return;
      hasGone ||= goesOn;
    }
  }
}
