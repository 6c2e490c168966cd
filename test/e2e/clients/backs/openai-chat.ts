import { COUNTED } from '../scenario.ts';
import type { Asked, Played, PlayedCall, PlayedFinish, SeenImage, ToolTurn } from '../scenario.ts';
import type { Arrived, DialectBack } from './dialect-back.ts';
import { Refusal, refuseUnless } from './dialect-back.ts';
import { imageOfDataUri, parsedArguments } from './reading.ts';
import { readStrictly, z } from './strict-body.ts';

/** Chat completions, as OpenAI's own API takes them (its reference, August 2026), with thoughts as others show them. */
export const openaiChatBack: DialectBack = {
  basePath: '/v1',
  streamType: 'text/event-stream; charset=utf-8',
  read,
  whole,
  stream,
  failure: (failure, message) => {
    switch (failure) {
      case 'rate-limited':
        return { status: 429, body: error('Rate limit reached for gpt-5.5.', 'requests', 'rate_limit_exceeded') };
      case 'overflow':
        return {
          status: 400,
          body: error(
            "This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens.",
            'invalid_request_error',
            'context_length_exceeded',
          ),
        };
      case 'overloaded':
        return { status: 503, body: error('The engine is currently overloaded.', 'server_error', null) };
      case 'malformed':
        return { status: 400, body: error(message, 'invalid_request_error', null) };
    }
  },
  failureInStream: (failure) =>
    event(
      failure === 'overloaded'
        ? error('The engine is currently overloaded.', 'server_error', 'overloaded')
        : error('The server had an error while processing.', 'server_error', null),
    ),
};

const textPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const textContent = z.union([z.string(), z.array(textPart).min(1)]);
const userPart = z.discriminatedUnion('type', [
  textPart,
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.string(), detail: z.enum(['auto', 'low', 'high']).optional() }),
  }),
]);
const call = z.strictObject({
  id: z.string().max(40),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().regex(/^[\w-]{1,64}$/), arguments: z.string() }),
});
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: textContent }),
  z.strictObject({ role: z.literal('developer'), content: textContent }),
  z.strictObject({ role: z.literal('user'), content: z.union([z.string(), z.array(userPart).min(1)]) }),
  z.strictObject({
    role: z.literal('assistant'),
    content: textContent.nullish(),
    refusal: z.string().nullish(),
    tool_calls: z.array(call).min(1).optional(),
    annotations: z.array(z.unknown()).optional(),
    /** OpenAI's own API does not know it; who shows thoughts in chat completions takes them back. */
    reasoning_content: z.string().nullish(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: z.string(), content: textContent }),
]);
const schema = z.strictObject({
  model: z.string(),
  messages: z.array(message).min(1),
  stream: z.boolean().optional(),
  stream_options: z.strictObject({ include_usage: z.boolean() }).optional(),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().optional(),
  seed: z.int().optional(),
  frequency_penalty: z.number().optional(),
  logit_bias: z.record(z.string(), z.number()).optional(),
  n: z.literal(1).optional(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).optional(),
  user: z.string().optional(),
  store: z.boolean().optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
  parallel_tool_calls: z.boolean().optional(),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.strictObject({}).loose()]).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string().regex(/^[\w-]{1,64}$/),
          description: z.string().optional(),
          parameters: z.looseObject({ type: z.literal('object') }).optional(),
          strict: z.boolean().nullish(),
        }),
      }),
    )
    .min(1)
    .optional(),
});
type Body = z.infer<typeof schema>;
type Message = Body['messages'][number];

function read({ url, body }: Arrived): Asked {
  refuseUnless(url === '/v1/chat/completions', `Invalid URL (POST ${url})`);
  const asked = readStrictly(schema, body);
  refuseUnless(asked.stream === true || asked.stream_options === undefined, "'stream_options' is for streams only.");
  refuseUnless(asked.tools !== undefined || asked.tool_choice === undefined, "'tool_choice' needs 'tools'.");
  const users = asked.messages.flatMap((one) => (one.role === 'user' ? [one.content] : []));
  const thinks = asked.reasoning_effort !== undefined && asked.reasoning_effort !== 'none';
  return {
    model: asked.model,
    stream: asked.stream === true,
    prompt: firstText(users[0] ?? ''),
    thinks,
    showsThoughts: thinks,
    images: users.flatMap(imagesOf),
    toolTurn: lastToolTurn(asked.messages),
    states: [],
  };
}

