import { describe, expect, it } from 'vitest';
import { MediaRoom } from '../../src/gateway/media-room.ts';

const FOREVER = { timeoutMs: 60_000, signal: new AbortController().signal };

/** In which order they got their room. */
function takers(room: MediaRoom): { readonly got: string[]; take: (name: string, bytes: number) => Promise<unknown> } {
  const got: string[] = [];
  return {
    got,
    take: async (name, bytes) => {
      const hold = await room.take(bytes, FOREVER);
      got.push(name);
      return hold;
    },
  };
}

describe('the room for what is fetched', () => {
  it('is given in turn, as much of it as is free', async () => {
    const room = new MediaRoom(100);
    const { got, take } = takers(room);
    const first = await room.take(60, FOREVER);
    const waiting = [take('large', 50), take('small', 10)];
    await Promise.resolve();
    // What fits does not overtake what waits.
    expect(got).toEqual([]);
    first.keep(20);
    await Promise.all(waiting);
    expect(got).toEqual(['large', 'small']);
    const last = take('last', 30);
    first.release();
    await last;
  });

  it('never counts more than it gave, however often it is given back', async () => {
    const room = new MediaRoom(100);
    const hold = await room.take(1_000, FOREVER);
    hold.release();
    hold.keep(50);
    hold.release();
    await room.take(100, FOREVER);
    const { got, take } = takers(room);
    void take('one more', 1);
    await Promise.resolve();
    expect(got).toEqual([]);
  });

  it('is refused when there is none in time, and lets those behind go on', async () => {
    const room = new MediaRoom(100);
    await room.take(60, FOREVER);
    const { got, take } = takers(room);
    const late = room.take(50, { ...FOREVER, timeoutMs: 20 });
    const small = take('small', 40);
    await expect(late).rejects.toMatchObject({ code: 'media_busy', status: 503, retryable: true, retryAfter: '5' });
    await small;
    expect(got).toEqual(['small']);
  });

  it('is not waited for by who has left', async () => {
    const room = new MediaRoom(100);
    const held = await room.take(100, FOREVER);
    const departure = new AbortController();
    const leaving = room.take(10, { timeoutMs: 60_000, signal: departure.signal });
    departure.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    await expect(room.take(1, { timeoutMs: 60_000, signal: departure.signal })).rejects.toThrow('gone');
    held.release();
    await room.take(100, FOREVER);
  });

  it('is given to who holds some already, up to all that there is', async () => {
    const room = new MediaRoom(100);
    const hold = await room.take(60, FOREVER);
    hold.keep(40);
    await hold.add(80, { ...FOREVER, timeoutMs: 20 });
    expect(hold.bytes).toBe(100);
    hold.keep(50);
    await room.take(50, FOREVER);
    await expect(room.take(1, { ...FOREVER, timeoutMs: 1 })).rejects.toMatchObject({ code: 'media_busy' });
  });

  it('does not keep two from each other that both want more', async () => {
    const room = new MediaRoom(100);
    const [one, other] = [await room.take(50, FOREVER), await room.take(50, FOREVER)];
    const adding = [one.add(50, FOREVER), other.add(50, FOREVER)];
    await Promise.race(adding);
    expect([one.bytes, other.bytes]).toEqual([100, 0]);
    one.release();
    await Promise.all(adding);
    expect(other.bytes).toBe(100);
  });

  it('is what it was where there is no more of it in time', async () => {
    const room = new MediaRoom(100);
    const hold = await room.take(50, FOREVER);
    await room.take(50, FOREVER);
    await expect(hold.add(20, { ...FOREVER, timeoutMs: 5 })).rejects.toMatchObject({ code: 'media_busy' });
    expect(hold.bytes).toBe(50);
    hold.release();
    await room.take(50, FOREVER);
  });

  it('is free again where somebody left who waited for more', async () => {
    const room = new MediaRoom(100);
    const hold = await room.take(50, FOREVER);
    const other = await room.take(50, FOREVER);
    const departure = new AbortController();
    const adding = hold.add(20, { timeoutMs: 60_000, signal: departure.signal });
    hold.release();
    departure.abort(new Error('gone'));
    await expect(adding).rejects.toThrow('gone');
    other.release();
    await room.take(100, { ...FOREVER, timeoutMs: 1 });
  });

  it('has no more than so many that wait', async () => {
    const room = new MediaRoom(1);
    await room.take(1, FOREVER);
    const departure = new AbortController();
    // Each request has a signal of its own.
    const waits = () => ({ timeoutMs: 60_000, signal: AbortSignal.any([departure.signal]) });
    const waiting = Array.from({ length: 256 }, () => room.take(1, waits()).catch(() => 'gone'));
    await expect(room.take(1, waits())).rejects.toMatchObject({ code: 'media_busy' });
    departure.abort(new Error('gone'));
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['gone']));
  });
});
