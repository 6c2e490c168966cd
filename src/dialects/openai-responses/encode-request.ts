import type { ResponseCreateParamsBase } from 'openai/resources/responses/responses';
import type { JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest, Message } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { clampedField } from '../dialect.ts';
import type { EncodedRequest, EncodeTarget } from '../dialect.ts';
import { extraNames } from '../extra-names.ts';
import { ONLY_JSON, saysJson, withInstruction } from '../instruction.ts';
import { openAiModel } from '../openai-models.ts';
import { shortKey } from '../short-key.ts';
import { COMMON_NAMES, toolNamesFor } from '../tool-names.ts';
import { encodeInput } from './encode-input.ts';
import { encodeInclude, encodeReasoning, encodeSampling, encodeText } from './encode-options.ts';
import type { Drop } from './encode-options.ts';
import { encodeToolFields } from './encode-tools.ts';

/** OpenAI answers 400 to fewer ("integer below minimum value. Expected a value >= 16"). */
const MIN_OUTPUT_TOKENS = 16;
const SERVICE_TIERS = ['auto', 'default', 'flex', 'scale', 'priority'] as const;

/**
 * A body for `POST /responses`. Nothing is stored at OpenAI (`store: false`): thoughts come back encrypted, and the
 * ids of items, which would refer to stored ones, are left out but for those of thoughts.
 */
export function encodeRequest(request: CanonicalRequest, target: EncodeTarget): EncodedRequest {
  const dropped = new Set<string>();
  const drop: Drop = (name) => void dropped.add(name);
  const clamped = new Set<string>();
  const clamp: Drop = (name) => void clamped.add(name);
  const model = openAiModel(target.model);
  const names = toolNamesFor(request, COMMON_NAMES);
  const extras = extrasFor(request, drop);
  const reasoning = encodeReasoning(request, target.quirks, model, { drop, clamp });
  const sampling = encodeSampling(request, target.quirks, model, reasoning, drop);
  const include = encodeInclude(model, reasoning, sampling);
  const text = encodeText(request, model, drop);
  const body: ResponseCreateParamsBase = {
    model: target.model,
    input: encodeInput({ ...request, messages: messagesOf(request) }, target.quirks, names),
    store: false,
    ...(request.stream ? { stream: true } : {}),
    ...encodeToolFields(request, names, drop),
    ...(text === null ? {} : { text }),
    ...(reasoning === null ? {} : { reasoning }),
    ...(include.length === 0 ? {} : { include }),
    ...sampling,
    ...tokenLimit(request.maxOutputTokens, target.maxOutputTokens, clamp),
    ...(request.user === null ? {} : { safety_identifier: shortKey(request.user) }),
    ...(request.cacheKey === null ? {} : { prompt_cache_key: shortKey(request.cacheKey) }),
    ...serviceTier(request, drop),
  };
  dropWhatHasNoWord(request, drop);
  return { body: withExtras(body, extras), dropped: [...dropped], ...clampedField(clamped), headers: {} };
}

/** With what has to be said in words as well. */
function messagesOf({ messages, output }: CanonicalRequest): readonly Message[] {
  return withInstruction(messages, output?.kind === 'json' && !saysJson(messages) ? ONLY_JSON : null);
}

/** Fields of this dialect's own go back as they came; those of another mean nothing here. */
function extrasFor({ extras }: CanonicalRequest, drop: Drop): JsonObject {
  if (extras.origin === 'openai-responses') return extras.fields;
  for (const name of extraNames(extras)) drop(name);
  return {};
}

/** `text`, `reasoning` and `include` may have been understood in part. */
function withExtras(body: ResponseCreateParamsBase, extras: JsonObject): JsonObject {
  const { text, reasoning, include, ...others } = extras;
  const entries = [...(body.include ?? []), ...(Array.isArray(include) ? (include as unknown[]) : [])];
  return {
    ...others,
    ...body,
    ...(isObject(text) ? { text: { ...text, ...body.text } } : {}),
    ...(isObject(reasoning) ? { reasoning: { ...reasoning, ...body.reasoning } } : {}),
    ...(entries.length > 0 ? { include: entries } : {}),
  };
}

function tokenLimit(
  asked: number | null,
  most: number | null,
  clamp: Drop,
): Pick<ResponseCreateParamsBase, 'max_output_tokens'> {
  if (asked === null) return {};
  if (asked < MIN_OUTPUT_TOKENS) clamp('max_tokens');
  return { max_output_tokens: Math.max(MIN_OUTPUT_TOKENS, most === null ? asked : Math.min(asked, most)) };
}

function serviceTier(
  { serviceTier: asked }: CanonicalRequest,
  drop: Drop,
): Pick<ResponseCreateParamsBase, 'service_tier'> {
  if (asked === null) return {};
  const tier = SERVICE_TIERS.find((known) => known === asked);
  if (tier === undefined) drop('service_tier');
  return tier === undefined ? {} : { service_tier: tier };
}

function dropWhatHasNoWord({ sampling, stop, choiceCount }: CanonicalRequest, drop: Drop): void {
  if (sampling.topK !== null) drop('top_k');
  if (sampling.seed !== null) drop('seed');
  if ((sampling.frequencyPenalty ?? 0) !== 0) drop('frequency_penalty');
  if ((sampling.presencePenalty ?? 0) !== 0) drop('presence_penalty');
  if (stop.length > 0) drop('stop');
  if (choiceCount > 1) drop('n');
}
