import type { JsonObject } from '../canonical/parts.ts';
import { isObject } from '../std/is-object.ts';

export interface ObjectSchema {
  readonly [keyword: string]: unknown;
  readonly type: 'object';
  readonly properties: JsonObject;
}

/**
 * The schema of a tool's parameters as OpenAI, Anthropic and Bedrock take it: one of an object, with `properties` even
 * where there are none ("object schema missing properties"), and no choice of several at its top. `null`: the tool
 * takes nothing.
 */
export function objectSchema(parameters: JsonObject | null): ObjectSchema {
  if (parameters === null) return { type: 'object', properties: {} };
  const variants = (['anyOf', 'oneOf', 'allOf'] as const).flatMap((key) =>
    Array.isArray(parameters[key]) ? (parameters[key] as unknown[]).filter(isObject) : [],
  );
  if (variants.length > 0) return mergedVariants(parameters, variants);
  const { properties } = parameters;
  return { ...parameters, type: 'object', properties: isObject(properties) ? properties : {} };
}

/** One object that has every property of all variants; required is what all of them require. */
function mergedVariants(parameters: JsonObject, variants: readonly JsonObject[]): ObjectSchema {
  const { anyOf, oneOf, allOf, ...rest } = parameters;
  const together = Array.isArray(allOf) && anyOf === undefined && oneOf === undefined;
  const lists = variants.map(({ required }) => namesIn(required));
  const common = together
    ? lists.flat()
    : (lists[0] ?? []).filter((name) => lists.every((list) => list.includes(name)));
  const required = [...new Set([...namesIn(parameters['required']), ...common])];
  return {
    ...rest,
    type: 'object',
    properties: Object.assign({}, ...[parameters, ...variants].map(({ properties }) => properties)) as JsonObject,
    ...(required.length === 0 ? {} : { required }),
  };
}

/** The texts in what should be a list of them. */
export function namesIn(list: unknown): readonly string[] {
  return Array.isArray(list) ? (list as unknown[]).filter((name) => typeof name === 'string') : [];
}
