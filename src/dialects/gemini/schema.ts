import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';

/** A schema that is deeper, references counted, is cut: Gemini refuses it ("maximum schema depth exceeded"). */
const MAX_DEPTH = 64;
/** References written out can grow without end; what is beyond this may be anything. */
const MAX_NODES = 5_000;

/**
 * Keywords that are passed on as they are. The documented ones of Google's JSON Schema form (`responseJsonSchema` in
 * the API reference) and those that its own Schema type has; the reference says that more may be sent, but `$schema`
 * and `$ref` beside others were seen to be refused.
 */
const KEPT = new Set([
  ...['title', 'description', 'default', 'pattern', 'propertyOrdering'],
  ...['minItems', 'maxItems', 'minimum', 'maximum', 'minLength', 'maxLength', 'minProperties', 'maxProperties'],
]);
const FORMATS = new Set(['date-time', 'date', 'time', 'float', 'double', 'int32', 'int64']);
const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);

interface Walk {
  readonly root: JsonObject;
  readonly depth: number;
  /** The references that are being written out. */
  readonly within: readonly string[];
  readonly count: { nodes: number };
}

/**
 * A JSON Schema as `parametersJsonSchema` and `responseJsonSchema` take it: references written out (one that leads to
 * itself becomes any object), `const` as `enum`, `allOf` in one, no empty or mixed `enum`, no `required` without its
 * property, and none of the keywords that Gemini does not know.
 */
export function geminiSchema(schema: JsonObject): JsonObject {
  return cleaned(schema, { root: schema, depth: 0, within: [], count: { nodes: 0 } });
}

/** The same for the parameters of a function; `null`: it takes none, which is said by leaving them out. */
export function geminiParameters(schema: JsonObject | null): JsonObject | null {
  if (schema === null) return null;
  const parameters = geminiSchema(schema);
  const { properties } = parameters;
  const isOpen = parameters['additionalProperties'] !== undefined && parameters['additionalProperties'] !== false;
  const hasNone = !isObject(properties) || Object.keys(properties).length === 0;
  if (hasNone && !isOpen && parameters['anyOf'] === undefined && parameters['oneOf'] === undefined) return null;
  return parameters['type'] === 'object' ? parameters : { ...parameters, type: 'object' };
}

function cleaned(schema: JsonObject, walk: Walk): JsonObject {
  walk.count.nodes += 1;
  if (walk.depth > MAX_DEPTH || walk.count.nodes > MAX_NODES) return {};
  if (typeof schema['$ref'] === 'string' || Array.isArray(schema['allOf'])) return inOne(schema, walk);
  const to: Record<string, unknown> = {};
  for (const key of Object.keys(schema)) if (KEPT.has(key) && schema[key] !== null) to[key] = schema[key];
  addType(to, schema);
  addChoices(to, schema);
  addBounds(to, schema);
  addFormat(to, schema);
  addMembers(to, schema, walk);
  return to;
}

/** A schema with what its reference and its `allOf` say; what it says itself counts more. */
function inOne(schema: JsonObject, walk: Walk): JsonObject {
  const within = [...walk.within];
  const own = without(schema, 'allOf');
  let whole: JsonObject = {};
  for (const part of [...listOf(schema['allOf']), own]) {
    const { $ref: reference } = objectOf(part);
    if (typeof reference !== 'string') {
      whole = joined(whole, objectOf(part));
      continue;
    }
    const isCircle = within.includes(reference) || reference === '#';
    const target = isCircle ? { type: 'object' } : (pointedAt(walk.root, reference) ?? {});
    within.push(reference);
    whole = joined(joined(whole, target), without(objectOf(part), '$ref'));
  }
  return cleaned(whole, { ...walk, depth: walk.depth + 1, within });
}

/** Both at once, as far as one schema can say it: properties of both, and of other keywords the later one's. */
function joined(one: JsonObject, other: JsonObject): JsonObject {
  const properties = { ...objectOf(one['properties']), ...objectOf(other['properties']) };
  const required = [...new Set([...listOf(one['required']), ...listOf(other['required'])])];
  return {
    ...one,
    ...other,
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required }),
  };
}

function without(schema: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key));
}

