import { describe, expect, it } from 'vitest';
import { WaitingRoom } from '../../src/gateway/waiting-room.ts';
import type { Waiter } from '../../src/gateway/waiting-room.ts';

/** Waits for a place of its own choice, as far as there are some. */
class Guest implements Waiter {
  readonly groupName = 'chat';
  asked = 0;
  readonly #room: WaitingRoom;
  readonly #take: () => boolean;

  constructor(room: WaitingRoom, take: () => boolean) {
    this.#room = room;
    this.#take = take;
    room.queue(this, 100);
  }

  concerns(): boolean {
    return true;
  }

  wake(): boolean {
    this.asked++;
    const goesOn = this.#take();
    if (goesOn) this.#room.leave(this);
    return goesOn;
  }
}

describe('room that is free again', () => {
  it('is offered to the next where the first goes elsewhere, and to nobody once it is taken', async () => {
    const room = new WaitingRoom();
    const places = { here: 1, elsewhere: 1 };
    const take =
      (...names: readonly (keyof typeof places)[]) =>
      (): boolean => {
        const name = names.find((one) => places[one] > 0);
        if (name === undefined) return false;
        places[name]--;
        return true;
      };
    const guests = [
      new Guest(room, () => false),
      new Guest(room, take('elsewhere', 'here')),
      new Guest(room, take('here')),
      new Guest(room, take('here')),
      new Guest(room, take('here')),
    ];
    room.freed('here');
    await Promise.resolve();
    expect(places).toEqual({ here: 0, elsewhere: 0 });
    expect(guests.map(({ asked }) => asked)).toEqual([1, 1, 1, 1, 0]);
  });

  it('is waited for by no more of a group than may', () => {
    const room = new WaitingRoom();
    const waiterOf = (groupName: string): Waiter => ({ groupName, concerns: () => true, wake: () => true });
    expect(room.queue(waiterOf('chat'), 0)).toBe(false);
    expect(room.queue(waiterOf('chat'), 1)).toBe(true);
    expect(room.queue(waiterOf('other'), 1)).toBe(true);
    expect(room.queue(waiterOf('chat'), 1)).toBe(false);
  });
});
