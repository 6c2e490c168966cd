import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stickiness } from '../../src/routing/stickiness.ts';

describe('Stickiness', () => {
  it('knows the last one that was kept, and no other conversation', () => {
    const stickiness = new Stickiness();
    stickiness.keep('a', 'one', 0);
    stickiness.keep('a', 'two', 1);
    expect([stickiness.find('a', 2), stickiness.find('b', 2)]).toEqual(['two', null]);
  });

  it('forgets after its time, which every answer begins anew', () => {
    const stickiness = new Stickiness({ ttlMs: 100 });
    stickiness.keep('a', 'one', 0);
    stickiness.keep('b', 'one', 0);
    stickiness.keep('a', 'one', 80);
    expect([stickiness.find('a', 180), stickiness.find('b', 100), stickiness.find('b', 101)]).toEqual([
      'one',
      'one',
      null,
    ]);
    expect(stickiness.find('a', 181)).toBeNull();
  });

  it('forgets of too many the one that is silent longest', () => {
    const stickiness = new Stickiness({ maxConversations: 2 });
    stickiness.keep('a', 'one', 0);
    stickiness.keep('b', 'two', 1);
    stickiness.keep('a', 'one', 2);
    stickiness.keep('c', 'three', 3);
    expect(['a', 'b', 'c'].map((key) => stickiness.find(key, 4))).toEqual(['one', null, 'three']);
  });

  it('knows exactly the conversations that were last kept, whatever was asked between', () => {
    const steps = fc.array(fc.record({ key: fc.nat(9), id: fc.nat(3), isAsked: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const stickiness = new Stickiness({ maxConversations: 4 });
        const last = new Map<string, string>();
        for (const [now, { key, id, isAsked }] of all.entries()) {
          if (isAsked) {
            stickiness.find(`${key}`, now);
            continue;
          }
          stickiness.keep(`${key}`, `${id}`, now);
          last.delete(`${key}`);
          last.set(`${key}`, `${id}`);
        }
        const known = new Map([...last].slice(-4));
        for (const key of '0123456789') expect(stickiness.find(key, all.length)).toBe(known.get(key) ?? null);
      }),
    );
  });
});
