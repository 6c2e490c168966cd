import { describe, expect, it } from 'vitest';
import { z } from '../../src/std/schema.ts';
import { CONFIG_SCHEMA } from '../../src/config/schema.ts';

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
}

describe('the schema of the config file', () => {
  const schema = z.toJSONSchema(CONFIG_SCHEMA, { io: 'input' }) as JsonSchema;

  it('can be turned into a JSON Schema for editors, with the keys as they are written', () => {
    expect(Object.keys(schema.properties ?? {})).toContain('models');
    expect(keysWith(schema, () => true).map(([path]) => path)).toContain('server.allowed_hosts');
  });

  it('describes every key', () => {
    expect(keysWith(schema, ({ description }) => description === undefined)).toEqual([]);
  });

  it('has snake_case keys only', () => {
    expect(keysWith(schema, () => true).filter(([path]) => !/^[a-z_.]+$/.test(path))).toEqual([]);
  });
});

/** Every key below a schema that a test holds for, by its path. */
function keysWith(schema: JsonSchema, test: (schema: JsonSchema) => boolean, path = ''): [string, JsonSchema][] {
  const inner = [...(schema.anyOf ?? []), schema.items, schema.additionalProperties].filter(
    (one) => typeof one === 'object',
  );
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]): [string, JsonSchema][] => {
    const below = keysWith(value, test, `${path}${key}.`);
    const description = value.description ?? value.anyOf?.find((form) => form.description !== undefined)?.description;
    const described = description === undefined ? value : { ...value, description };
    return test(described) ? [[path + key, value], ...below] : below;
  });
  return [...own, ...inner.flatMap((one) => keysWith(one, test, path))];
}
