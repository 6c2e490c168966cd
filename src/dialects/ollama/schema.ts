import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { restOf } from '../fields.ts';

/** References inside of references: a schema that contains itself is written out so often, then left open. */
const MAX_NESTED_REFERENCES = 4;
/** References of one tool that are written out: few lines of schema may else become millions. */
const MAX_REFERENCES = 500;
/** Schemas inside of schemas. */
const MAX_DEPTH = 100;

const REFERENCE: ReadonlySet<string> = new Set(['$ref']);
const ALL_OF: ReadonlySet<string> = new Set(['allOf']);

/** What holds for a whole schema while it is written anew. */
interface Walk {
  readonly root: JsonObject;
  referencesLeft: number;
}

/** Where in the schema. */
interface Depth {
  readonly schemas: number;
  readonly references: number;
}

/**
 * A tool's parameters as Ollama's Go types take them (`ToolFunctionParameters` and `ToolProperty` in `api/types.go`):
 * of a property they know `anyOf`, `type`, `items`, `description`, `enum`, `properties` and `required`, lose the rest,
 * and refuse the whole request where one of these has another type. So `$ref` is written out, `oneOf` becomes `anyOf`,
 * `const` an `enum`, and `true` an open schema. What Go ignores stays.
 */
export function parametersOf(schema: JsonObject | null): JsonObject {
  if (schema === null) return { type: 'object', properties: {} };
  const walk: Walk = { root: schema, referencesLeft: MAX_REFERENCES };
  return { properties: {}, ...propertyOf(schema, walk, { schemas: 0, references: 0 }), type: 'object' };
}

function propertyOf(value: unknown, walk: Walk, at: Depth): JsonObject {
  if (!isObject(value) || at.schemas > MAX_DEPTH) return {};
  const { schema, references } = followed(value, walk, at.references);
  const depth = { schemas: at.schemas + 1, references };
  const { properties, anyOf } = schema;
  if (!isTaken(schema)) return rewritten(schema, walk, depth);
  if (properties === undefined && anyOf === undefined) return schema;
  return { ...schema, ...withChildren(properties, listOf(anyOf), walk, depth) };
}

/** Most properties are as they should be, and a request has thousands of them. */
function isTaken(schema: JsonObject): boolean {
  for (const key in schema) if (TYPES.get(key)?.(schema[key]) === false) return false;
  return true;
}

function rewritten(schema: JsonObject, walk: Walk, depth: Depth): JsonObject {
  const { anyOf, oneOf, const: constant, properties, ...rest } = schema;
  const kept = Object.entries(rest).filter(([key, keyword]) => TYPES.get(key)?.(keyword) ?? true);
  const options = constant === undefined || Array.isArray(rest['enum']) ? {} : { enum: [constant] };
  const choices = listOf(anyOf) ?? listOf(oneOf);
  return { ...Object.fromEntries(kept), ...options, ...withChildren(properties, choices, walk, depth) };
}

/** What the keywords have to be; `oneOf` and `const` are none of those that Go knows. */
const TYPES: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['type', (value) => typeof value === 'string' || isNames(value)],
  ['description', (value) => typeof value === 'string'],
  ['required', (value) => isNames(value)],
  ['enum', (value) => Array.isArray(value)],
  ['anyOf', (value) => Array.isArray(value)],
  ['properties', isObject],
  ['oneOf', () => false],
  ['const', () => false],
]);

function withChildren(
  properties: unknown,
  choices: readonly unknown[] | null,
  walk: Walk,
  depth: Depth,
): { anyOf?: readonly JsonObject[]; properties?: JsonObject } {
  return {
    ...(choices === null ? {} : { anyOf: choices.map((choice) => propertyOf(choice, walk, depth)) }),
    ...(isObject(properties) ? { properties: propertiesOf(properties, walk, depth) } : {}),
  };
}

function propertiesOf(properties: JsonObject, walk: Walk, depth: Depth): JsonObject {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, propertyOf(value, walk, depth)]));
}

interface Followed {
  readonly schema: JsonObject;
  readonly references: number;
}

/** The schema itself where it is a reference into the same document; keywords beside the reference are kept. */
function followed(schema: JsonObject, walk: Walk, references: number): Followed {
  const { $ref: reference, allOf } = schema;
  if (typeof reference === 'string') {
    const beside = restOf(schema, REFERENCE);
    const isAllowed = references < MAX_NESTED_REFERENCES && walk.referencesLeft-- > 0;
    const target = isAllowed ? pointed(reference, walk.root) : null;
    if (target === null) return { schema: beside, references };
    return followed({ ...target, ...beside }, walk, references + 1);
  }
  const all = references < MAX_NESTED_REFERENCES ? listOf(allOf) : null;
  const only = all?.length === 1 ? all[0] : null;
  if (!isObject(only)) return { schema, references };
  // Pydantic wraps a reference that has a description beside it.
  const beside = restOf(schema, ALL_OF);
  return followed({ ...only, ...beside }, walk, references + 1);
}

/** What `#/$defs/City` points to. `null`: nothing, or something outside. */
function pointed(reference: string, root: JsonObject): JsonObject | null {
  if (!reference.startsWith('#/')) return null;
  let value: unknown = root;
  for (const step of reference.slice(2).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isObject(value) || !Object.hasOwn(value, key)) return null;
    value = value[key];
  }
  return isObject(value) ? value : null;
}

function listOf(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
