import { contextFor } from './context.ts';
import type { EncodedRequest, EncodeTarget } from '../dialect.ts';
import { encodeExtras } from './extras.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeTools } from './tools.ts';
import { asksForDetail } from '../image-detail.ts';
import { formBesideTools, withInstruction } from '../instruction.ts';
import { estimatePromptTokens } from '../prompt-estimate.ts';
import type { CanonicalRequest, Message, OutputFormat } from '../../canonical/request.ts';
import type { ChatBody, Think } from './wire.ts';
import type { GenerateRequest } from 'ollama';
import type { JsonObject } from '../../canonical/parts.ts';
import { thinkOf } from './models.ts';

/** Most alternatives that are told at a place (`top_logprobs` in `server/routes.go`). */
const MAX_LOGPROBS = 20;
/** Room for an answer whose length the request does not limit. */
const ANSWER_TOKENS = 2_048;

/**
 * Every name that stands in `dropped`, besides `tools.NAME` of the tools that a provider runs itself and the names of
 * fields that another dialect alone knows.
 */
export const DROPPED_NAMES = [
  'image_detail',
  'n',
  'parallel_tool_calls',
  'reasoning',
  'response_format',
  'service_tier',
  'tool_choice',
  'tools.strict',
  'user',
  'verbosity',
] as const;

/** A body for `/api/chat`. Prompts that are too long are refused (`truncate: false`), not cut silently. */
export function encodeRequest(request: CanonicalRequest, target: EncodeTarget): EncodedRequest {
  const dropped = new Set<string>(droppedFields(request));
  const tools = encodeTools(request, dropped);
  const extras = encodeExtras(request, dropped);
  const think = encodeThink(request, target, dropped);
  const context = contextOption(request, target, extras.options);
  const isInWords = request.output !== null && tools.length > 0;
  if (isInWords) dropped.add('response_format');
  const body: ChatBody = {
    model: target.model,
    messages: encodeMessages(isInWords ? withForm(request) : request.messages, target.quirks),
    stream: request.stream,
    truncate: extras.truncate,
    ...(tools.length === 0 ? {} : { tools }),
    ...(request.output === null || isInWords ? {} : { format: formatOf(request.output) }),
    ...(think === null ? {} : { think }),
    ...(request.logprobs === null
      ? {}
      : { logprobs: true, top_logprobs: Math.min(request.logprobs.top, MAX_LOGPROBS) }),
    options: { ...optionsOf(request), ...extras.options, ...context },
    ...extras.fields,
  };
  const loads = context.num_ctx === undefined ? {} : { contextTokens: context.num_ctx };
  return { body: { ...body }, dropped: [...dropped], headers: {}, ...loads };
}

/** A body for `/api/generate`: the texts of the request's messages are the prompt. */
export function encodeGenerateRequest(request: CanonicalRequest, target: EncodeTarget): EncodedRequest {
  const { suffix, ...others } = request.extras.fields;
  const isOwn = request.extras.origin === 'ollama';
  const asChat = { ...request, extras: { ...request.extras, fields: isOwn ? request.extras.fields : others } };
  const { body, ...encoded } = encodeRequest(asChat, target);
  const settings = Object.fromEntries(Object.entries(body).filter(([key]) => key !== 'messages' && key !== 'tools'));
  const prompt = request.messages.flatMap(textsOf).join('\n');
  const between = typeof suffix === 'string' && suffix !== '' ? { suffix } : {};
  return { ...encoded, body: { ...settings, prompt, ...between } satisfies Partial<GenerateRequest> };
}

function textsOf(message: Message): readonly string[] {
  if (message.role === 'tool') return [];
  return message.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
}

function droppedFields(request: CanonicalRequest): (typeof DROPPED_NAMES)[number][] {
  return [
    ...(asksForDetail(request) ? (['image_detail'] as const) : []),
    ...(request.choiceCount > 1 ? (['n'] as const) : []),
    ...(request.parallelToolCalls === false ? (['parallel_tool_calls'] as const) : []),
    ...(request.user === null ? [] : (['user'] as const)),
    ...(request.verbosity === null ? [] : (['verbosity'] as const)),
    ...(request.serviceTier === null ? [] : (['service_tier'] as const)),
  ];
}

function encodeThink(request: CanonicalRequest, target: EncodeTarget, dropped: Set<string>): Think | null {
  const think = thinkOf(request.reasoning, target.model);
  // A model that does not think refuses to be told to, and takes it that it is told not to.
  if (target.quirks.reasoning !== 'none' || think === null || think === false) return think;
  dropped.add('reasoning');
  return null;
}

/** Ollama holds all that a model writes to `format`, the calls of tools too: with both no tool was ever called. */
function withForm({ messages, output }: CanonicalRequest): readonly Message[] {
  return withInstruction(messages, output === null ? null : formBesideTools(output));
}

function formatOf(output: OutputFormat): string | JsonObject {
  return output.kind === 'json' ? 'json' : output.schema;
}

function optionsOf({ sampling, maxOutputTokens, stop }: CanonicalRequest): NonNullable<ChatBody['options']> {
  return {
    ...(sampling.temperature === null ? {} : { temperature: sampling.temperature }),
    ...(sampling.topP === null ? {} : { top_p: sampling.topP }),
    ...(sampling.topK === null ? {} : { top_k: sampling.topK }),
    ...(sampling.seed === null ? {} : { seed: sampling.seed }),
    ...(sampling.frequencyPenalty === null ? {} : { frequency_penalty: sampling.frequencyPenalty }),
    ...(sampling.presencePenalty === null ? {} : { presence_penalty: sampling.presencePenalty }),
    ...(maxOutputTokens === null ? {} : { num_predict: maxOutputTokens }),
    ...(stop.length === 0 ? {} : { stop: [...stop] }),
  };
}

/** None where the client chose a context itself. */
function contextOption(request: CanonicalRequest, target: EncodeTarget, chosen: JsonObject): { num_ctx?: number } {
  if (chosen['num_ctx'] !== undefined) return {};
  const limit = request.maxOutputTokens ?? ANSWER_TOKENS;
  const answer = target.maxOutputTokens === null ? limit : Math.min(limit, target.maxOutputTokens);
  const known = { modelMax: target.contextTokens, loaded: target.loadedContextTokens };
  const prompt = Math.max(estimatePromptTokens(request), target.exceededContextTokens ?? 0);
  return { num_ctx: contextFor(prompt + Math.max(answer, 1), known) };
}
