import type { JsonObject, ToolCallPart } from '../../canonical/parts.ts';
import type { ChatQuirks } from '../../canonical/quirks.ts';
import type { ToolResult } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { partOfMedia } from './media.ts';
import type { MediaPart } from './media.ts';
import type { ModelTraits } from './models.ts';
import type { WirePart, WireResponsePart } from './wire.ts';

/** What stands for a result that the client does not send: Gemini refuses a call without one. */
const MISSING = 'The tool was not run: the conversation has no result for this call.';
/** A number of so many digits would lose some of them as a number of JavaScript's. */
const LONG_NUMBER = /[:[,]\s*-?\d{16}/;

interface ResultContext {
  readonly call: ToolCallPart;
  /** The tool's name as it is sent. */
  readonly name: string;
  readonly traits: ModelTraits;
  readonly images: ChatQuirks['images'];
}

/**
 * The `functionResponse` of a call. What it has to show stands inside of it where the model takes that (Gemini 3:
 * bytes of these types, ai.google.dev/gemini-api/docs/function-calling; addresses and uploaded files are "not supported
 * in Gemini API" there, `FunctionResponseFileData` of `@google/genai`), else behind it.
 */
export function partsOfResult(
  { call, name, traits, images }: ResultContext,
  answered: { readonly result: ToolResult; readonly path: string } | null,
): readonly WirePart[] {
  const { id } = call;
  if (answered === null) return [{ functionResponse: { id, name, response: { error: MISSING } } }];
  const { result, path } = answered;
  const text = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  const media = result.content.flatMap((part, index): WirePart[] => {
    return isMedia(part) ? [partOfMedia(part, `${path}.content[${index}]`, images)] : [];
  });
  const response = responseOf(text, result.isError === true);
  const parts = traits.isThird ? media.flatMap(({ inlineData }) => (fits(inlineData) ? [{ inlineData }] : [])) : [];
  const others = traits.isThird ? media.filter(({ inlineData }) => !fits(inlineData)) : media;
  return [{ functionResponse: { id, name, response, ...(parts.length === 0 ? {} : { parts }) } }, ...others];
}

const INSIDE = new Set(['image/png', 'image/jpeg', 'image/webp', 'application/pdf', 'text/plain']);

function fits(inlineData: WirePart['inlineData']): inlineData is NonNullable<WireResponsePart['inlineData']> {
  return inlineData?.mimeType !== undefined && INSIDE.has(inlineData.mimeType);
}

function isMedia(part: ToolResult['content'][number]): part is Extract<MediaPart, ToolResult['content'][number]> {
  return part.type === 'image' || part.type === 'file';
}

/**
 * Gemini's own words for what a function gave are `output` and `error` (API reference, FunctionResponse), so that text
 * stands under `output`; LiteLLM writes `content`, which the reference does not know. An object is given as it is,
 * unless it has one of the two words itself.
 */
function responseOf(text: string, isError: boolean): Record<string, unknown> {
  if (isError) return { error: text };
  const object = objectIn(text);
  if (object === null) return { output: text };
  return object['output'] === undefined && object['error'] === undefined ? object : { output: object };
}

function objectIn(text: string): Record<string, unknown> | null {
  if (!/^\s*\{/.test(text) || LONG_NUMBER.test(text)) return null;
  const parsed = parseJson(text);
  return isObject(parsed) && Object.keys(parsed).length > 0 ? parsed : null;
}

/** The `args` of a call. What a model wrote that is no object is kept, so that the model sees what it did. */
export function argumentsObject(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  const parsed: unknown = parseJson(text);
  if (isObject(parsed)) return parsed;
  const args: JsonObject = { invalid_arguments: text };
  return { ...args };
}
