import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import * as fields from '../../src/dialects/fields.ts';

const BODY = {
  text: 'a',
  number: 1.5,
  count: 3,
  flag: false,
  object: { a: 1 },
  list: [{ a: 1 }, { b: 2 }],
  mixed: [{ a: 1 }, 'b'],
  nothing: null,
};

function refusalOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { code: error.code, status: error.status, param: error.param };
  }
}

const invalid = (param: string): object => ({ code: 'invalid_body', status: 400, param });

describe('fields of a request', () => {
  it.each([
    ['textField', 'text', 'a'],
    ['numberField', 'number', 1.5],
    ['countField', 'count', 3],
    ['booleanField', 'flag', false],
    ['objectField', 'object', { a: 1 }],
    ['listField', 'list', [{ a: 1 }, { b: 2 }]],
    ['objectsField', 'list', [{ a: 1 }, { b: 2 }]],
  ] as const)('%s reads its own, and nothing where null or nothing stands', (reader, key, value) => {
    expect(fields[reader](BODY, key, '')).toEqual(value);
    expect(fields[reader](BODY, 'nothing', '')).toBeNull();
    expect(fields[reader](BODY, 'not there', '')).toBeNull();
  });

  it.each([
    ['textField', 'number', 'number'],
    ['textField', 'object', 'object'],
    ['numberField', 'text', 'text'],
    ['countField', 'number', 'number'],
    ['booleanField', 'text', 'text'],
    ['objectField', 'list', 'list'],
    ['objectField', 'text', 'text'],
    ['listField', 'object', 'object'],
    ['objectsField', 'mixed', 'mixed[1]'],
  ] as const)('%s refuses another type and names the field (%s)', (reader, key, path) => {
    expect(refusalOf(() => fields[reader](BODY, key, ''))).toEqual(invalid(path));
    expect(refusalOf(() => fields[reader](BODY, key, 'messages[2]'))).toEqual(invalid(`messages[2].${path}`));
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is no count', (count) => {
    expect(refusalOf(() => fields.countField({ count }, 'count', ''))).toEqual(invalid('count'));
  });

  it('says which field is missing', () => {
    const missing = { code: 'missing_field', status: 400, param: 'a.b' };
    expect(refusalOf(() => fields.neededText({}, 'b', 'a'))).toEqual(missing);
    expect(refusalOf(() => fields.neededObject({ b: null }, 'b', 'a'))).toEqual(missing);
  });

  it('keeps what was not understood, also members with names of the language', () => {
    const body = JSON.parse('{"known":1,"null":null,"new":2,"__proto__":{"a":1},"constructor":3}') as object;
    const rest = fields.restOf({ ...body }, new Set(['known']));
    expect(JSON.stringify(rest)).toBe('{"new":2,"__proto__":{"a":1},"constructor":3}');
    expect(Object.getPrototypeOf(rest)).toBe(Object.prototype);
  });
});
