import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CollectedBytes } from '../../src/std/collected-bytes.ts';

describe('CollectedBytes', () => {
  it('gives back what was put in, in order, however it was cut', () => {
    const piece = fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ minLength: 900, maxLength: 1_200 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.option(piece), fc.nat(40), (pieces, last, looks) => {
        const collected = new CollectedBytes();
        const whole = Buffer.concat(pieces);
        pieces.forEach((bytes, index) => {
          collected.push(Buffer.from(bytes));
          // Looking in between changes nothing.
          if (index === looks) collected.pieces();
        });
        expect(collected.length).toBe(whole.length);
        expect(Buffer.concat(collected.pieces())).toEqual(whole);
        const taken = last === null ? collected.take() : collected.take(Buffer.from(last));
        expect(taken).toEqual(Buffer.concat([whole, last ?? Buffer.alloc(0)]));
        expect([collected.length, collected.take().length]).toEqual([0, 0]);
      }),
    );
  });

  it('copies neither a single piece nor large ones', () => {
    const collected = new CollectedBytes();
    const small = Buffer.from('small');
    collected.push(small);
    expect(collected.take() === small).toBe(true);
    const large = Buffer.alloc(1_024);
    collected.push(small);
    collected.push(large);
    expect(collected.pieces().map((piece) => piece === small || piece === large)).toEqual([true, true]);
  });

  it('keeps few objects for many small pieces', () => {
    const collected = new CollectedBytes();
    for (let count = 0; count < 1_000_000; count++) collected.push(Buffer.from([count % 256]));
    expect(collected.pieces().length).toBeLessThan(40);
    expect(collected.take()[999_999]).toBe(999_999 % 256);
  });
});
