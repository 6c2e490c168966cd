import { describe, expect, it } from 'vitest';
import { parametersOf } from '../../../src/dialects/ollama/schema.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';

describe("the parameters of a tool for Ollama's types", () => {
  it.each<[string, JsonObject | null, JsonObject]>([
    ['none', null, { type: 'object', properties: {} }],
    ['an empty schema', {}, { type: 'object', properties: {} }],
    [
      'what Ollama reads, as it is',
      {
        type: 'object',
        properties: {
          city: { type: ['string', 'null'], description: 'where', enum: ['Ghent', null] },
          days: { type: 'array', items: { $ref: '#/$defs/Day' } },
        },
        required: ['city'],
        $defs: { Day: { type: 'string' } },
        additionalProperties: false,
      },
      {
        type: 'object',
        properties: {
          city: { type: ['string', 'null'], description: 'where', enum: ['Ghent', null] },
          days: { type: 'array', items: { $ref: '#/$defs/Day' } },
        },
        required: ['city'],
        $defs: { Day: { type: 'string' } },
        additionalProperties: false,
      },
    ],
    [
      'references, written out with what stands beside them',
      {
        type: 'object',
        properties: {
          at: { $ref: '#/$defs/Place', description: 'home' },
          from: { allOf: [{ $ref: '#/$defs/Place' }] },
        },
        $defs: { Place: { type: 'object', properties: { city: { type: 'string' } }, description: 'a place' } },
      },
      {
        type: 'object',
        properties: {
          at: { type: 'object', properties: { city: { type: 'string' } }, description: 'home' },
          from: { type: 'object', properties: { city: { type: 'string' } }, description: 'a place' },
        },
        $defs: { Place: { type: 'object', properties: { city: { type: 'string' } }, description: 'a place' } },
      },
    ],
    [
      'words that Go does not know, said otherwise',
      {
        type: 'object',
        properties: { a: { oneOf: [{ type: 'string' }, { const: 7 }] }, b: { const: 'x' }, c: true, d: false },
      },
      {
        type: 'object',
        properties: { a: { anyOf: [{ type: 'string' }, { enum: [7] }] }, b: { enum: ['x'] }, c: {}, d: {} },
      },
    ],
    [
      'what Go would refuse the request for',
      {
        type: ['object'],
        properties: { a: { type: 7, enum: 'x', description: null, required: true, properties: [] } },
        required: true,
      },
      { type: 'object', properties: { a: {} } },
    ],
    [
      'references to nowhere, and out of the document',
      { properties: { a: { $ref: '#/$defs/None', title: 'A' }, b: { $ref: 'https://example.com/b.json' } } },
      { type: 'object', properties: { a: { title: 'A' }, b: {} } },
    ],
  ])('are of %s', (_, schema, parameters) => {
    expect(parametersOf(schema)).toEqual(parameters);
  });

  it('end, where a schema contains itself', () => {
    const node = { type: 'object', properties: { next: { $ref: '#/$defs/Node' }, value: { type: 'string' } } };
    const text = JSON.stringify(
      parametersOf({ properties: { list: { $ref: '#/$defs/Node' } }, $defs: { Node: node } }),
    );
    expect(text.split('"value"').length).toBeGreaterThan(3);
    expect(text.length).toBeLessThan(2_000);
    const loop = { properties: { a: { $ref: '#/$defs/A' } }, $defs: { A: { $ref: '#/$defs/A' } } };
    expect(parametersOf(loop)['properties']).toEqual({ a: {} });
  });
});

describe('a schema that is made to be costly', () => {
  it('stays small where each of many properties refers to all of them', () => {
    const names = Array.from({ length: 60 }, (_, index) => `p${index}`);
    const node = { properties: Object.fromEntries(names.map((name) => [name, { $ref: '#/$defs/Node' }])) };
    const text = JSON.stringify(parametersOf({ ...node, $defs: { Node: node } }));
    expect(text.length).toBeLessThan(1_000_000);
  });

  it('is left open where it is nested too deep', () => {
    let schema: JsonObject = { type: 'string', title: 'the innermost' };
    for (let depth = 0; depth < 20_000; depth++) schema = { type: 'object', properties: { a: schema } };
    const text = JSON.stringify(parametersOf(schema));
    expect(text).not.toContain('the innermost');
    expect(text.split('"a"')).toHaveLength(102);
  });
});
