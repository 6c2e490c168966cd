import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { objectField } from '../fields.ts';
import { resourceName } from './path.ts';
import { camelKeys } from './spelling.ts';

/**
 * A body of `:countTokens` as one of `:generateContent`: the prompt itself (`contents`, and on Vertex AI also tools and
 * the system's), or the whole request that is to be counted (`generateContentRequest`).
 */
export function countTokensRequest(given: JsonObject): JsonObject {
  const body = camelKeys(given);
  return objectField(body, 'generateContentRequest', '') ?? body;
}

/** The same for an upstream of the same dialect, which wants the name of the path in the whole request too. */
export function countBodyWithModel(body: JsonObject, model: string): JsonObject {
  const key = body['generateContentRequest'] === undefined ? 'generate_content_request' : 'generateContentRequest';
  const whole = body[key];
  return isObject(whole) ? { ...body, [key]: { ...whole, model: resourceName(model) } } : body;
}

export function countTokensAnswer(tokens: number): string {
  return JSON.stringify({ totalTokens: tokens });
}
