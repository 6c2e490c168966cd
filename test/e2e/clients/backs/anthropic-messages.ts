import { COUNTED, THOUGHT } from '../scenario.ts';
import type { Asked, Played, PlayedCall, PlayedFinish, SeenImage, ToolTurn } from '../scenario.ts';
import type { Arrived, DialectBack } from './dialect-back.ts';
import { refuseUnless } from './dialect-back.ts';
import { bytesOf } from './reading.ts';
import { readStrictly, z } from './strict-body.ts';

/** What Anthropic signs a thought with. */
export const THINKING_SIGNATURE = 'EqoBCkgIfake+signature/of=the==';
/** Tokens of the input that were written into the cache. */
export const CACHE_WRITTEN = 10;

/** The Messages API of Anthropic (its reference, August 2026) with a model that thinks by a budget. */
export const anthropicMessagesBack: DialectBack = {
  basePath: '/v1',
  streamType: 'text/event-stream; charset=utf-8',
  read,
  whole: (played, asked) => messageObject(played, asked),
  stream,
  failure: (failure, message) => {
    switch (failure) {
      case 'rate-limited':
        return { status: 429, body: error('rate_limit_error', 'This request would exceed your rate limit.') };
      case 'overflow':
        return {
          status: 400,
          body: error('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
        };
      case 'overloaded':
        return { status: 529, body: error('overloaded_error', 'Overloaded') };
      case 'malformed':
        return { status: 400, body: error('invalid_request_error', message) };
    }
  },
  failureInStream: (failure) =>
    event(
      failure === 'overloaded' ? error('overloaded_error', 'Overloaded') : error('api_error', 'Internal server error'),
    ),
};

const cache = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() }).nullish();
const text = z.strictObject({
  type: z.literal('text'),
  /** "text content blocks must be non-empty". */
  text: z.string().min(1),
  citations: z.array(z.unknown()).nullish(),
  cache_control: cache,
});
const image = z.strictObject({
  type: z.literal('image'),
  source: z.strictObject({
    type: z.literal('base64'),
    media_type: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
    data: z.string(),
  }),
  cache_control: cache,
});
const toolId = z.string().regex(/^[a-zA-Z0-9_-]+$/);
const result = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: toolId,
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [text, image]))]).optional(),
  is_error: z.boolean().optional(),
  cache_control: cache,
});
const thinking = z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() });
const use = z.strictObject({
  type: z.literal('tool_use'),
  id: toolId,
  name: z.string().regex(/^[\w-]{1,128}$/),
  input: z.record(z.string(), z.unknown()),
  caller: z.unknown().optional(),
  cache_control: cache,
});
const userMessage = z.strictObject({
  role: z.literal('user'),
  content: z.union([z.string().min(1), z.array(z.discriminatedUnion('type', [text, image, result])).min(1)]),
});
const assistantMessage = z.strictObject({
  role: z.literal('assistant'),
  content: z.union([z.string().min(1), z.array(z.discriminatedUnion('type', [text, thinking, use])).min(1)]),
});
const message = z.discriminatedUnion('role', [userMessage, assistantMessage]);
const schema = z.strictObject({
  model: z.string(),
  max_tokens: z.int().positive(),
  messages: z.array(message).min(1),
  system: z.union([z.string(), z.array(text)]).optional(),
  stream: z.boolean().optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().optional(),
  top_k: z.int().optional(),
  stop_sequences: z.array(z.string()).optional(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
  thinking: z
    .discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('enabled'),
        budget_tokens: z.int().min(1024),
        display: z.enum(['summarized', 'omitted']).optional(),
      }),
      z.strictObject({ type: z.literal('disabled') }),
    ])
    .optional(),
  tool_choice: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('auto'), disable_parallel_tool_use: z.boolean().optional() }),
      z.strictObject({ type: z.literal('any'), disable_parallel_tool_use: z.boolean().optional() }),
      z.strictObject({ type: z.literal('none') }),
    ])
    .optional(),
  tools: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w-]{1,128}$/),
        description: z.string().optional(),
        input_schema: z.looseObject({ type: z.literal('object') }),
        strict: z.boolean().optional(),
        eager_input_streaming: z.boolean().optional(),
        cache_control: cache,
      }),
    )
    .optional(),
});
type Body = z.infer<typeof schema>;
type Message = z.infer<typeof message>;
type AssistantBlock = Exclude<z.infer<typeof assistantMessage>['content'], string>[number];
type UserBlock = Exclude<z.infer<typeof userMessage>['content'], string>[number];

