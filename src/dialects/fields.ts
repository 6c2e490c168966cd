import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/parts.ts';
import { isObject } from '../std/is-object.ts';

/**
 * Readers of a request's fields. `null` and a field that is not there are the same: the request does not say. Anything
 * of a wrong type is a 400 that names the field by its path (`messages[2].content[0].text`).
 */
export function textField(object: JsonObject, key: string, path: string): string | null {
  const value = object[key];
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : wrong(join(path, key), 'must be a string');
}

export function numberField(object: JsonObject, key: string, path: string): number | null {
  const value = object[key];
  if (value === undefined || value === null) return null;
  return typeof value === 'number' ? value : wrong(join(path, key), 'must be a number');
}

/** A whole number that is not negative. */
export function countField(object: JsonObject, key: string, path: string): number | null {
  const value = numberField(object, key, path);
  if (value === null || (Number.isSafeInteger(value) && value >= 0)) return value;
  return wrong(join(path, key), 'must be a whole number that is not negative');
}

export function booleanField(object: JsonObject, key: string, path: string): boolean | null {
  const value = object[key];
  if (value === undefined || value === null) return null;
  return typeof value === 'boolean' ? value : wrong(join(path, key), 'must be true or false');
}

export function objectField(object: JsonObject, key: string, path: string): JsonObject | null {
  const value = object[key];
  if (value === undefined || value === null) return null;
  return isObject(value) ? value : wrong(join(path, key), 'must be an object');
}

export function listField(object: JsonObject, key: string, path: string): readonly unknown[] | null {
  const value = object[key];
  if (value === undefined || value === null) return null;
  return Array.isArray(value) ? (value as unknown[]) : wrong(join(path, key), 'must be a list');
}

/** A list whose members are all objects. */
export function objectsField(object: JsonObject, key: string, path: string): readonly JsonObject[] | null {
  const list = listField(object, key, path);
  return (
    list?.map((value, index) =>
      isObject(value) ? value : wrong(`${join(path, key)}[${index}]`, 'must be an object'),
    ) ?? null
  );
}

export function neededText(object: JsonObject, key: string, path: string): string {
  return textField(object, key, path) ?? missing(join(path, key));
}

export function neededObject(object: JsonObject, key: string, path: string): JsonObject {
  return objectField(object, key, path) ?? missing(join(path, key));
}

/** Throws the 400 for a field that says something nobody can act on. `problem`: `must be a string`. */
export function wrong(path: string, problem: string): never {
  throw new GatewayError('invalid_body', `\`${path}\` ${problem}.`, { param: path });
}

/** Throws the 400 for a part that the model which was chosen, or its dialect, cannot take. */
export function unsupported(path: string, problem: string): never {
  throw new GatewayError('unsupported_content', `\`${path}\` ${problem}.`, { param: path });
}

function missing(path: string): never {
  throw new GatewayError('missing_field', `The request body has no \`${path}\`.`, { param: path });
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** What is left of an object without the keys that were understood. Fields that say `null` say nothing. */
export function restOf(object: JsonObject, known: ReadonlySet<string>): JsonObject {
  const isLeft = (key: string): boolean => !known.has(key) && object[key] !== undefined && object[key] !== null;
  const keys = Object.keys(object).filter(isLeft);
  // Not by assignment, which would make `__proto__` of a body the prototype of what is left.
  return keys.length === 0 ? {} : Object.fromEntries(keys.map((key) => [key, object[key]]));
}
