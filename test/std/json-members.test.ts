import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyText, visitMembers } from '../../src/std/json-members.ts';
import { spacedJson } from '../helpers/spaced-json.ts';

function membersOf(bytes: Buffer): { members: [string, unknown][]; closed: boolean } {
  const members: [string, unknown][] = [];
  const object = visitMembers(bytes, 0, (keyStart, keyEnd, start, end) => {
    members.push([keyText(bytes, keyStart, keyEnd), JSON.parse(bytes.toString('utf8', start, end))]);
  });
  return { members, closed: object !== null };
}

const objects = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { noNullPrototype: true });

describe('visitMembers', () => {
  it('finds the members that JSON.parse finds, whatever the white space and the escapes', () => {
    fc.assert(
      fc.property(objects, fc.array(fc.nat(20)), (value, choices) => {
        const text = spacedJson(value, choices);
        const { members, closed } = membersOf(Buffer.from(text));
        expect(closed).toBe(true);
        expect(Object.fromEntries(members)).toEqual(JSON.parse(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('says where the braces are', () => {
    expect(visitMembers(Buffer.from(' {"a": {"b": "}"} } '), 0, () => undefined)).toEqual({ open: 1, close: 18 });
    expect(visitMembers(Buffer.from('{}'), 0, () => undefined)).toEqual({ open: 0, close: 1 });
  });

  it('takes no part of an object for an object', () => {
    fc.assert(
      fc.property(objects, fc.array(fc.nat(20)), fc.nat(), (value, choices, cut) => {
        const bytes = Buffer.from(spacedJson(value, choices).trimEnd());
        const part = bytes.subarray(0, cut % bytes.length);
        expect(visitMembers(part, 0, () => undefined)).toBeNull();
      }),
    );
  });

  it.each([
    '',
    '   ',
    '[]',
    '"a"',
    '1',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    '{"a" 1}',
    '{"a":"b}',
  ])('finds no object in %j', (text) => {
    expect(visitMembers(Buffer.from(text), 0, () => undefined)).toBeNull();
  });

  it.each([47, 48, 49, 50, 51])(
    'reads strings around the length where it changes its way of searching (%i)',
    (length) => {
      for (const tail of ['', '\\"', '\\\\', '\\\\\\"', 'é🙂', '\\u0022']) {
        const text = `{"k":"${'x'.repeat(length)}${tail}","next":"${tail}"}`;
        expect(Object.fromEntries(membersOf(Buffer.from(text)).members)).toEqual(JSON.parse(text));
      }
    },
  );

  it('stands deep nesting', () => {
    const bytes = Buffer.from(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},"b":1}`);
    const keys: string[] = [];
    visitMembers(bytes, 0, (start, end) => keys.push(keyText(bytes, start, end)));
    expect(keys).toEqual(['a', 'b']);
  });
});
