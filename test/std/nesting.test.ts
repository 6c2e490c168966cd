import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNestedTooDeep, MAX_LEVELS } from '../../src/std/nesting.ts';
import { parseJson } from '../../src/std/parse-json.ts';

const nested = (levels: number): string => '[{"a":'.repeat(levels / 2) + '1' + '}]'.repeat(levels / 2);

describe('JSON that is nested too deep', () => {
  it.each([
    [MAX_LEVELS, false],
    [MAX_LEVELS + 2, true],
    [100_000, true],
  ])('%d levels: %s', (levels, isTooDeep) => {
    expect(isNestedTooDeep(nested(levels))).toBe(isTooDeep);
    expect(parseJson(nested(levels)) === undefined).toBe(isTooDeep);
  });

  it('can be written again as long as it is not', () => {
    const text = nested(MAX_LEVELS);
    expect(JSON.stringify(parseJson(text))).toBe(text);
  });

  it('does not count brackets in strings, nor those that were closed', () => {
    const brackets = '[{'.repeat(MAX_LEVELS);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), (texts) => {
        const value = [...texts, `\\"${brackets}`, brackets, '\\', ...texts];
        expect(isNestedTooDeep(JSON.stringify(value))).toBe(false);
      }),
    );
    expect(isNestedTooDeep('[],'.repeat(10 * MAX_LEVELS))).toBe(false);
  });
});
