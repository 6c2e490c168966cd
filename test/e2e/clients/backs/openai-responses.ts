import { COUNTED } from '../scenario.ts';
import type { Asked, Played, PlayedCall, PlayedFinish, SeenImage, ToolTurn } from '../scenario.ts';
import type { Arrived, DialectBack } from './dialect-back.ts';
import { Refusal, refuseUnless } from './dialect-back.ts';
import { imageOfDataUri, parsedArguments } from './reading.ts';
import { readStrictly, z } from './strict-body.ts';

/** What OpenAI gives of a thought for safekeeping. */
export const ENCRYPTED_THOUGHT = 'gAAAAABk-fake+thought/of=the==';

/** The Responses API of OpenAI (its reference, August 2026). It keeps nothing here: `store` has to be false. */
export const openaiResponsesBack: DialectBack = {
  basePath: '/v1',
  streamType: 'text/event-stream; charset=utf-8',
  read,
  whole: (played, asked) => responseObject(played, asked),
  stream,
  failure: (failure, message) => {
    switch (failure) {
      case 'rate-limited':
        return { status: 429, body: error('Rate limit reached for gpt-5.5.', 'tokens', 'rate_limit_exceeded') };
      case 'overflow':
        return {
          status: 400,
          body: error(
            'Your input exceeds the context window of this model. Please adjust your input and try again.',
            'invalid_request_error',
            'context_length_exceeded',
          ),
        };
      case 'overloaded':
        return { status: 503, body: error('Our servers are currently overloaded.', 'server_error', null) };
      case 'malformed':
        return { status: 400, body: error(message, 'invalid_request_error', null) };
    }
  },
  failureInStream: (failure) => {
    const isOverload = failure === 'overloaded';
    return event({
      type: 'error',
      sequence_number: 99,
      error: {
        type: isOverload ? 'service_unavailable_error' : 'server_error',
        code: isOverload ? 'server_is_overloaded' : 'server_error',
        message: isOverload ? 'Our servers are currently overloaded.' : 'The server had an error while processing.',
        param: null,
      },
    });
  },
};

const inputPart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('input_text'), text: z.string() }),
  z.strictObject({
    type: z.literal('input_image'),
    image_url: z.string(),
    detail: z.enum(['auto', 'low', 'high']).optional(),
  }),
]);
const outputPart = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('output_text'),
    text: z.string(),
    annotations: z.array(z.unknown()).optional(),
    logprobs: z.array(z.unknown()).optional(),
  }),
  z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
]);
const status = z.enum(['in_progress', 'completed', 'incomplete']).optional();
const asking = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'system', 'developer']),
  content: z.union([z.string(), z.array(inputPart).min(1)]),
});
const answering = z.strictObject({
  type: z.literal('message').optional(),
  role: z.literal('assistant'),
  id: z.string().startsWith('msg_').max(64).optional(),
  status,
  phase: z.string().nullish(),
  content: z.union([z.string(), z.array(outputPart).min(1)]),
});
const reasoning = z.strictObject({
  type: z.literal('reasoning'),
  id: z.string().startsWith('rs_').max(64).optional(),
  summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
  content: z.array(z.unknown()).nullish(),
  encrypted_content: z.string().nullish(),
  status: status.nullable(),
});
const functionCall = z.strictObject({
  type: z.literal('function_call'),
  id: z.string().startsWith('fc_').max(64).optional(),
  call_id: z.string().max(64),
  name: z.string().regex(/^[\w-]{1,64}$/),
  arguments: z.string(),
  status,
});
const functionResult = z.strictObject({
  type: z.literal('function_call_output'),
  id: z.string().optional(),
  call_id: z.string(),
  output: z.union([z.string(), z.array(inputPart)]),
  status,
});
const item = z.union([asking, answering, reasoning, functionCall, functionResult]);
const schema = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(item).min(1)]),
  instructions: z.string().optional(),
  stream: z.boolean().optional(),
  store: z.literal(false),
  include: z.array(z.enum(['reasoning.encrypted_content'])).optional(),
  max_output_tokens: z.int().min(16).optional(),
  temperature: z.number().optional(),
  top_p: z.number().optional(),
  user: z.string().optional(),
  reasoning: z
    .strictObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
      summary: z.enum(['auto', 'concise', 'detailed']).optional(),
    })
    .optional(),
  text: z.looseObject({}).optional(),
  parallel_tool_calls: z.boolean().optional(),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.looseObject({})]).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        name: z.string().regex(/^[\w-]{1,64}$/),
        description: z.string().nullish(),
        parameters: z.looseObject({ type: z.literal('object') }).nullable(),
        strict: z.boolean().nullish(),
      }),
    )
    .min(1)
    .optional(),
});
type Item = z.infer<typeof item>;

