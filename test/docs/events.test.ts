import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ATTEMPT_VIEW,
  EXCHANGE_VIEW,
  FEED_EVENTS,
  SERVER_VIEW,
  SETTLED_EXCHANGE,
  USAGE_VIEW,
} from '../../src/canonical/feed-events.ts';
import { z } from '../../src/std/schema.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'events.md'), 'utf8');

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const schemaOf = (type: z.ZodType): Schema => {
  const schema = z.toJSONSchema(type);
  delete schema.$schema;
  return schema as Schema;
};

const OBJECTS: readonly (readonly [string, Schema])[] = (
  [
    ['attempt', ATTEMPT_VIEW],
    ['usage', USAGE_VIEW],
    ['exchange', EXCHANGE_VIEW],
    ['settled exchange', SETTLED_EXCHANGE],
    ['server', SERVER_VIEW],
  ] as const
).map(([name, type]) => [name, schemaOf(type)]);

const EVENTS: readonly (readonly [string, Schema])[] = FEED_EVENTS.options.map((option) => [
  `\`${option.shape.type.value}\``,
  schemaOf(option),
]);

/** A type as the tables of the page name it. */
function nameOf(schema: Schema): string {
  const known = OBJECTS.find(([, object]) => JSON.stringify(object) === JSON.stringify(schema));
  if (known !== undefined) return known[0];
  if (schema.anyOf !== undefined) return schema.anyOf.map(nameOf).join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array') return `list of ${nameOf(schema.items ?? {})}`;
  return typeof schema.type === 'string' ? schema.type : (schema.type ?? ['unknown']).join(' or ');
}

/** The rows of the first table below a heading: field and type. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const cells = section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return cells.map(([, field, type]) => [field ?? '', type ?? '']);
}

describe('docs/events.md', () => {
  it.each(EVENTS)('has every field of the event %s', (heading, { properties = {} }) => {
    const own = Object.entries(properties).filter(([field]) => !['v', 'at', 'type'].includes(field));
    expect(rowsBelow(heading)).toEqual(own.map(([field, schema]) => [`\`${field}\``, nameOf(schema)]));
  });

  it.each(OBJECTS)('has every field of the object %s', (name, { properties = {} }) => {
    // What a settled exchange has beyond an exchange.
    const before = name === 'settled exchange' ? Object.keys(EXCHANGE_VIEW.shape) : [];
    const own = Object.entries(properties).filter(([field]) => !before.includes(field));
    const heading = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;
    expect(rowsBelow(heading)).toEqual(own.map(([field, schema]) => [`\`${field}\``, nameOf(schema)]));
  });

  it('has examples that are good events', () => {
    const examples = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data ?? '');
    expect(examples.length).toBeGreaterThanOrEqual(4);
    for (const example of examples) expect(() => FEED_EVENTS.parse(JSON.parse(example))).not.toThrow();
  });
});