function read({ url, body }: Arrived): Asked {
  refuseUnless(url === '/v1/messages', `no such path: ${url}`);
  const asked = readStrictly(schema, body);
  const thinks = asked.thinking?.type === 'enabled';
  checkThinking(asked);
  refuseUnless(asked.messages[0]?.role === 'user', 'messages: first message must use the "user" role');
  const users = asked.messages.flatMap((one) => (one.role === 'user' ? [userBlocks(one)] : []));
  const thoughts = asked.messages.flatMap((one) => (one.role === 'assistant' ? assistantBlocks(one) : []));
  return {
    model: asked.model,
    stream: asked.stream === true,
    prompt: firstText(users[0] ?? []),
    thinks,
    showsThoughts: thinks,
    images: users.flat().flatMap(imageOf),
    toolTurn: lastToolTurn(asked.messages),
    states: thoughts.flatMap((block) => (block.type === 'thinking' ? [checkedSignature(block)] : [])),
  };
}

/** A thought comes back as it was, or without its text where that was not shown. */
function checkedSignature({ thinking: thought, signature }: z.infer<typeof thinking>): string {
  refuseUnless(signature === THINKING_SIGNATURE, 'Invalid `signature` in `thinking` block');
  refuseUnless(thought === THOUGHT || thought === '', '`thinking` blocks cannot be modified.');
  return signature;
}

function checkThinking({ thinking: wish, max_tokens: limit, messages, tool_choice: choice }: Body): void {
  if (wish?.type !== 'enabled') return;
  refuseUnless(wish.budget_tokens < limit, '`max_tokens` must be greater than `thinking.budget_tokens`.');
  refuseUnless(choice?.type !== 'any', 'Thinking may not be enabled when tool_choice forces tool use.');
  const turn = messages.at(-1);
  if (turn?.role !== 'user' || userBlocks(turn)[0]?.type !== 'tool_result') return;
  const before = messages.at(-2);
  const first = before?.role === 'assistant' ? assistantBlocks(before)[0]?.type : undefined;
  refuseUnless(first === 'thinking', `Expected \`thinking\` or \`redacted_thinking\`, but found \`${first ?? ''}\`.`);
}