function read({ url, body }: Arrived): Asked {
  refuseUnless(url === '/v1/responses', `Invalid URL (POST ${url})`);
  const asked = readStrictly(schema, body);
  const items: readonly Item[] =
    typeof asked.input === 'string' ? [{ role: 'user', content: asked.input }] : asked.input;
  const effort = asked.reasoning?.effort ?? 'none';
  const thinks = effort !== 'none';
  const users = items.flatMap((one) => (isMessage(one) && one.role === 'user' ? [one.content] : []));
  return {
    model: asked.model,
    stream: asked.stream === true,
    prompt: firstText(users[0] ?? ''),
    thinks,
    showsThoughts: thinks && asked.reasoning?.summary !== undefined,
    images: users.flatMap(imagesOf),
    toolTurn: lastToolTurn(items),
    states: items.flatMap((one) => (one.type === 'reasoning' ? [checkedThought(one)] : [])),
  };
}

/** What is not stored has to come whole: an id alone means nothing to it. */
function checkedThought({ id, encrypted_content: encrypted }: z.infer<typeof reasoning>): string {
  if (encrypted === null || encrypted === undefined) {
    throw new Refusal(`Item with id '${id ?? ''}' not found. Items are not persisted when \`store\` is set to false.`);
  }
  refuseUnless(encrypted === ENCRYPTED_THOUGHT, 'The encrypted content could not be verified.');
  return encrypted;
}

type MessageItem = z.infer<typeof asking> | z.infer<typeof answering>;

function isMessage(one: Item): one is MessageItem {
  return 'role' in one;
}

function firstText(content: MessageItem['content']): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'input_text' ? part.text : '')).join('');
}

function imagesOf(content: MessageItem['content']): SeenImage[] {
  if (typeof content === 'string') return [];
  return content.flatMap((part) => (part.type === 'input_image' ? [imageOfDataUri(part.image_url)] : []));
}

/** Every call has its output somewhere behind it, and every output its call before it. */
function lastToolTurn(items: readonly Item[]): ToolTurn | null {
  const calls: PlayedCall[] = [];
  const ids: string[] = [];
  const results: (string | null)[] = [];
  for (const one of items) {
    if (one.type === 'function_call') {
      refuseUnless(one.call_id === idOf(ids.length), `this is not the id of the call: ${one.call_id}`);
      ids.push(one.call_id);
      calls.push({ name: one.name, arguments: parsedArguments(one.arguments) });
      results.push(null);
    }
    if (one.type === 'function_call_output') {
      const index = ids.indexOf(one.call_id);
      refuseUnless(index >= 0, `No tool call found for function call output with call_id ${one.call_id}.`);
      results[index] = typeof one.output === 'string' ? one.output : firstText(one.output);
    }
  }
  const missing = ids.find((_, index) => results[index] === null);
  refuseUnless(missing === undefined, `No tool output found for function call ${missing ?? ''}.`);
  return items.at(-1)?.type === 'function_call_output' ? { calls, results } : null;
}

function idOf(index: number): string {
  return `call_Rz${index}wPd7`;
}

const USAGE = {
  input_tokens: COUNTED.input,
  input_tokens_details: { cached_tokens: COUNTED.cacheRead },
  output_tokens: COUNTED.output,
  output_tokens_details: { reasoning_tokens: COUNTED.reasoning },
  total_tokens: COUNTED.input + COUNTED.output,
};

type OutputItem = Readonly<Record<string, unknown>> & {
  readonly type: 'reasoning' | 'message' | 'function_call';
  readonly id: string;
};

/** Items that are whole. A thought is given for safekeeping whether it is shown or not. */
function outputOf({ thoughts, texts, calls, finish }: Played, { thinks }: Asked): readonly OutputItem[] {
  const done = finish === 'length' || finish === 'content_filter' ? 'incomplete' : 'completed';
  const thought = thinks ? [reasoningItem(thoughts.join(''))] : [];
  const said = texts.length === 0 ? [] : [messageItem(texts.join(''), done)];
  return [...thought, ...said, ...calls.map(callItem)];
}

