import { Ollama } from 'ollama';
import type { ChatRequest, ChatResponse, Message, Tool } from 'ollama';
import type { Access, Client, Conversation, Failure, How, Question, Said } from './client.ts';
import { TOOLS } from './tools.ts';

/** `ollama`. */
export const ollamaClient: Client = {
  name: 'ollama',
  dialect: 'ollama',
  finishes: { stop: 'stop', length: 'length', tool_calls: 'stop', content_filter: 'content_filter' },
  counts: { cacheRead: false, reasoning: false },
  asksToSee: true,
  open,
  failureOf,
};

/** Its class of errors is not exported; one in the middle of a stream is a plain `Error` with the line's text. */
function failureOf(error: unknown): Failure | null {
  if (!(error instanceof Error)) return null;
  const { message, name } = error;
  if (name === 'ResponseError' && 'status_code' in error && typeof error.status_code === 'number') {
    return { status: error.status_code, message };
  }
  return name === 'Error' ? { status: null, message } : null;
}

function open({ origin, key, model, fetch: sent }: Access): Conversation {
  let signal: AbortSignal | null = null;
  // Answers that come whole cannot be stopped by the SDK itself.
  const stoppable: typeof fetch = (input, init) =>
    sent(input, init?.signal || signal === null ? init : { ...init, signal });
  const client = new Ollama({ host: origin, headers: { authorization: `Bearer ${key}` }, fetch: stoppable });
  const messages: Message[] = [];
  let last: Message | null = null;
  const send = async (how: How): Promise<Said> => {
    const body: ChatRequest = {
      model,
      messages,
      ...(how.tools === true ? { tools: TOOLS.map(toolOf) } : {}),
      ...(how.thinks === true ? { think: true } : {}),
    };
    signal = how.signal ?? null;
    const answer = how.stream ? await streamed(client, body, how) : await client.chat({ ...body, stream: false });
    last = answer.message;
    messages.push(last);
    return saidOf(answer);
  };
  return {
    ask: ({ text, image }: Question, how) => {
      const images = image === undefined ? {} : { images: [image.bytes] };
      messages.push({ role: 'user', content: text, ...images });
      return send(how);
    },
    answer: (results, how) => {
      for (const [index, call] of (last?.tool_calls ?? []).entries()) {
        messages.push({ role: 'tool', tool_name: call.function.name, content: results[index] ?? '' });
      }
      return send(how);
    },
  };
}

/** Puts the pieces together as the documentation does. */
async function streamed(client: Ollama, body: ChatRequest, { signal, onText }: How): Promise<ChatResponse> {
  const stream = await client.chat({ ...body, stream: true });
  signal?.addEventListener('abort', () => {
    stream.abort();
  });
  const message: Message = { role: 'assistant', content: '' };
  let last: ChatResponse | null = null;
  for await (const chunk of stream) {
    const { content, thinking, tool_calls: calls } = chunk.message;
    message.content += content;
    if (thinking !== undefined) message.thinking = `${message.thinking ?? ''}${thinking}`;
    if (calls !== undefined) message.tool_calls = [...(message.tool_calls ?? []), ...calls];
    if (content !== '') onText?.();
    last = chunk;
  }
  if (last === null) throw new Error('the stream was empty');
  return { ...last, message };
}

function toolOf({ name, description, schema }: (typeof TOOLS)[number]): Tool {
  return { type: 'function', function: { name, description, parameters: schema } };
}

function saidOf({ message, done_reason: finish, prompt_eval_count: input, eval_count: output }: ChatResponse): Said {
  return {
    text: message.content,
    thought: message.thinking ?? '',
    calls: (message.tool_calls ?? []).map((call) => {
      return { id: null, name: call.function.name, arguments: call.function.arguments };
    }),
    finish,
    usage: { input, output, cacheRead: null, reasoning: null },
  };
}
