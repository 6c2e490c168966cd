import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { camelKeys } from './spelling.ts';

/** A schema that is deeper is cut: no model can fill it, and the stack has an end. */
const MAX_DEPTH = 64;
/** Counts are written as strings in Google's form: int64 in the JSON of protocol buffers. */
const COUNTS = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);

/**
 * JSON Schema of what Google's `parameters` and `responseSchema` hold: OpenAPI 3.0 with the types in capitals,
 * `nullable`, and counts as strings. What is JSON Schema already stays as it is.
 */
export function jsonSchemaOfOpenApi(schema: JsonObject, depth = 0): JsonObject {
  if (depth > MAX_DEPTH) return {};
  const from = camelKeys(schema);
  const to: Record<string, unknown> = {};
  for (const key of Object.keys(from)) {
    const value = from[key];
    if (value === null || value === undefined || key === 'nullable') continue;
    to[key] = member(key, value, depth);
  }
  // Every value is meant.
  if (to['type'] === undefined && from['type'] === 'TYPE_UNSPECIFIED') delete to['type'];
  return from['nullable'] === true ? nullable(to) : to;
}

function member(key: string, value: unknown, depth: number): unknown {
  if (key === 'type') return typeof value === 'string' ? typeName(value) : value;
  if (key === 'properties') return isObject(value) ? mapped(value, depth) : value;
  if (key === 'items' || key === 'additionalProperties')
    return isObject(value) ? jsonSchemaOfOpenApi(value, depth + 1) : value;
  if (key === 'anyOf')
    return Array.isArray(value)
      ? (value as unknown[]).map((one) => (isObject(one) ? jsonSchemaOfOpenApi(one, depth + 1) : one))
      : value;
  if (COUNTS.has(key) && typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  return value;
}

function typeName(name: string): string | undefined {
  return name === 'TYPE_UNSPECIFIED' ? undefined : name.toLowerCase();
}

function mapped(properties: JsonObject, depth: number): JsonObject {
  const to: Record<string, unknown> = {};
  for (const name of Object.keys(properties)) {
    const value = properties[name];
    to[name] = isObject(value) ? jsonSchemaOfOpenApi(value, depth + 1) : value;
  }
  return to;
}

function nullable(schema: Record<string, unknown>): JsonObject {
  const { type } = schema;
  if (typeof type === 'string') return { ...schema, type: [type, 'null'] };
  if (Array.isArray(schema['anyOf']))
    return { ...schema, anyOf: [...(schema['anyOf'] as unknown[]), { type: 'null' }] };
  return schema;
}
