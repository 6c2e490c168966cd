import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { namesIn } from '../object-schema.ts';

/** Deeper schemas are cut: nothing that people write is, and a schema may be hostile. */
const MAX_DEPTH = 64;
/**
 * With more properties that may be left out, grammars are refused or take too long (24 is the documented limit; the
 * lower one is what Vercel's AI SDK found to work everywhere).
 */
const MAX_OPTIONAL = 10;

// What structured outputs take (transformJSONSchema in Anthropic's SDK); the rest becomes a part of the description.
const FORMATS = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
] as const);
const KEPT_KEYS = new Set(['type', 'enum', 'const', 'title', 'description', 'default', 'required', '$ref']);
const SUBSCHEMA_KEYS = new Set(['$defs', 'definitions', 'properties', 'items', 'anyOf', 'oneOf', 'allOf']);
/** Names the version of JSON Schema, or says again what is always so. */
const SILENT_KEYS = new Set(['$schema', '$id', 'additionalProperties']);

/** A schema as structured outputs and strict tools take it. What they cannot enforce is told to the model. */
export function strictSchema(schema: JsonObject, depth = 0): Record<string, unknown> {
  if (depth > MAX_DEPTH) return {};
  const strict: Record<string, unknown> = {};
  const told: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (SUBSCHEMA_KEYS.has(key)) Object.assign(strict, strictSubschema(key, value, depth + 1));
    else if (KEPT_KEYS.has(key) || isKeptAsIs(key, value)) strict[key] = value;
    else if (!SILENT_KEYS.has(key)) told.push(`${key}: ${JSON.stringify(value)}`);
  }
  if (schema['type'] === 'object' || isObject(schema['properties'])) strict['additionalProperties'] = false;
  if (told.length === 0) return strict;
  const said = strict['description'];
  return { ...strict, description: `${typeof said === 'string' ? `${said}\n\n` : ''}{${told.join(', ')}}` };
}

function isKeptAsIs(key: string, value: unknown): boolean {
  if (key === 'format') return (FORMATS as ReadonlySet<unknown>).has(value);
  return key === 'minItems' && (value === 0 || value === 1);
}

function strictSubschema(key: string, value: unknown, depth: number): JsonObject {
  const inner = (each: unknown): unknown => (isObject(each) ? strictSchema(each, depth) : each);
  if (key === 'items') return { items: Array.isArray(value) ? (value as unknown[]).map(inner) : inner(value) };
  if (Array.isArray(value)) return { [key === 'oneOf' ? 'anyOf' : key]: (value as unknown[]).map(inner) };
  if (!isObject(value)) return {};
  return { [key]: Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inner(each)])) };
}

/**
 * Whether structured outputs can stand for a schema. They close every object, so that one with names of the model's
 * choosing could only ever be empty; they refuse schemas that contain themselves, and many optional properties.
 */
export function fitsStructuredOutput(schema: JsonObject): boolean {
  const found = { optional: 0, open: false, refs: new Set<string>() };
  survey(schema, found, 0);
  return !found.open && found.optional <= MAX_OPTIONAL && ![...found.refs].some((ref) => containsItself(ref, schema));
}

interface Survey {
  optional: number;
  open: boolean;
  readonly refs: Set<string>;
}

function survey(value: unknown, found: Survey, depth: number): void {
  if (Array.isArray(value)) {
    for (const each of value as unknown[]) survey(each, found, depth + 1);
    return;
  }
  if (!isObject(value)) return;
  if (depth > MAX_DEPTH) {
    found.open = true;
    return;
  }
  const { properties, additionalProperties, type, $ref } = value;
  if (typeof $ref === 'string') found.refs.add($ref);
  if (isObject(properties)) {
    const required = namesIn(value['required']);
    found.optional += Object.keys(properties).filter((name) => !required.includes(name)).length;
  } else if (type === 'object') found.open = true;
  if (additionalProperties === true || isObject(additionalProperties)) found.open = true;
  for (const key of SUBSCHEMA_KEYS) {
    const inner = value[key];
    const isNamed = key === '$defs' || key === 'definitions' || key === 'properties';
    if (isNamed && isObject(inner)) survey(Object.values(inner), found, depth);
    else if (!isNamed) survey(inner, found, depth + 1);
  }
}

/** Whether following a reference ever leads to the same reference. */
function containsItself(ref: string, root: JsonObject): boolean {
  const seen = new Set<string>();
  const waiting = [ref];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const found: Survey = { optional: 0, open: false, refs: new Set() };
    survey(resolved(next, root), found, 0);
    if (found.refs.has(ref)) return true;
    for (const each of found.refs) {
      if (!seen.has(each)) waiting.push(each);
      seen.add(each);
    }
  }
  return false;
}

function resolved(ref: string, root: JsonObject): unknown {
  let value: unknown = root;
  if (ref === '#') return root;
  for (const step of ref.replace(/^#\//, '').split('/')) {
    value = isObject(value) ? value[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  }
  return value;
}