function userBlocks({ content }: z.infer<typeof userMessage>): readonly UserBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function assistantBlocks({ content }: z.infer<typeof assistantMessage>): readonly AssistantBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function firstText(blocks: readonly UserBlock[]): string {
  return blocks.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

function imageOf(block: UserBlock): SeenImage[] {
  if (block.type !== 'image') return [];
  return [{ mediaType: block.source.media_type, bytes: bytesOf(block.source.data) }];
}

/** All calls of a turn are answered by the first blocks of the next message, and nothing else is. */
function lastToolTurn(messages: readonly Message[]): ToolTurn | null {
  let open: readonly z.infer<typeof use>[] = [];
  let turn: ToolTurn | null = null;
  for (const [index, one] of messages.entries()) {
    refuseUnless(one.role !== messages[index - 1]?.role || one.role === 'user', 'roles must alternate');
    if (one.role === 'assistant') {
      open = assistantBlocks(one).filter((block) => block.type === 'tool_use');
      const ids = open.map(({ id }) => id);
      refuseUnless(
        ids.every((id, call) => id === idOf(call)),
        `these are not the ids of the calls: ${ids.join(', ')}`,
      );
      continue;
    }
    turn = answered(open, userBlocks(one));
    open = [];
  }
  refuseUnless(open.length === 0, '`tool_use` ids were found without `tool_result` blocks immediately after');
  return turn;
}

function answered(calls: readonly z.infer<typeof use>[], blocks: readonly UserBlock[]): ToolTurn | null {
  const results = blocks.filter((block) => block.type === 'tool_result');
  const others = blocks.findIndex((block) => block.type !== 'tool_result');
  refuseUnless(others < 0 || others >= results.length, '`tool_result` blocks must come first');
  const foreign = results.find(({ tool_use_id: id }) => !calls.some((call) => call.id === id));
  refuseUnless(
    foreign === undefined,
    `unexpected \`tool_use_id\` found in \`tool_result\`: ${foreign?.tool_use_id ?? ''}`,
  );
  const missing = calls.find(({ id }) => !results.some(({ tool_use_id: answeredId }) => answeredId === id));
  refuseUnless(missing === undefined, `\`tool_use\` ids were found without \`tool_result\`: ${missing?.id ?? ''}`);
  if (calls.length === 0) return null;
  return {
    calls: calls.map(({ name, input }) => ({ name, arguments: input })),
    results: calls.map(({ id }) => textOf(results.find(({ tool_use_id: answeredId }) => answeredId === id))),
  };
}

function textOf(block: z.infer<typeof result> | undefined): string | null {
  const content = block?.content;
  if (content === undefined || typeof content === 'string') return content ?? null;
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function idOf(index: number): string {
  return `toolu_01Ab${index}Qz`;
}

const STARTED_USAGE = {
  input_tokens: COUNTED.input - COUNTED.cacheRead - CACHE_WRITTEN,
  cache_creation_input_tokens: CACHE_WRITTEN,
  cache_read_input_tokens: COUNTED.cacheRead,
  cache_creation: { ephemeral_5m_input_tokens: CACHE_WRITTEN, ephemeral_1h_input_tokens: 0 },
  output_tokens: 1,
  service_tier: 'standard',
};
const USAGE = {
  ...STARTED_USAGE,
  output_tokens: COUNTED.output,
  output_tokens_details: { thinking_tokens: COUNTED.reasoning },
};

const STOP_REASONS: Readonly<Record<PlayedFinish, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
};

function messageObject(played: Played, { model }: Asked): object {
  const { thoughts, texts, calls, finish } = played;
  const thought = thoughts.join('');
  return {
    id: 'msg_01fake',
    type: 'message',
    role: 'assistant',
    model,
    container: null,
    content: [
      ...(thought === '' ? [] : [{ type: 'thinking', thinking: thought, signature: THINKING_SIGNATURE }]),
      { type: 'text', text: texts.join('') },
      ...calls.map((call, index) => ({ ...useOf(call, index), input: call.arguments })),
    ],
    stop_reason: STOP_REASONS[finish],
    stop_sequence: null,
    stop_details: null,
    usage: USAGE,
  };
}

function useOf({ name }: PlayedCall, index: number): object {
  return { type: 'tool_use', id: idOf(index), name, input: {} };
}

interface Block {
  readonly start: object;
  readonly deltas: readonly object[];
}

function stream(played: Played, asked: Asked): readonly string[] {
  const { thoughts, texts, calls, finish } = played;
  const begun = { ...messageObject(played, asked), content: [], stop_reason: null, usage: STARTED_USAGE };
  const thought: Block = {
    start: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...thoughts.map((piece) => ({ type: 'thinking_delta', thinking: piece })),
      { type: 'signature_delta', signature: THINKING_SIGNATURE },
    ],
  };
  const said: Block = {
    start: { type: 'text', text: '' },
    deltas: texts.map((piece) => ({ type: 'text_delta', text: piece })),
  };
  const blocks = [...(thoughts.length === 0 ? [] : [thought]), said, ...calls.map(callBlock)];
  return [
    event({ type: 'message_start', message: begun }),
    event({ type: 'ping' }),
    ...blocks.flatMap(blockEvents),
    event({
      type: 'message_delta',
      delta: { stop_reason: STOP_REASONS[finish], stop_sequence: null },
      usage: USAGE,
    }),
    event({ type: 'message_stop' }),
  ];
}

/** A call without arguments has one delta, which is empty. */
function callBlock(call: PlayedCall, index: number): Block {
  const text = Object.keys(call.arguments).length === 0 ? '' : JSON.stringify(call.arguments);
  const middle = Math.ceil(text.length / 2);
  const pieces = text === '' ? [''] : ['', text.slice(0, middle), text.slice(middle)];
  return {
    start: useOf(call, index),
    deltas: pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
  };
}

function blockEvents({ start, deltas }: Block, index: number): string[] {
  return [
    event({ type: 'content_block_start', index, content_block: start }),
    ...deltas.map((delta) => event({ type: 'content_block_delta', index, delta })),
    event({ type: 'content_block_stop', index }),
  ];
}

function error(type: string, message: string) {
  return { type: 'error', error: { type, message }, request_id: 'req_fake' };
}

function event(value: { readonly type: string } & Readonly<Record<string, unknown>>): string {
  return `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
}