/** RFC 6901 within the same document. */
function pointedAt(root: JsonObject, reference: string): JsonObject | null {
  if (!reference.startsWith('#/')) return null;
  let at: unknown = root;
  for (const step of reference.slice(2).split('/')) {
    const name = decoded(step).replace(/~1/g, '/').replace(/~0/g, '~');
    if (Array.isArray(at)) at = (at as unknown[])[Number(name)];
    else if (isObject(at) && Object.hasOwn(at, name)) at = at[name];
    else return null;
  }
  return isObject(at) ? at : null;
}

function decoded(step: string): string {
  return step.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function addType(to: Record<string, unknown>, schema: JsonObject): void {
  const { type } = schema;
  // Nearly all of them.
  if (typeof type === 'string' && TYPES.has(type) && schema['nullable'] !== true) {
    to['type'] = type;
    return;
  }
  const names = (Array.isArray(type) ? (type as unknown[]) : [type])
    .map((name) => (typeof name === 'string' ? name.toLowerCase() : ''))
    .filter((name) => TYPES.has(name));
  if (schema['nullable'] === true && names.length > 0) names.push('null');
  const single = [...new Set(names)];
  if (single.length > 0) to['type'] = single.length === 1 ? single[0] : single;
  else if (isObject(schema['properties'])) to['type'] = 'object';
}

/** Strings that are not empty, or numbers; `null` among them becomes a type. */
function addChoices(to: Record<string, unknown>, schema: JsonObject): void {
  const list = schema['const'] !== undefined ? [schema['const']] : listOf(schema['enum']);
  if (list.length === 0) return;
  const strings = list.filter((value) => typeof value === 'string' && value !== '');
  const numbers = list.filter((value) => typeof value === 'number');
  if (strings.length > 0) {
    to['enum'] = strings;
    to['type'] ??= 'string';
  } else if (numbers.length > 0 && numbers.length === list.filter((value) => value !== null).length) {
    to['enum'] = numbers;
    to['type'] ??= numbers.every(Number.isInteger) ? 'integer' : 'number';
  } else if (list.some((value) => typeof value === 'boolean')) to['type'] ??= 'boolean';
  if (to['enum'] !== undefined && list.includes(null) && typeof to['type'] === 'string')
    to['type'] = [to['type'], 'null'];
}

function addBounds(to: Record<string, unknown>, schema: JsonObject): void {
  const step = to['type'] === 'integer' ? 1 : 0;
  const { exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  if (typeof above === 'number') to['minimum'] ??= above + step;
  if (typeof below === 'number') to['maximum'] ??= below - step;
}

/** Other formats are refused, so that the model is told in words. */
function addFormat(to: Record<string, unknown>, { format, description }: JsonObject): void {
  if (typeof format !== 'string' || format === '') return;
  if (FORMATS.has(format)) to['format'] = format;
  else to['description'] = typeof description === 'string' ? `${description} (format: ${format})` : `Format: ${format}`;
}

function addMembers(to: Record<string, unknown>, schema: JsonObject, walk: Walk): void {
  const { root, within, count } = walk;
  const deeper = { root, depth: walk.depth + 1, within, count };
  const { properties, items, prefixItems, additionalProperties: others } = schema;
  if (isObject(properties)) {
    const cleanedProperties: Record<string, unknown> = {};
    for (const name of Object.keys(properties)) {
      // `false`: it must not be there.
      if (properties[name] !== false) cleanedProperties[name] = cleaned(objectOf(properties[name]), deeper);
    }
    to['properties'] = cleanedProperties;
    const required = listOf(schema['required']).filter(
      (name) => typeof name === 'string' && Object.hasOwn(cleanedProperties, name),
    );
    if (required.length > 0) to['required'] = required;
  }
  if (isObject(items)) to['items'] = cleaned(items, deeper);
  if (Array.isArray(prefixItems)) to['prefixItems'] = all(prefixItems, deeper);
  // Before 2020 a list under `items` meant what `prefixItems` does now.
  else if (Array.isArray(items)) to['prefixItems'] = all(items, deeper);
  if (typeof others === 'boolean') to['additionalProperties'] = others;
  else if (isObject(others)) to['additionalProperties'] = cleaned(others, deeper);
  for (const key of ['anyOf', 'oneOf'] as const) {
    const choices = listOf(schema[key]).filter(isObject);
    if (choices.length > 0) to[key] = all(choices, deeper);
  }
}

function all(schemas: readonly unknown[], walk: Walk): readonly JsonObject[] {
  return schemas.map((schema) => cleaned(objectOf(schema), walk));
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
