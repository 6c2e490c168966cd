import { COUNTED } from '../scenario.ts';
import type { Asked, Played, PlayedCall, PlayedFinish, SeenImage, ToolTurn } from '../scenario.ts';
import type { Arrived, DialectBack } from './dialect-back.ts';
import { refuseUnless } from './dialect-back.ts';
import { bytesOf, sniffedType } from './reading.ts';
import { readStrictly, z } from './strict-body.ts';

/** Ollama's `/api/chat` (api/types.go of 0.24). Ollama itself skips what it does not know; here that is a mistake. */
export const ollamaBack: DialectBack = {
  basePath: '',
  streamType: 'application/x-ndjson',
  read,
  whole: (played, asked) => ({ ...lineOf(messageOf(played), asked), ...endOf(played.finish) }),
  stream,
  failure: (failure, message) => {
    switch (failure) {
      case 'rate-limited':
        return { status: 429, body: { error: 'you have reached your hourly usage limit' } };
      case 'overflow':
        return { status: 400, body: { error: 'the input length exceeds the context length' } };
      case 'overloaded':
        return { status: 503, body: { error: 'server busy, please try again. maximum pending requests exceeded' } };
      case 'malformed':
        return { status: 400, body: { error: message } };
    }
  },
  failureInStream: (failure) => {
    const isOverload = failure === 'overloaded';
    const error = isOverload ? 'server busy, please try again' : 'llama runner process no longer running: 2';
    return `${JSON.stringify({ error })}\n`;
  },
};

const call = z.strictObject({
  id: z.string().optional(),
  function: z.strictObject({
    index: z.int().optional(),
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()),
  }),
});
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: z.string() }),
  z.strictObject({ role: z.literal('user'), content: z.string(), images: z.array(z.string()).optional() }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string(),
    thinking: z.string().optional(),
    tool_calls: z.array(call).optional(),
  }),
  z.strictObject({
    role: z.literal('tool'),
    content: z.string(),
    /** `Message` in `api/types.go` has one form for all roles. */
    images: z.array(z.string()).optional(),
    tool_name: z.string().optional(),
    tool_call_id: z.string().optional(),
  }),
]);
const schema = z.strictObject({
  model: z.string(),
  messages: z.array(message).min(1),
  stream: z.boolean().optional(),
  think: z.union([z.boolean(), z.enum(['low', 'medium', 'high', 'max'])]).optional(),
  truncate: z.boolean().optional(),
  shift: z.boolean().optional(),
  keep_alive: z.union([z.string(), z.number()]).optional(),
  options: z
    .strictObject({
      num_ctx: z.int().optional(),
      num_predict: z.int().optional(),
      temperature: z.number().optional(),
      top_k: z.int().optional(),
      top_p: z.number().optional(),
      seed: z.int().optional(),
      presence_penalty: z.number().optional(),
      frequency_penalty: z.number().optional(),
      stop: z.array(z.string()).optional(),
    })
    .optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string(),
          description: z.string().optional(),
          parameters: z.looseObject({ type: z.literal('object'), properties: z.record(z.string(), z.unknown()) }),
        }),
      }),
    )
    .optional(),
});
type Message = z.infer<typeof message>;

function read({ url, body }: Arrived): Asked {
  refuseUnless(url === '/api/chat', `404 page not found: ${url}`);
  const asked = readStrictly(schema, body);
  const users = asked.messages.filter((one) => one.role === 'user');
  const thinks = asked.think !== undefined && asked.think !== false;
  return {
    model: asked.model,
    stream: asked.stream !== false,
    prompt: users[0]?.content ?? '',
    thinks,
    showsThoughts: thinks,
    images: users.flatMap(({ images = [] }) => images.map(imageOf)),
    toolTurn: lastToolTurn(asked.messages),
    states: [],
  };
}

function imageOf(data: string): SeenImage {
  const bytes = bytesOf(data);
  return { mediaType: sniffedType(bytes), bytes };
}

type ToolMessage = Extract<Message, { role: 'tool' }>;
type Call = z.infer<typeof call>;

/** Ollama gives all to the model's template as it stands; a model only understands results that follow their calls. */
function lastToolTurn(messages: readonly Message[]): ToolTurn | null {
  let open: readonly Call[] = [];
  let results: ToolMessage[] = [];
  for (const one of messages) {
    if (one.role === 'tool') {
      results.push(one);
      refuseUnless(results.length <= open.length, 'a result without its call');
      continue;
    }
    refuseUnless(results.length === open.length, 'a call without its result');
    open = one.role === 'assistant' ? (one.tool_calls ?? []) : [];
    results = [];
  }
  refuseUnless(results.length === open.length, 'a call without its result');
  return open.length === 0 ? null : answered(open, results);
}

function answered(calls: readonly Call[], results: readonly ToolMessage[]): ToolTurn {
  return {
    calls: calls.map(({ function: { name, arguments: given } }) => ({ name, arguments: given })),
    results: calls.map(({ id, function: { name } }, index) => {
      refuseUnless(id === undefined || id === idOf(index), `this is not the id of the call: ${id ?? ''}`);
      const byId = results.find(({ tool_call_id: answeredId }) => answeredId !== undefined && answeredId === id);
      const result = byId ?? results[index];
      refuseUnless(result?.tool_name === undefined || result.tool_name === name, `not a result of ${name}`);
      return result?.content ?? null;
    }),
  };
}

function idOf(index: number): string {
  return `call_o${index}lm4x`;
}

interface WireMessage {
  readonly role: 'assistant';
  readonly content: string;
}

function messageOf({ thoughts, texts, calls }: Played): WireMessage {
  return {
    role: 'assistant',
    content: texts.join(''),
    ...(thoughts.length === 0 ? {} : { thinking: thoughts.join('') }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(callOf) }),
  };
}

function callOf({ name, arguments: given }: PlayedCall, index: number): object {
  return { id: idOf(index), function: { index, name, arguments: given } };
}

function lineOf(said: WireMessage, { model }: Asked): object {
  return { model, created_at: '2026-11-20T10:00:00.123456789Z', message: said, done: false };
}

/** Calls end with `stop` like everything else. */
function endOf(finish: PlayedFinish): object {
  return {
    done: true,
    done_reason: finish === 'length' ? 'length' : 'stop',
    total_duration: 4_883_583_458,
    load_duration: 1_334_875,
    prompt_eval_count: COUNTED.input,
    prompt_eval_duration: 342_546_000,
    eval_count: COUNTED.output,
    eval_duration: 4_535_599_000,
  };
}

function stream({ thoughts, texts, calls, finish }: Played, asked: Asked): readonly string[] {
  const nothing: WireMessage = { role: 'assistant', content: '' };
  const messages: WireMessage[] = [
    ...thoughts.map((thinking) => ({ ...nothing, thinking })),
    ...texts.map((content) => ({ ...nothing, content })),
    ...calls.map((played, index) => ({ ...nothing, tool_calls: [callOf(played, index)] })),
  ];
  const lines = [...messages.map((said) => lineOf(said, asked)), { ...lineOf(nothing, asked), ...endOf(finish) }];
  return lines.map((line) => `${JSON.stringify(line)}\n`);
}
