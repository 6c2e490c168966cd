import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, jsonSchema, streamText, tool } from 'ai';
import type { LanguageModel, LanguageModelUsage, ModelMessage, ToolSet, TypedToolCall, UserContent } from 'ai';
import { isObject } from '../../../../src/std/is-object.ts';
import type { Client, Conversation, Failure, How, Question, Said } from './client.ts';
import { MAX_TOKENS, THINKING_TOKENS, TOOLS } from './tools.ts';

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>;

const COMMON = {
  finishes: { stop: 'stop', length: 'length', tool_calls: 'tool-calls', content_filter: 'content-filter' },
  counts: { cacheRead: true, reasoning: true },
  asksToSee: true,
  failureOf,
} as const;

/** Vercel's `ai` with `@ai-sdk/openai-compatible`. */
export const aiSdkCompatibleClient: Client = {
  ...COMMON,
  asksToSee: false,
  name: 'ai (openai-compatible)',
  dialect: 'openai-chat',
  open: (access) => {
    const { origin, key, fetch, model } = access;
    const settings = { name: 'llmgw', apiKey: key, baseURL: `${origin}/v1`, includeUsage: true, fetch };
    return openWith(createOpenAICompatible(settings)(model), () => ({}), { llmgw: { reasoningEffort: 'medium' } });
  },
};

/** Vercel's `ai` with `@ai-sdk/openai`, whose models speak Responses; nothing is stored. */
export const aiSdkOpenaiClient: Client = {
  ...COMMON,
  name: 'ai (openai)',
  dialect: 'openai-responses',
  open: ({ origin, key, fetch, model }) =>
    openWith(
      createOpenAI({ apiKey: key, baseURL: `${origin}/v1`, fetch })(model),
      // It tells models that think by their names.
      () => ({ openai: { store: false, forceReasoning: true } }),
      { openai: { store: false, forceReasoning: true, reasoningEffort: 'medium', reasoningSummary: 'auto' } },
    ),
};

/** The same as it is when nothing is set: it refers to what was said by the ids of its items. */
export const aiSdkOpenaiStoredClient: Client = {
  ...COMMON,
  name: 'ai (openai, stored)',
  dialect: 'openai-responses',
  open: ({ origin, key, fetch, model }) =>
    openWith(createOpenAI({ apiKey: key, baseURL: `${origin}/v1`, fetch })(model), () => ({}), {
      openai: { forceReasoning: true, reasoningEffort: 'medium', reasoningSummary: 'auto' },
    }),
};

/** Vercel's `ai` with `@ai-sdk/anthropic`. */
export const aiSdkAnthropicClient: Client = {
  ...COMMON,
  asksToSee: false,
  name: 'ai (anthropic)',
  dialect: 'anthropic-messages',
  open: ({ origin, key, fetch, model }) =>
    openWith(createAnthropic({ apiKey: key, baseURL: `${origin}/v1`, fetch })(model), () => ({}), {
      anthropic: { thinking: { type: 'enabled', budgetTokens: THINKING_TOKENS } },
    }),
};

/** Vercel's `ai` with `@ai-sdk/google`. */
export const aiSdkGoogleClient: Client = {
  ...COMMON,
  name: 'ai (google)',
  dialect: 'gemini',
  open: ({ origin, key, fetch, model }) =>
    openWith(createGoogleGenerativeAI({ apiKey: key, baseURL: `${origin}/v1beta`, fetch })(model), () => ({}), {
      google: { thinkingConfig: { includeThoughts: true, thinkingLevel: 'medium' } },
    }),
};

/** What a stream says of its own failure is no error of a class. */
function failureOf(error: unknown): Failure | null {
  if (APICallError.isInstance(error)) return { status: error.statusCode ?? null, message: error.message };
  if (error instanceof ErrorPart) return { status: null, message: error.message };
  return null;
}

/** An `error` among the parts of a stream. */
class ErrorPart extends Error {
  override readonly name = 'ErrorPart';
}

function openWith(model: LanguageModel, plain: () => ProviderOptions, thinking: ProviderOptions): Conversation {
  const messages: ModelMessage[] = [];
  let calls: readonly TypedToolCall<ToolSet>[] = [];
  const send = async (how: How): Promise<Said> => {
    const asked = {
      model,
      messages,
      maxOutputTokens: MAX_TOKENS,
      maxRetries: 0,
      providerOptions: how.thinks === true ? thinking : plain(),
      ...(how.tools === true ? { tools: TOOL_SET } : {}),
      ...(how.signal === undefined ? {} : { abortSignal: how.signal }),
    };
    const taken = how.stream ? await streamed(asked, how) : await whole(asked);
    messages.push(...taken.messages);
    calls = taken.calls;
    return saidOf(taken);
  };
  return {
    ask: (question, how) => {
      messages.push({ role: 'user', content: contentOf(question) });
      return send(how);
    },
    answer: (results, how) => {
      const content = calls.map(({ toolCallId, toolName }, index) => {
        const output = { type: 'text' as const, value: results[index] ?? '' };
        return { type: 'tool-result' as const, toolCallId, toolName, output };
      });
      messages.push({ role: 'tool', content: content.toReversed() });
      return send(how);
    },
  };
}

const TOOL_SET: ToolSet = Object.fromEntries(
  TOOLS.map(({ name, description, schema }) => [name, tool({ description, inputSchema: jsonSchema(schema) })]),
);

interface Taken {
  readonly text: string;
  readonly thought: string;
  readonly calls: readonly TypedToolCall<ToolSet>[];
  readonly finish: string;
  readonly usage: LanguageModelUsage;
  readonly messages: readonly ModelMessage[];
}

type Asked = Parameters<typeof generateText<ToolSet>>[0] & Parameters<typeof streamText<ToolSet>>[0];

async function whole(asked: Asked): Promise<Taken> {
  const { text, reasoningText = '', toolCalls, finishReason, usage, response } = await generateText(asked);
  return { text, thought: reasoningText, calls: toolCalls, finish: finishReason, usage, messages: response.messages };
}

async function streamed(asked: Asked, how: How): Promise<Taken> {
  const result = streamText({ ...asked, onError: () => undefined });
  for await (const part of result.fullStream) {
    if (part.type === 'text-delta') how.onText?.();
    if (part.type === 'abort') throw new Error('stopped');
    if (part.type === 'error')
      throw APICallError.isInstance(part.error) ? part.error : new ErrorPart(textOf(part.error));
  }
  return {
    text: await result.text,
    thought: (await result.reasoningText) ?? '',
    calls: await result.toolCalls,
    finish: await result.finishReason,
    usage: await result.usage,
    messages: (await result.response).messages,
  };
}

function textOf(error: unknown): string {
  if (error instanceof Error || (isObject(error) && typeof error['message'] === 'string'))
    return String(error['message']);
  return typeof error === 'string' ? error : JSON.stringify(error);
}

function contentOf({ text, image }: Question): UserContent {
  if (image === undefined) return text;
  return [
    { type: 'text', text },
    { type: 'image', image: image.bytes, mediaType: image.mediaType },
  ];
}

function saidOf({ text, thought, calls, finish, usage }: Taken): Said {
  return {
    text,
    thought,
    calls: calls.map(({ toolCallId: id, toolName: name, input }) => ({ id, name, arguments: input })),
    finish,
    usage: {
      input: usage.inputTokens ?? null,
      output: usage.outputTokens ?? null,
      cacheRead: usage.inputTokenDetails.cacheReadTokens ?? null,
      reasoning: usage.outputTokenDetails.reasoningTokens ?? null,
    },
  };
}
