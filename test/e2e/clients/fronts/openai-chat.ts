import OpenAI from 'openai';
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { isObject } from '../../../../src/std/is-object.ts';
import type { Access, Client, Conversation, Failure, How, Question, Said } from './client.ts';
import { TOOLS } from './tools.ts';

/** `openai`, with chat completions. */
export const openaiChatClient: Client = {
  name: 'openai (chat)',
  dialect: 'openai-chat',
  finishes: { stop: 'stop', length: 'length', tool_calls: 'tool_calls', content_filter: 'content_filter' },
  counts: { cacheRead: true, reasoning: true },
  asksToSee: false,
  open,
  failureOf: openaiFailure,
};

/** The class of an error goes with its status. */
export function openaiFailure(error: unknown): Failure | null {
  if (!(error instanceof OpenAI.APIError)) return null;
  const status: unknown = error.status;
  if (typeof status !== 'number') return { status: null, message: error.message };
  const isOfItsClass =
    status === 400
      ? error instanceof OpenAI.BadRequestError
      : status === 429
        ? error instanceof OpenAI.RateLimitError
        : status < 500 || error instanceof OpenAI.InternalServerError;
  return isOfItsClass ? { status, message: error.message } : null;
}

export function openaiOf({ origin, key, fetch }: Access): OpenAI {
  return new OpenAI({ apiKey: key, baseURL: `${origin}/v1`, maxRetries: 0, fetch });
}

function open(access: Access): Conversation {
  const client = openaiOf(access);
  const messages: ChatCompletionMessageParam[] = [];
  let last: ChatCompletionMessage | null = null;
  const send = async (how: How): Promise<Said> => {
    const body: ChatCompletionCreateParamsNonStreaming = {
      model: access.model,
      messages,
      ...(how.tools === true ? { tools: TOOLS.map(toolOf) } : {}),
      ...(how.thinks === true ? { reasoning_effort: 'medium' } : {}),
    };
    const signal = how.signal === undefined ? {} : { signal: how.signal };
    const { completion, thought } = how.stream
      ? await streamed(client, body, how)
      : wholeOf(await client.chat.completions.create(body, signal));
    last = completion.choices[0]?.message ?? null;
    if (last !== null) messages.push(echoOf(last));
    return saidOf(completion, thought);
  };
  return {
    ask: (question, how) => {
      messages.push({ role: 'user', content: contentOf(question) });
      return send(how);
    },
    answer: (results, how) => {
      const answered = (last?.tool_calls ?? []).map(({ id }, index) => {
        return { role: 'tool' as const, tool_call_id: id, content: results[index] ?? '' };
      });
      messages.push(...answered.toReversed());
      return send(how);
    },
  };
}

interface Taken {
  readonly completion: ChatCompletion;
  readonly thought: string;
}

async function streamed(client: OpenAI, body: ChatCompletionCreateParamsNonStreaming, how: How): Promise<Taken> {
  const asked = { ...body, stream: true as const, stream_options: { include_usage: true } };
  const runner = client.chat.completions.stream(asked, how.signal === undefined ? {} : { signal: how.signal });
  let thought = '';
  runner.on('content', () => how.onText?.());
  runner.on('chunk', ({ choices }) => {
    thought += thoughtIn(choices[0]?.delta);
  });
  return { completion: await runner.finalChatCompletion(), thought };
}

function wholeOf(completion: ChatCompletion): Taken {
  return { completion, thought: thoughtIn(completion.choices[0]?.message) };
}

/** Servers with models that think have it beside `content`; the SDK has no type for it. */
function thoughtIn(value: unknown): string {
  const text = isObject(value) ? value['reasoning_content'] : undefined;
  return typeof text === 'string' ? text : '';
}

function toolOf({ name, description, schema }: (typeof TOOLS)[number]) {
  return { type: 'function' as const, function: { name, description, parameters: { ...schema } } };
}

function contentOf({ text, image }: Question): string | OpenAI.ChatCompletionContentPart[] {
  if (image === undefined) return text;
  const url = `data:${image.mediaType};base64,${image.bytes.toString('base64')}`;
  return [
    { type: 'text', text },
    { type: 'image_url', image_url: { url } },
  ];
}

/** What clients send back: what the API has fields for. */
function echoOf({ content, tool_calls: calls = [] }: ChatCompletionMessage): ChatCompletionMessageParam {
  const tool_calls = calls.flatMap((call) => {
    if (call.type !== 'function') return [];
    const { id, type, function: asked } = call;
    return [{ id, type, function: { name: asked.name, arguments: asked.arguments } }];
  });
  return { role: 'assistant', content, ...(tool_calls.length === 0 ? {} : { tool_calls }) };
}

function saidOf({ choices, usage }: ChatCompletion, thought: string): Said {
  const [choice] = choices;
  return {
    text: choice?.message.content ?? '',
    thought,
    calls: (choice?.message.tool_calls ?? []).flatMap((call) => {
      if (call.type !== 'function') return [];
      return [{ id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown }];
    }),
    finish: choice?.finish_reason ?? null,
    usage: {
      input: usage?.prompt_tokens ?? null,
      output: usage?.completion_tokens ?? null,
      cacheRead: usage?.prompt_tokens_details?.cached_tokens ?? null,
      reasoning: usage?.completion_tokens_details?.reasoning_tokens ?? null,
    },
  };
}
