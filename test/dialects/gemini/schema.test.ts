import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { geminiParameters, geminiSchema } from '../../../src/dialects/gemini/schema.ts';

const text = { type: 'string' };
const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, ...more });

/* G6 of the mapping cases (litellm.md 9.2 of the project's reference notes). */
describe('G6 schema', () => {
  it.each<[string, JsonObject, JsonObject]>([
    [
      'keywords that are not known',
      object(
        { a: text },
        {
          $schema: 'x',
          $id: 'y',
          strict: true,
          examples: [1],
          $comment: 'z',
          patternProperties: {},
          propertyNames: {},
          unevaluatedProperties: false,
          if: {},
          not: {},
        },
      ),
      object({ a: text }),
    ],
    [
      'what is known',
      object(
        { a: { ...text, pattern: '^a', minLength: 1, default: 'a', title: 'A', description: 'the a' } },
        { additionalProperties: false, required: ['a'] },
      ),
      object(
        { a: { ...text, pattern: '^a', minLength: 1, default: 'a', title: 'A', description: 'the a' } },
        { additionalProperties: false, required: ['a'] },
      ),
    ],
    [
      'references',
      object({ a: { $ref: '#/$defs/A', description: 'mine' } }, { $defs: { A: { ...text, description: 'theirs' } } }),
      object({ a: { ...text, description: 'mine' } }),
    ],
    [
      'references to other places',
      object({
        a: { type: 'object', properties: { b: text } },
        c: { type: 'array', items: { $ref: '#/properties/a' } },
      }),
      object({ a: object({ b: text }), c: { type: 'array', items: object({ b: text }) } }),
    ],
    [
      'references through references',
      object({ a: { $ref: '#/definitions/A' } }, { definitions: { A: { $ref: '#/definitions/B~1C' }, 'B/C': text } }),
      object({ a: text }),
    ],
    [
      'references that lead nowhere',
      object({ a: { $ref: '#/$defs/None', description: 'x' }, b: { $ref: 'https://x.test/s' } }),
      object({ a: { description: 'x' }, b: {} }),
    ],
    [
      'circles',
      object(
        { a: { $ref: '#/$defs/N' } },
        { $defs: { N: object({ next: { $ref: '#/$defs/N', description: 'more' } }) } },
      ),
      object({ a: object({ next: { type: 'object', description: 'more' } }) }),
    ],
    ['a circle to the root', object({ a: { $ref: '#' } }), object({ a: { type: 'object' } })],
    [
      'allOf',
      object(
        { a: { allOf: [{ $ref: '#/$defs/A' }, { $ref: '#/$defs/B' }], description: 'both' } },
        { $defs: { A: object({ x: text }, { required: ['x'] }), B: object({ y: text }, { required: ['y'] }) } },
      ),
      object({ a: object({ x: text, y: text }, { required: ['x', 'y'], description: 'both' }) }),
    ],
    [
      'anyOf with null',
      object({ a: { anyOf: [text, { type: 'null' }] } }),
      object({ a: { anyOf: [text, { type: 'null' }] } }),
    ],
    [
      'several types',
      object({ a: { type: ['string', 'null'] }, b: { type: ['STRING'] } }),
      object({ a: { type: ['string', 'null'] }, b: text }),
    ],
    ['nullable', object({ a: { type: 'string', nullable: true } }), object({ a: { type: ['string', 'null'] } })],
    [
      'const',
      object({ a: { const: 'x' }, b: { const: 3 }, c: { const: true } }),
      object({ a: { enum: ['x'], type: 'string' }, b: { enum: [3], type: 'integer' }, c: { type: 'boolean' } }),
    ],
    [
      'enums',
      object({
        a: { type: 'string', enum: ['', 'x', null] },
        b: { enum: [''] },
        c: { type: 'number', enum: [1, 2.5] },
        d: { type: 'boolean', enum: [true] },
      }),
      object({
        a: { type: ['string', 'null'], enum: ['x'] },
        b: {},
        c: { type: 'number', enum: [1, 2.5] },
        d: { type: 'boolean' },
      }),
    ],
    [
      'bounds',
      object({
        a: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 9 },
        b: { type: 'number', exclusiveMinimum: 0 },
      }),
      object({ a: { type: 'integer', minimum: 1, maximum: 8 }, b: { type: 'number', minimum: 0 } }),
    ],
    [
      'formats',
      object({
        a: { ...text, format: 'date-time' },
        b: { ...text, format: 'uri', description: 'Where' },
        c: { ...text, format: 'email' },
      }),
      object({
        a: { ...text, format: 'date-time' },
        b: { ...text, description: 'Where (format: uri)' },
        c: { ...text, description: 'Format: email' },
      }),
    ],
    [
      'required without a property',
      object({ a: text }, { required: ['a', 'b', 'toString', 3] }),
      object({ a: text }, { required: ['a'] }),
    ],
    [
      'schemas that are true or false',
      object({ a: true, b: false, c: { type: 'array', items: true } }),
      object({ a: {}, c: { type: 'array' } }),
    ],
    [
      'lists of fixed length',
      object({ a: { type: 'array', items: [text, { type: 'integer', x: 1 }] } }),
      object({ a: { type: 'array', prefixItems: [text, { type: 'integer' }] } }),
    ],
    [
      'other properties',
      object({}, { additionalProperties: { type: 'string', x: 1 } }),
      object({}, { additionalProperties: text }),
    ],
    ['no type', { properties: { a: text } }, object({ a: text })],
  ])('%s', (_what, schema, cleaned) => {
    expect(geminiSchema(schema)).toEqual(cleaned);
  });

  it.each<[string, JsonObject | null, JsonObject | null]>([
    ['none', null, null],
    ['an empty schema', {}, null],
    ['no properties', object({}), null],
    ['no type', { properties: { a: text } }, object({ a: text })],
    ['a type that is none of a function’s', { type: 'string', properties: { a: text } }, object({ a: text })],
    ['any properties', { type: 'object', additionalProperties: text }, { type: 'object', additionalProperties: text }],
    ['a union', { anyOf: [object({ a: text })] }, { type: 'object', anyOf: [object({ a: text })] }],
  ])('parameters: %s', (_what, schema, cleaned) => {
    expect(geminiParameters(schema)).toEqual(cleaned);
  });

  it('keeps the order of properties', () => {
    expect(Object.keys(geminiSchema(object({ z: text, a: text, m: text }))['properties'] as JsonObject)).toEqual([
      'z',
      'a',
      'm',
    ]);
  });

  it('does not grow without end', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 40 }, (_, level) => [
        `L${level}`,
        object({ a: { $ref: `#/$defs/L${level + 1}` }, b: { $ref: `#/$defs/L${level + 1}` } }),
      ]),
    );
    const size = JSON.stringify(geminiSchema({ $ref: '#/$defs/L0', $defs })).length;
    expect(size).toBeLessThan(2_000_000);
  });

  it('does not fall into depths', () => {
    let deep: JsonObject = text;
    for (let level = 0; level < 50_000; level++) deep = level % 2 === 0 ? { allOf: [deep] } : object({ a: deep });
    expect(JSON.stringify(geminiSchema(deep)).length).toBeLessThan(10_000);
  });

  it('of anything is read, and reading it again changes nothing', () => {
    const keys = fc.constantFrom(
      'type',
      'properties',
      'items',
      'anyOf',
      'allOf',
      '$ref',
      'enum',
      'const',
      'required',
      'format',
      'a',
    );
    const { schema } = fc.letrec<{ schema: JsonObject; value: unknown }>((tie) => ({
      schema: fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('object', 'string', '#', '#/properties/a', '', null, 1, true),
        tie('schema'),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(schema, (given) => {
        const once = geminiSchema(given);
        // Formats that are not known have moved into the description, which is as good as it gets.
        expect(geminiSchema(once)).toEqual(once);
      }),
    );
  });
});
