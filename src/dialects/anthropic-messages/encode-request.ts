import type { MessageCreateParamsBase, OutputConfig } from '@anthropic-ai/sdk/resources/messages';
import type { JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest, OutputFormat } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { roomForAnswer } from '../answer-room.ts';
import { clampedField } from '../dialect.ts';
import type { EncodedRequest, EncodeTarget } from '../dialect.ts';
import { extraNames } from '../extra-names.ts';
import { COMMON_NAMES, toolNamesFor } from '../tool-names.ts';
import { limitCacheMarks } from './cache-marks.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeTools } from './encode-tools.ts';
import type { EncodedTools } from './encode-tools.ts';
import { traitsOf } from './models.ts';
import { encodeSampling } from './sampling.ts';
import { fitsStructuredOutput, strictSchema } from './schema.ts';
import { ORIGIN } from './states.ts';
import { planThinking } from './thinking.ts';
import type { ThinkingPlan } from './thinking.ts';
import type { Writing } from './writing.ts';

/** For models of which nothing is known: what the smallest that are still in use can say. */
const DEFAULT_MAX_TOKENS = 8_192;
/** The version of the API that Vertex AI wants in the body (Anthropic's page on Vertex AI). */
const VERTEX_VERSION = 'vertex-2023-10-16';
const JSON_HINT = 'Answer with one JSON object and nothing else: no code fence, no words before or after it.';
/** Longer ids of users are refused. */
const MAX_USER_CHARACTERS = 512;

type Schema = Extract<OutputFormat, { kind: 'schema' }>;

/** A body of `/v1/messages`. */
export function encodeRequest(request: CanonicalRequest, target: EncodeTarget): EncodedRequest {
  const writing: Writing = {
    target,
    traits: traitsOf(target.model),
    names: toolNamesFor(request, COMMON_NAMES),
    dropped: new Set(),
    clamped: new Set(),
    betas: new Set(),
  };
  const { system, turns } = encodeMessages(request.messages, writing);
  const { native, asTool } = placeOfSchema(request, writing);
  const tools = encodeTools(request, asTool, turns, writing);
  const limitTokens = target.maxOutputTokens ?? writing.traits.maxOutputTokens;
  const plan = planThinking({
    wish: request.reasoning,
    traits: writing.traits,
    maxTokens: maxTokensOf(request, target, limitTokens),
    isForced: tools.choice?.type === 'any' || tools.choice?.type === 'tool',
    turns,
  });
  if (plan.isLost) writing.dropped.add('reasoning');
  if (plan.isLeast === true) writing.clamped.add('reasoning');
  if (request.output?.kind === 'json') system.push({ type: 'text', text: JSON_HINT });
  const body: MessageCreateParamsBase = {
    model: target.model,
    max_tokens: plan.maxTokens,
    ...(system.length === 0 ? {} : { system }),
    messages: turns,
    ...toolFields(tools),
    ...(plan.thinking === null ? {} : { thinking: plan.thinking }),
    ...outputConfigField(plan, native),
    ...encodeSampling(request, isThinking(plan), writing),
    ...userField(request, writing),
    ...tierField(request, writing),
    ...(request.stream ? { stream: true } : {}),
  };
  noteUnsaid(request, writing);
  const whole = withExtras(body, request, writing);
  limitCacheMarks(
    [...tools.tools, ...system, ...turns.flatMap(({ content }) => content)],
    isObject(whole['cache_control']) ? 1 : 0,
  );
  const { dropped, clamped } = writing;
  return {
    ...{ body: forFlavour(whole, target), headers: betaHeader(writing) },
    ...{ dropped: [...dropped], ...clampedField(clamped) },
  };
}