function reasoningItem(text: string): OutputItem {
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  return { type: 'reasoning', id: 'rs_fake1', summary, encrypted_content: ENCRYPTED_THOUGHT };
}

function messageItem(text: string, status: string): OutputItem {
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }];
  return { type: 'message', id: 'msg_fake1', status, role: 'assistant', content };
}

function callItem({ name, arguments: given }: PlayedCall, index: number): OutputItem {
  const told = { call_id: idOf(index), name, arguments: JSON.stringify(given), status: 'completed' };
  return { type: 'function_call', id: `fc_fake${index}`, ...told };
}

function responseObject(played: Played, asked: Asked, output = outputOf(played, asked)): object {
  const reason = incompleteReason(played.finish);
  return {
    id: 'resp_fake1',
    object: 'response',
    created_at: 1_790_000_000,
    status: reason === null ? 'completed' : 'incomplete',
    background: false,
    error: null,
    incomplete_details: reason === null ? null : { reason },
    instructions: null,
    max_output_tokens: null,
    model: asked.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage: USAGE,
    user: null,
    metadata: {},
  };
}

function incompleteReason(finish: PlayedFinish): string | null {
  if (finish === 'length') return 'max_output_tokens';
  return finish === 'content_filter' ? 'content_filter' : null;
}

function stream(played: Played, asked: Asked): readonly string[] {
  const begun = { ...responseObject(played, asked, []), status: 'in_progress', incomplete_details: null, usage: null };
  const whole = responseObject(played, asked);
  const last = incompleteReason(played.finish) === null ? 'response.completed' : 'response.incomplete';
  const events = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...outputOf(played, asked).flatMap((item, index) => itemEvents(played, item, index)),
    { type: last, response: whole },
  ];
  return events.map((one, index) => event({ ...one, sequence_number: index }));
}

type WireEvent = Readonly<Record<string, unknown>> & { readonly type: string };

function itemEvents(played: Played, item: OutputItem, index: number): WireEvent[] {
  const at = { item_id: item.id, output_index: index };
  const added = (begun: object): WireEvent => ({
    type: 'response.output_item.added',
    output_index: index,
    item: begun,
  });
  const done: WireEvent = { type: 'response.output_item.done', output_index: index, item };
  switch (item.type) {
    case 'reasoning':
      return [added({ ...item, summary: [] }), ...summaryEvents(played.thoughts, at), done];
    case 'message':
      return [added({ ...item, status: 'in_progress', content: [] }), ...textEvents(played.texts, at), done];
    case 'function_call': {
      const call = played.calls[Number(item.id.slice(-1))];
      const begun = { ...item, arguments: '', status: 'in_progress' };
      return [added(begun), ...argumentEvents(JSON.stringify(call?.arguments), at), done];
    }
  }
}

function summaryEvents(pieces: readonly string[], item: object): WireEvent[] {
  const at = { ...item, summary_index: 0 };
  const text = pieces.join('');
  if (text === '') return [];
  return [
    { type: 'response.reasoning_summary_part.added', ...at, part: { type: 'summary_text', text: '' } },
    ...pieces.map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
    { type: 'response.reasoning_summary_text.done', ...at, text },
    { type: 'response.reasoning_summary_part.done', ...at, part: { type: 'summary_text', text } },
  ];
}

function textEvents(pieces: readonly string[], item: object): WireEvent[] {
  const at = { ...item, content_index: 0 };
  const text = pieces.join('');
  const part = (said: string): object => ({ part: { type: 'output_text', text: said, annotations: [], logprobs: [] } });
  return [
    { type: 'response.content_part.added', ...at, ...part('') },
    ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, ...part(text) },
  ];
}

function argumentEvents(text: string, at: object): WireEvent[] {
  const middle = Math.ceil(text.length / 2);
  const deltas = [text.slice(0, middle), text.slice(middle)].filter((delta) => delta !== '');
  return [
    ...deltas.map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
    { type: 'response.function_call_arguments.done', ...at, arguments: text },
  ];
}

function error(message: string, type: string, code: string | null): object {
  return { error: { message, type, param: null, code } };
}

function event(value: WireEvent): string {
  return `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
}
