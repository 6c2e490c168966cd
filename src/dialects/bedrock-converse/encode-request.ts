import type { JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest } from '../../canonical/request.ts';
import { roomForAnswer } from '../answer-room.ts';
import { clampedField } from '../dialect.ts';
import type { EncodedRequest, EncodeTarget } from '../dialect.ts';
import { asksForDetail } from '../image-detail.ts';
import { extraNames } from '../extra-names.ts';
import type { DroppedName, Dropped } from './dropped.ts';
import { Documents } from './media.ts';
import { modelOf } from './models.ts';
import type { ConverseModel } from './models.ts';
import { thinkingFor } from './reasoning.ts';
import type { Thinking } from './reasoning.ts';
import { ToolIds } from './tool-ids.ts';
import { encodeTools, requestTools } from './tools.ts';
import type { EncodedTools } from './tools.ts';
import { encodeTurns } from './turns.ts';
import type { ConverseBody, InferenceConfig, Turn } from './wire.ts';

/** API_runtime_ServiceTier; the words of other dialects that mean one of them. */
const SERVICE_TIERS: ReadonlyMap<string, string> = new Map([
  ['default', 'default'],
  ['standard_only', 'default'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  ['reserved', 'reserved'],
]);

/** The model is in the path; whether to stream, too. Throws a `GatewayError` (400) for content that Bedrock lacks. */
export function encodeRequest(request: CanonicalRequest, target: EncodeTarget): EncodedRequest {
  const dropped: Dropped = new Set();
  const model = modelOf(target.model);
  const { names } = requestTools(request);
  const blocks = { model, names, ids: new ToolIds(model.family === 'mistralai'), documents: new Documents(), dropped };
  const { system, messages } = encodeTurns(request.messages, blocks);
  const tools = encodeTools(request, model, toolNamesIn(messages), dropped);
  const thinking = thinkingFor({
    wish: request.reasoning,
    model,
    maxOutputTokens: maxTokensOf(request, target, model),
    modelLimit: target.maxOutputTokens,
    isToolForced: tools.isForced && model.family === 'claude',
    lacksThoughts: lacksThoughts(messages),
  });
  if (thinking.isDropped) dropped.add('reasoning');
  if (tools.instruction !== null) system.push({ text: tools.instruction });
  const body: ConverseBody = {
    ...(system.length === 0 ? {} : { system }),
    messages,
    ...inferenceConfig(request, model, thinking, dropped),
    ...(tools.config === null ? {} : { toolConfig: tools.config }),
    ...modelFields(request, model, thinking, tools, dropped),
    ...stopSequencePath(request, model),
    ...serviceTier(request, dropped),
  };
  for (const name of unspoken(request)) dropped.add(name);
  const accept = request.stream ? 'application/vnd.amazon.eventstream' : 'application/json';
  const unsaid = new Set<string>([...dropped, ...extraNames(request.extras)]);
  return {
    body: { ...body },
    dropped: [...unsaid],
    ...clampedField(clampedIn(request, body, thinking)),
    headers: { accept },
  };
}

/** What is sent otherwise than it was asked for. */
function clampedIn({ sampling }: CanonicalRequest, { inferenceConfig }: ConverseBody, { isLeast }: Thinking): string[] {
  const sent = inferenceConfig?.temperature;
  return [
    ...(sent === undefined || sent === sampling.temperature ? [] : ['temperature']),
    ...(isLeast === true ? ['reasoning'] : []),
  ];
}

/** Bedrock refuses more than the model can write (Claude Code asks for 32,000 whatever the model). */
function maxTokensOf(request: CanonicalRequest, target: EncodeTarget, model: ConverseModel): number | null {
  const asked = request.maxOutputTokens;
  if (asked === null) return null;
  const limit = target.maxOutputTokens ?? model.maxOutputTokens ?? Infinity;
  return Math.min(asked, limit, roomForAnswer(request, target.contextTokens, asked));
}

function toolNamesIn(messages: readonly Turn[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { content } of messages)
    for (const block of content) {
      if ('toolUse' in block) names.add(block.toolUse.name);
    }
  return names;
}

/** With a budget for thinking, Claude wants the assistant's last turn to begin with its thoughts. */
function lacksThoughts(messages: readonly Turn[]): boolean {
  const last = messages.findLast(({ role }) => role === 'assistant');
  const [first] = last?.content ?? [];
  const isOpen = messages.at(-1)?.content.some((block) => 'toolResult' in block) === true;
  return isOpen && first !== undefined && !('reasoningContent' in first);
}

function inferenceConfig(
  request: CanonicalRequest,
  model: ConverseModel,
  thinking: Thinking,
  dropped: Dropped,
): { inferenceConfig?: InferenceConfig } {
  const { maxTokens } = thinking;
  const stopSequences = stopsFor(request, model, dropped);
  const config: InferenceConfig = {
    ...(maxTokens === null ? {} : { maxTokens }),
    ...samplingFor(request, model, thinking, dropped),
    ...(stopSequences.length === 0 ? {} : { stopSequences }),
  };
  return Object.keys(config).length === 0 ? {} : { inferenceConfig: config };
}

function samplingFor(
  { sampling: { temperature, topP } }: CanonicalRequest,
  model: ConverseModel,
  { excludesSampling }: Thinking,
  dropped: Dropped,
): InferenceConfig {
  const takesNone = model.sampling === 'none' || excludesSampling;
  if (takesNone && temperature !== null) dropped.add('temperature');
  const isSecond = model.sampling === 'one' && temperature !== null;
  if ((takesNone || isSecond) && topP !== null) dropped.add('top_p');
  if (takesNone) return {};
  return {
    // OpenAI counts up to 2, all of Bedrock to 1.
    ...(temperature === null ? {} : { temperature: Math.min(1, Math.max(0, temperature)) }),
    ...(topP === null || isSecond ? {} : { topP }),
  };
}

function stopsFor({ stop }: CanonicalRequest, { maxStops }: ConverseModel, dropped: Dropped): string[] {
  const taken = stop.filter((text) => text.trim() !== '').slice(0, maxStops);
  if (taken.length < stop.length) dropped.add('stop');
  return taken;
}

/** `additionalModelRequestFields`: what goes to the model as it stands. */
function modelFields(
  request: CanonicalRequest,
  model: ConverseModel,
  thinking: Thinking,
  tools: EncodedTools,
  dropped: Dropped,
): { additionalModelRequestFields?: JsonObject } {
  const fields = { ...thinking.fields, ...tools.fields, ...topKFor(request, model, thinking, dropped) };
  return Object.keys(fields).length === 0 ? {} : { additionalModelRequestFields: fields };
}

function topKFor(
  { sampling: { topK } }: CanonicalRequest,
  { family, sampling }: ConverseModel,
  { excludesSampling }: Thinking,
  dropped: Dropped,
): JsonObject {
  if (topK === null) return {};
  if (!excludesSampling && sampling !== 'none') {
    if (family === 'claude' || family === 'mistralai') return { top_k: topK };
    // docs.aws.amazon.com/nova/latest/userguide/using-converse-api.html
    if (family === 'nova') return { inferenceConfig: { topK } };
  }
  dropped.add('top_k');
  return {};
}

/** Claude says which stop sequence ended it; Converse passes that on when it is asked to. */
function stopSequencePath({ stop, stream }: CanonicalRequest, { family }: ConverseModel) {
  if (stop.length === 0 || family !== 'claude') return {};
  return { additionalModelResponseFieldPaths: [stream ? '/delta/stop_sequence' : '/stop_sequence'] };
}

function serviceTier({ serviceTier: tier }: CanonicalRequest, dropped: Dropped): { serviceTier?: { type: string } } {
  if (tier === null || tier === 'auto') return {};
  const type = SERVICE_TIERS.get(tier);
  if (type !== undefined) return { serviceTier: { type } };
  dropped.add('service_tier');
  return {};
}

function unspoken(request: CanonicalRequest): DroppedName[] {
  const { sampling } = request;
  const said: readonly (readonly [DroppedName, boolean])[] = [
    ['frequency_penalty', (sampling.frequencyPenalty ?? 0) !== 0],
    ['image_detail', asksForDetail(request)],
    ['logprobs', request.logprobs !== null],
    ['n', request.choiceCount > 1],
    ['presence_penalty', (sampling.presencePenalty ?? 0) !== 0],
    ['seed', sampling.seed !== null],
    ['user', request.user !== null],
    ['verbosity', request.verbosity !== null],
  ];
  return said.filter(([, isSaid]) => isSaid).map(([name]) => name);
}