type UserContent = Extract<Message, { role: 'user' }>['content'];

function firstText(content: UserContent): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function imagesOf(content: UserContent): SeenImage[] {
  if (typeof content === 'string') return [];
  return content.flatMap((part) => (part.type === 'image_url' ? [imageOfDataUri(part.image_url.url)] : []));
}

/** Checks that all calls are answered at once, and nothing else is. */
function lastToolTurn(messages: readonly Message[]): ToolTurn | null {
  let open: { calls: PlayedCall[]; ids: string[]; results: (string | null)[] } | null = null;
  for (const one of messages) {
    if (one.role === 'tool') {
      const index = open?.ids.indexOf(one.tool_call_id) ?? -1;
      if (open === null || index < 0) {
        throw new Refusal("messages with role 'tool' must be a response to a preceding message with 'tool_calls'.");
      }
      open.results[index] =
        typeof one.content === 'string' ? one.content : one.content.map(({ text }) => text).join('');
      continue;
    }
    refuseUnless(open?.results.includes(null) !== true, "'tool_calls' must be followed by tool messages for each id.");
    open = null;
    if (one.role === 'assistant' && one.tool_calls !== undefined) open = openTurn(one.tool_calls);
  }
  refuseUnless(open?.results.includes(null) !== true, "'tool_calls' must be followed by tool messages for each id.");
  return open;
}

function openTurn(calls: readonly z.infer<typeof call>[]): { calls: PlayedCall[]; ids: string[]; results: null[] } {
  const ids = calls.map(({ id }) => id);
  // Its own ids, each with its own call: what a client must not change.
  refuseUnless(
    ids.every((id, index) => id === idOf(index)),
    `these are not the ids of the calls: ${ids.join(', ')}`,
  );
  return {
    calls: calls.map(({ function: { name, arguments: text } }) => ({ name, arguments: parsedArguments(text) })),
    ids,
    results: calls.map(() => null),
  };
}

function idOf(index: number): string {
  return `call_Kx${index}mVq2`;
}

const USAGE = {
  prompt_tokens: COUNTED.input,
  completion_tokens: COUNTED.output,
  total_tokens: COUNTED.input + COUNTED.output,
  prompt_tokens_details: { cached_tokens: COUNTED.cacheRead, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: COUNTED.reasoning, audio_tokens: 0 },
};

function whole({ thoughts, texts, calls, finish }: Played, { model }: Asked): unknown {
  const told = calls.map((played, index) => callOf(played, index));
  const message = {
    role: 'assistant',
    content: texts.join(''),
    refusal: null,
    ...(thoughts.length === 0 ? {} : { reasoning_content: thoughts.join('') }),
    ...(told.length === 0 ? {} : { tool_calls: told }),
  };
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finish satisfies PlayedFinish }],
    usage: USAGE,
  };
}

function callOf({ name, arguments: given }: PlayedCall, index: number): object {
  return { id: idOf(index), type: 'function', function: { name, arguments: JSON.stringify(given) } };
}

function stream({ thoughts, texts, calls, finish }: Played, { model }: Asked): readonly string[] {
  const head = { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1_790_000_000, model };
  const chunk = (delta: object, finishReason: string | null = null): string =>
    event({ ...head, choices: [{ index: 0, delta, finish_reason: finishReason }], usage: null });
  return [
    chunk({ role: 'assistant', content: '' }),
    ...thoughts.map((text) => chunk({ reasoning_content: text })),
    ...texts.map((text) => chunk({ content: text })),
    ...calls.flatMap(callPieces).map((piece) => chunk({ tool_calls: [piece] })),
    chunk({}, finish),
    event({ ...head, choices: [], usage: USAGE }),
    'data: [DONE]\n\n',
  ];
}

function callPieces({ name, arguments: given }: PlayedCall, index: number): object[] {
  const text = JSON.stringify(given);
  const middle = Math.ceil(text.length / 2);
  return [
    { index, id: idOf(index), type: 'function', function: { name, arguments: '' } },
    { index, function: { arguments: text.slice(0, middle) } },
    { index, function: { arguments: text.slice(middle) } },
  ];
}

function error(message: string, type: string, code: string | null): object {
  return { error: { message, type, param: null, code } };
}

function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
