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

  it('is not offered to more of a group than may wait', () => {
    const room = new WaitingRoom();
    const guest = new Guest(room, () => true);
    expect(room.queue(guest, 0)).toBe(false);
    expect(room.queue({ ...guest, groupName: 'other', concerns: () => true, wake: () => true }, 1)).toBe(true);
    expect(room.queue({ ...guest, groupName: 'other', concerns: () => true, wake: () => true }, 1)).toBe(false);
  });
});
