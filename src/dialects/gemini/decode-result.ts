import { textPart } from '../../canonical/parts.ts';
import type { JsonObject, ResultPart } from '../../canonical/parts.ts';
import type { ToolResult } from '../../canonical/request.ts';
import { neededText, objectField, objectsField, textField } from '../fields.ts';
import { mediaOfFile, mediaOfInline } from './media.ts';
import { camelKeys } from './spelling.ts';

/**
 * A `functionResponse`. `output` of its `response` is what the function gave, `error` why it failed; where there is
 * neither, the whole object is the output (API reference, FunctionResponse). Vercel's AI SDK (`@ai-sdk/google`) writes
 * `{name, content}` instead, the name being the function's. `callOf`: the id of the call it answers.
 */
export function decodeResult(
  result: JsonObject,
  path: string,
  callOf: (id: string | null, name: string) => string,
): ToolResult {
  const name = neededText(result, 'name', path);
  const callId = callOf(textField(result, 'id', path), name);
  const response = objectField(result, 'response', path) ?? {};
  const media = (objectsField(result, 'parts', path) ?? []).map((part, index) => {
    return resultPart(camelKeys(part), `${path}.parts[${index}]`);
  });
  const { text, isError } = said(unwrapped(response, name), media.length > 0);
  const content = text === '' ? media : [textPart(text), ...media];
  return { callId, name, content, isError, cache: null };
}

/** Only what can be nothing else: an object with a name of its own is what the function gave. */
function unwrapped(response: JsonObject, name: string): JsonObject {
  const isWrapped = Object.keys(response).length === 2 && response['name'] === name && 'content' in response;
  return isWrapped ? { output: response['content'] } : response;
}

function said(response: JsonObject, hasMedia: boolean): { readonly text: string; readonly isError: boolean } {
  const keys = Object.keys(response);
  const [only] = keys;
  if (keys.length === 1 && only === 'output') return { text: asText(response['output']), isError: false };
  if (keys.length === 1 && only === 'error') return { text: asText(response['error']), isError: true };
  if (keys.length === 0 && hasMedia) return { text: '', isError: false };
  return {
    text: JSON.stringify(response),
    isError: response['error'] !== undefined && response['output'] === undefined,
  };
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function resultPart(part: JsonObject, path: string): ResultPart {
  const inline = objectField(part, 'inlineData', path);
  const file = objectField(part, 'fileData', path);
  const media =
    inline !== null
      ? mediaOfInline(inline, `${path}.inlineData`)
      : file !== null
        ? mediaOfFile(file, `${path}.fileData`)
        : null;
  if (media?.type === 'image' || media?.type === 'file') return media;
  const text = textField(part, 'text', path);
  return text === null ? { type: 'foreign', origin: 'gemini', value: part } : textPart(text);
}
