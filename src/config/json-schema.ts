import { RESERVED_PATH_SEGMENTS } from '../canonical/reserved-names.ts';
import { isObject } from '../std/is-object.ts';
import { z } from '../std/schema.ts';
import { CONFIG_SCHEMA, PROFILE_NAME_PATTERN } from './schema.ts';

/** A JSON Schema or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What editors show as the name of the schema, and how a file of ours is known. */
export const SCHEMA_TITLE = 'The config file of llmgw';

/**
 * The schema of the config file as JSON Schema (draft 7, which editors know best): whatever `llmgw` takes it takes,
 * and it refuses most of what `llmgw` refuses. References to the environment are allowed wherever a value is.
 */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(CONFIG_SCHEMA, { io: 'input', target: 'draft-7' });
  return {
    $schema,
    title: SCHEMA_TITLE,
    ...withReferences(schema),
    definitions: {
      reference: { type: 'string', pattern: '\\$\\{', description: 'A text with references: "${NAME}".' },
    },
  };
}

const REFERENCE = { $ref: '#/definitions/reference' };

/** Puts the alternative of a reference beside every text that is restricted. Names of keys hold none. */
function withReferences(schema: JsonSchema): JsonSchema {
  const walked = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === 'propertyNames') return [key, isProfileName(value) ? { ...value, not: RESERVED } : value];
      if (key === 'anyOf' && Array.isArray(value)) return [key, value.filter(isPossible).map(walk)];
      if (key === 'pattern' && typeof value === 'string') return [key, value.replace('\\p{C}', CONTROL_CHARACTERS)];
      return [key, key === 'properties' && isObject(value) ? mapValues(value, walk) : walk(value)];
    }),
  );
  const restricted = walked['type'] === 'string' && RESTRICTIONS.some((key) => key in walked);
  if (!restricted) return walked;
  const { description, ...form } = walked;
  return { ...(description === undefined ? {} : { description }), anyOf: [form, REFERENCE] };
}

/** Not every editor knows `\p`; few of what it stands for are ever typed. */
const CONTROL_CHARACTERS = '\\u0000-\\u001f\\u007f-\\u009f';
const RESTRICTIONS = ['enum', 'pattern', 'minLength', 'maxLength', 'allOf'];
const RESERVED = { enum: [...RESERVED_PATH_SEGMENTS] };

function walk(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(walk);
  return isObject(value) ? withReferences(value) : value;
}

/** `not: {}`: taken by the program only so that it can say what is wrong with it. */
function isPossible(form: unknown): boolean {
  return !isObject(form) || !('not' in form);
}

/** The schema of a name cannot say what a function checks: which names are taken. */
function isProfileName(schema: unknown): schema is JsonSchema {
  return isObject(schema) && schema['pattern'] === PROFILE_NAME_PATTERN.source;
}

function mapValues(values: JsonSchema, change: (value: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
