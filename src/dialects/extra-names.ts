import type { CanonicalRequest } from '../canonical/request.ts';
import { isObject } from '../std/is-object.ts';

/** Objects of the fronts' bodies of which a part is understood: what is left of them is named with them. */
const UNDERSTOOD_IN_PART: ReadonlySet<string> = new Set([
  ...['generationConfig', 'toolConfig', 'output_config', 'metadata', 'options', 'text', 'reasoning'],
]);

/**
 * What a request says that only its own dialect knows, by the names that the client wrote, for `x-llmgw-dropped`:
 * `logit_bias`, `generationConfig.speechConfig`.
 */
export function extraNames({ origin, fields }: CanonicalRequest['extras']): readonly string[] {
  const said = Object.entries(fields).filter(([name, value]) => !saysNothing(name, value));
  return said.flatMap(([name, value]) => {
    // OpenAI's own `metadata` of chat is an object that was not looked into.
    const isWhole = origin === 'openai-chat' || !UNDERSTOOD_IN_PART.has(name) || !isObject(value);
    return isWhole ? [name] : Object.keys(value).map((member) => `${name}.${member}`);
  });
}

/** What clients write out though it is what happens without: empty lists and objects, and two fields of OpenAI's. */
function saysNothing(name: string, value: unknown): boolean {
  if (name === 'store') return value === false;
  // Empty as it is, it turns OpenAI's search on.
  if (name === 'web_search_options') return false;
  if (name === 'modalities') return Array.isArray(value) && value.length === 1 && value[0] === 'text';
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
