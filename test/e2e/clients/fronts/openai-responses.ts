import type OpenAI from 'openai';
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInput,
  ResponseInputContent,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { Access, Client, Conversation, How, Question, Said } from './client.ts';
import { openaiFailure, openaiOf } from './openai-chat.ts';
import { TOOLS } from './tools.ts';

/** `openai`, with responses of which nothing is stored: the client sends back all that was said. */
export const openaiResponsesClient: Client = {
  name: 'openai (responses)',
  dialect: 'openai-responses',
  finishes: {
    stop: 'completed',
    length: 'incomplete: max_output_tokens',
    tool_calls: 'completed',
    content_filter: 'incomplete: content_filter',
  },
  counts: { cacheRead: true, reasoning: true },
  asksToSee: true,
  open: (access) => open(access, false),
  failureOf: (error) => {
    if (error instanceof StreamedError) return { status: null, message: error.message };
    return openaiFailure(error);
  },
};

/** The same where responses are kept: only what is new is sent, with the id of the answer before it. */
export const openaiKeptResponsesClient: Client = {
  ...openaiResponsesClient,
  name: 'openai (responses, kept)',
  open: (access) => open(access, true),
};

class StreamedError extends Error {
  override readonly name = 'StreamedError';
}

function open(access: Access, isKept: boolean): Conversation {
  const client = openaiOf(access);
  let input: ResponseInput = [];
  let last: Response | null = null;
  const send = async (how: How): Promise<Said> => {
    const body: ResponseCreateParamsNonStreaming = {
      model: access.model,
      input,
      ...(isKept ? { previous_response_id: last?.id ?? null } : STATELESS),
      ...(how.tools === true ? { tools: TOOLS.map(toolOf) } : {}),
      ...(how.thinks === true ? { reasoning: { effort: 'medium', summary: 'auto' } } : {}),
    };
    const signal = how.signal === undefined ? {} : { signal: how.signal };
    last = how.stream ? await streamed(client, body, how) : await client.responses.create(body, signal);
    // As the documentation does: all items go into the next input as they came.
    if (isKept) input = [];
    else input.push(...(last.output as ResponseInput));
    return saidOf(last);
  };
  return {
    ask: (question, how) => {
      input.push({ role: 'user', content: contentOf(question) });
      return send(how);
    },
    answer: (results, how) => {
      const calls = last?.output.filter((item) => item.type === 'function_call') ?? [];
      const outputs = calls.map(({ call_id }, index) => {
        return { type: 'function_call_output' as const, call_id, output: results[index] ?? '' };
      });
      input.push(...outputs.toReversed());
      return send(how);
    },
  };
}

const STATELESS = { store: false, include: ['reasoning.encrypted_content' as const] };

/** The answer that the last event tells; what the pieces before it told has to be the same. */
async function streamed(client: OpenAI, body: ResponseCreateParamsNonStreaming, how: How): Promise<Response> {
  const options = how.signal === undefined ? {} : { signal: how.signal };
  const stream = await client.responses.create({ ...body, stream: true }, options);
  let whole: Response | null = null;
  const pieces = { text: '', thought: '', arguments: '' };
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') {
      pieces.text += event.delta;
      how.onText?.();
    }
    // The SDK raises what comes as an `error` event; this it gives to its caller.
    if (event.type === 'response.failed') throw new StreamedError(event.response.error?.message ?? '');
    if (event.type === 'response.reasoning_summary_text.delta') pieces.thought += event.delta;
    if (event.type === 'response.function_call_arguments.delta') pieces.arguments += event.delta;
    whole = wholeIn(event) ?? whole;
  }
  if (whole === null) throw new Error('the stream had no last event');
  const { text, thought } = saidOf(whole);
  const written = whole.output.map((item) => (item.type === 'function_call' ? item.arguments : '')).join('');
  const told = JSON.stringify({ text, thought, arguments: written });
  if (told !== JSON.stringify(pieces)) throw new Error(`the pieces ${JSON.stringify(pieces)} are not ${told}`);
  return whole;
}

function wholeIn(event: ResponseStreamEvent): Response | null {
  const isLast = event.type === 'response.completed' || event.type === 'response.incomplete';
  return isLast ? event.response : null;
}

function toolOf({ name, description, schema }: (typeof TOOLS)[number]) {
  return { type: 'function' as const, name, description, parameters: { ...schema }, strict: false };
}

function contentOf({ text, image }: Question): string | ResponseInputContent[] {
  if (image === undefined) return text;
  const url = `data:${image.mediaType};base64,${image.bytes.toString('base64')}`;
  return [
    { type: 'input_text', text },
    { type: 'input_image', image_url: url, detail: 'auto' },
  ];
}

function saidOf({ output, status, incomplete_details: details, usage }: Response): Said {
  const parts = output.flatMap((item) => (item.type === 'message' ? item.content : []));
  return {
    text: parts.map((part) => (part.type === 'output_text' ? part.text : part.refusal)).join(''),
    thought: output
      .flatMap((item) => (item.type === 'reasoning' ? item.summary : []))
      .map(({ text }) => text)
      .join(''),
    calls: output.flatMap((item) => {
      if (item.type !== 'function_call') return [];
      return [{ id: item.call_id, name: item.name, arguments: JSON.parse(item.arguments) as unknown }];
    }),
    finish: status === 'incomplete' ? `incomplete: ${details?.reason ?? ''}` : (status ?? null),
    usage: {
      input: usage?.input_tokens ?? null,
      output: usage?.output_tokens ?? null,
      cacheRead: usage?.input_tokens_details.cached_tokens ?? null,
      reasoning: usage?.output_tokens_details.reasoning_tokens ?? null,
    },
  };
}