/** A schema for the answer goes into `output_config` where the model has that and the schema can be said there. */
function placeOfSchema(
  { output }: CanonicalRequest,
  { traits }: Writing,
): { readonly native: Schema | null; readonly asTool: Schema | null } {
  if (output?.kind !== 'schema') return { native: null, asTool: null };
  const isNative = traits.structuredOutput && (!traits.forcedTools || fitsStructuredOutput(output.schema));
  return isNative ? { native: output, asTool: null } : { native: null, asTool: output };
}

/** Some have answers that may be as long as their context (Moonshot): the prompt needs room as well. */
function maxTokensOf(request: CanonicalRequest, { contextTokens }: EncodeTarget, limitTokens: number | null): number {
  const asked = request.maxOutputTokens ?? limitTokens ?? DEFAULT_MAX_TOKENS;
  return Math.min(asked, limitTokens ?? Infinity, roomForAnswer(request, contextTokens, asked));
}

function toolFields({ tools, choice }: EncodedTools): Pick<MessageCreateParamsBase, 'tools' | 'tool_choice'> {
  if (tools.length === 0) return {};
  return { tools, ...(choice === null ? {} : { tool_choice: choice }) };
}

function outputConfigField({ effort }: ThinkingPlan, schema: Schema | null): { output_config?: OutputConfig } {
  if (effort === null && schema === null) return {};
  return {
    output_config: {
      ...(effort === null ? {} : { effort }),
      ...(schema === null ? {} : { format: { type: 'json_schema', schema: strictSchema(schema.schema) } }),
    },
  };
}

function isThinking({ thinking }: ThinkingPlan): boolean {
  return thinking !== null && thinking.type !== 'disabled';
}

/** Anthropic wants no names, addresses or telephone numbers here. */
function userField({ user }: CanonicalRequest, { dropped }: Writing): Pick<MessageCreateParamsBase, 'metadata'> {
  if (user === null || user === '') return {};
  const isPersonal = /^\S+@\S+\.\S+$/.test(user) || /^\+?[\d\s().-]{7,20}$/.test(user);
  if (!isPersonal && user.length <= MAX_USER_CHARACTERS) return { metadata: { user_id: user } };
  dropped.add('user');
  return {};
}

function tierField(
  { serviceTier }: CanonicalRequest,
  { dropped }: Writing,
): Pick<MessageCreateParamsBase, 'service_tier'> {
  if (serviceTier === null) return {};
  if (serviceTier === 'auto') return { service_tier: 'auto' };
  if (serviceTier === 'default') return { service_tier: 'standard_only' };
  dropped.add('service_tier');
  return {};
}

function noteUnsaid(request: CanonicalRequest, { dropped }: Writing): void {
  if (request.choiceCount > 1) dropped.add('n');
  if (request.logprobs !== null) dropped.add('logprobs');
  if (request.verbosity !== null) dropped.add('verbosity');
}

/** Fields that only this dialect knows go back to where they were. */
function withExtras(body: MessageCreateParamsBase, { extras }: CanonicalRequest, { dropped }: Writing): JsonObject {
  const written: JsonObject = { ...body };
  if (extras.origin !== ORIGIN) {
    for (const name of extraNames(extras)) dropped.add(name);
    return written;
  }
  const merged: Record<string, unknown> = { ...extras.fields, ...written };
  for (const key of ['output_config', 'metadata']) {
    const [extra, own] = [extras.fields[key], written[key]];
    if (isObject(extra) && isObject(own)) merged[key] = { ...extra, ...own };
  }
  return merged;
}

/** Vertex AI has the model in the path. */
function forFlavour(body: JsonObject, { quirks }: EncodeTarget): JsonObject {
  if (quirks.flavour !== 'google-cloud') return body;
  const rest = Object.fromEntries(Object.entries(body).filter(([key]) => key !== 'model'));
  return { anthropic_version: VERTEX_VERSION, ...rest };
}

function betaHeader({ betas }: Writing): Readonly<Record<string, string>> {
  return betas.size === 0 ? {} : { 'anthropic-beta': [...betas].join(',') };
}
