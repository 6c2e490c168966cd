import type { JsonObject } from '../../canonical/parts.ts';
import { emptyRequest } from '../../canonical/request.ts';
import type { CanonicalRequest } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { neededObject, objectsField, restOf, textField } from '../fields.ts';
import { decodeConfig } from './decode-config.ts';
import { decodeContents, decodeSystem } from './decode-contents.ts';
import { decodeToolConfig, decodeTools } from './decode-tools.ts';
import { camelKeys } from './spelling.ts';

const KNOWN = new Set([
  ...['contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig', 'serviceTier'],
  // The path says it.
  'model',
]);

/**
 * A body of `:generateContent`, `:streamGenerateContent` or, made by `countTokensRequest`, of `:countTokens`, in
 * camelCase or snake_case. Wire facts: ai.google.dev/api/generate-content.
 */
export function decodeRequest(
  given: JsonObject,
  asked: { readonly model: string; readonly stream: boolean },
): CanonicalRequest {
  const body = camelKeys(given);
  const config = decodeConfig(body);
  const toolConfig = decodeToolConfig(body);
  const tier = textField(body, 'serviceTier', '')?.toLowerCase() ?? null;
  return {
    ...emptyRequest(asked.model, 'gemini'),
    ...config.fields,
    stream: asked.stream,
    streamUsage: true,
    messages: [...decodeSystem(body['systemInstruction']), ...decodeContents(contentsOf(body))],
    tools: decodeTools(body),
    toolChoice: toolConfig.choice,
    serviceTier: tier === 'standard' ? 'default' : tier,
    extras: {
      origin: 'gemini',
      fields: {
        ...restOf(body, KNOWN),
        ...(isEmpty(toolConfig.rest) ? {} : { toolConfig: toolConfig.rest }),
        ...(isEmpty(config.rest) ? {} : { generationConfig: config.rest }),
      },
    },
  };
}

/** A text and a single content are taken for what they mean, as the SDKs do. */
function contentsOf(body: JsonObject): readonly JsonObject[] {
  const { contents } = body;
  if (typeof contents === 'string') return [{ parts: [{ text: contents }] }];
  if (isObject(contents)) return [contents];
  return objectsField(body, 'contents', '') ?? [neededObject(body, 'contents', '')];
}

function isEmpty(object: JsonObject): boolean {
  return Object.keys(object).length === 0;
}
