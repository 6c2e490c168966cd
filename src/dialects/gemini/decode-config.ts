import type { JsonObject } from '../../canonical/parts.ts';
import { EFFORTS } from '../../canonical/request.ts';
import type { CanonicalRequest, Effort, OutputFormat, ReasoningWish } from '../../canonical/request.ts';
import { booleanField, countField, listField, numberField, objectField, restOf, textField, wrong } from '../fields.ts';
import { jsonSchemaOfOpenApi } from './open-api-schema.ts';
import { camelKeys } from './spelling.ts';

type Fields = Pick<
  CanonicalRequest,
  'sampling' | 'maxOutputTokens' | 'stop' | 'choiceCount' | 'logprobs' | 'output' | 'reasoning'
>;

const PATH = 'generationConfig';
const KNOWN = new Set([
  ...['temperature', 'topP', 'topK', 'seed', 'frequencyPenalty', 'presencePenalty', 'maxOutputTokens', 'stopSequences'],
  ...['candidateCount', 'responseLogprobs', 'logprobs', 'responseMimeType', 'responseSchema', 'responseJsonSchema'],
  ...['_responseJsonSchema', 'thinkingConfig'],
]);

/** `generationConfig`, and what of it nobody else has a word for (`responseModalities`, `speechConfig`). */
export function decodeConfig(body: JsonObject): { readonly fields: Fields; readonly rest: JsonObject } {
  const config = camelKeys(objectField(body, PATH, '') ?? {});
  return {
    fields: {
      sampling: {
        temperature: numberField(config, 'temperature', PATH),
        topP: numberField(config, 'topP', PATH),
        topK: numberField(config, 'topK', PATH),
        seed: numberField(config, 'seed', PATH),
        frequencyPenalty: numberField(config, 'frequencyPenalty', PATH),
        presencePenalty: numberField(config, 'presencePenalty', PATH),
      },
      // 0 is the default of the field's type and means that there is no limit.
      maxOutputTokens: countField(config, 'maxOutputTokens', PATH) || null,
      stop: stopSequences(config),
      choiceCount: Math.max(1, countField(config, 'candidateCount', PATH) ?? 1),
      logprobs: logprobs(config),
      output: outputFormat(config),
      reasoning: reasoning(config),
    },
    rest: restOf(config, KNOWN),
  };
}

function stopSequences(config: JsonObject): readonly string[] {
  return (listField(config, 'stopSequences', PATH) ?? []).map((text, index) => {
    return typeof text === 'string' ? text : wrong(`${PATH}.stopSequences[${index}]`, 'must be a string');
  });
}

function logprobs(config: JsonObject): Fields['logprobs'] {
  if (booleanField(config, 'responseLogprobs', PATH) !== true) return null;
  return { top: countField(config, 'logprobs', PATH) ?? 0 };
}

function outputFormat(config: JsonObject): OutputFormat | null {
  const openApi = objectField(config, 'responseSchema', PATH);
  const schema =
    objectField(config, 'responseJsonSchema', PATH) ??
    objectField(config, '_responseJsonSchema', PATH) ??
    (openApi === null ? null : jsonSchemaOfOpenApi(openApi));
  if (schema !== null) return { kind: 'schema', schema, name: null, description: null, strict: null };
  return textField(config, 'responseMimeType', PATH) === 'application/json' ? { kind: 'json' } : null;
}

function reasoning(config: JsonObject): ReasoningWish | null {
  const given = objectField(config, 'thinkingConfig', PATH);
  if (given === null) return null;
  const path = `${PATH}.thinkingConfig`;
  const thinking = camelKeys(given);
  const budget = numberField(thinking, 'thinkingBudget', path);
  const shown = booleanField(thinking, 'includeThoughts', path);
  // -1: as much as the model sees fit.
  const budgetTokens = budget === null || budget <= 0 ? null : Math.round(budget);
  return { effort: budget === 0 ? 'none' : effortOfLevel(thinking, path), budgetTokens, shown };
}

function effortOfLevel(thinking: JsonObject, path: string): Effort | null {
  const level = textField(thinking, 'thinkingLevel', path)?.toLowerCase();
  if (level === undefined || level === 'thinking_level_unspecified') return null;
  const effort = EFFORTS.find((one) => one === level);
  return effort ?? wrong(`${path}.thinkingLevel`, 'must be MINIMAL, LOW, MEDIUM or HIGH');
}
