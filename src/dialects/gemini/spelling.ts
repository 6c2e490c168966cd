import type { JsonObject } from '../../canonical/parts.ts';

/**
 * An object with its own keys in camelCase. Google reads `inline_data` as well as `inlineData` everywhere (the JSON
 * mapping of protocol buffers), and its older SDKs and most examples with curl write the former. One level only:
 * below it may stand what is not Google's to name, as the arguments of a function.
 */
export function camelKeys(object: JsonObject): JsonObject {
  const keys = Object.keys(object);
  if (!keys.some(isSnake)) return object;
  const renamed: Record<string, unknown> = {};
  for (const key of keys) {
    const name = isSnake(key)
      ? key.replace(/(?<=[a-z0-9])_([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase())
      : key;
    if (name === key || object[name] === undefined) renamed[name] = object[key];
  }
  return renamed;
}

/** `googleSearch` as `x-llmgw-dropped` names it: `google_search`. */
export function snakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isSnake(key: string): boolean {
  return key.indexOf('_', 1) > 0;
}
