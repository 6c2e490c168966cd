import Anthropic from '@anthropic-ai/sdk';
import type {
  ContentBlockParam,
  Message,
  MessageCreateParamsNonStreaming,
  MessageParam,
} from '@anthropic-ai/sdk/resources/messages';
import type { Access, Client, Conversation, Failure, How, Question, Said } from './client.ts';
import { MAX_TOKENS, THINKING_TOKENS, TOOLS } from './tools.ts';

/** `@anthropic-ai/sdk`. */
export const anthropicClient: Client = {
  name: '@anthropic-ai/sdk',
  dialect: 'anthropic-messages',
  finishes: { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use', content_filter: 'refusal' },
  counts: { cacheRead: true, reasoning: true },
  asksToSee: false,
  open,
  failureOf,
};

function failureOf(error: unknown): Failure | null {
  if (!(error instanceof Anthropic.APIError)) return null;
  const status: unknown = error.status;
  if (typeof status !== 'number') return { status: null, message: error.message };
  const isOfItsClass =
    status === 400
      ? error instanceof Anthropic.BadRequestError
      : status === 429
        ? error instanceof Anthropic.RateLimitError
        : status < 500 || error instanceof Anthropic.InternalServerError;
  return isOfItsClass ? { status, message: error.message } : null;
}

function open({ origin, key, model, fetch }: Access): Conversation {
  const client = new Anthropic({ apiKey: key, baseURL: origin, maxRetries: 0, fetch });
  const messages: MessageParam[] = [];
  let last: Message | null = null;
  const send = async (how: How): Promise<Said> => {
    const body: MessageCreateParamsNonStreaming = {
      model,
      max_tokens: MAX_TOKENS,
      messages,
      ...(how.tools === true ? { tools: TOOLS.map(toolOf) } : {}),
      ...(how.thinks === true ? { thinking: { type: 'enabled', budget_tokens: THINKING_TOKENS } } : {}),
    };
    const options = how.signal === undefined ? {} : { signal: how.signal };
    last = how.stream ? await streamed(client, body, how) : await client.messages.create(body, options);
    messages.push({ role: 'assistant', content: last.content as ContentBlockParam[] });
    return saidOf(last);
  };
  return {
    ask: (question, how) => {
      messages.push({ role: 'user', content: contentOf(question) });
      return send(how);
    },
    answer: (results, how) => {
      const calls = last?.content.filter((block) => block.type === 'tool_use') ?? [];
      const content = calls.map(({ id }, index) => {
        return { type: 'tool_result' as const, tool_use_id: id, content: results[index] ?? '' };
      });
      messages.push({ role: 'user', content: content.toReversed() });
      return send(how);
    },
  };
}

async function streamed(client: Anthropic, body: MessageCreateParamsNonStreaming, how: How): Promise<Message> {
  const stream = client.messages.stream(body, how.signal === undefined ? {} : { signal: how.signal });
  stream.on('text', () => how.onText?.());
  return stream.finalMessage();
}

function toolOf({ name, description, schema }: (typeof TOOLS)[number]): Anthropic.Tool {
  return { name, description, input_schema: { ...schema } };
}

function contentOf({ text, image }: Question): string | ContentBlockParam[] {
  if (image === undefined) return text;
  const data = image.bytes.toString('base64');
  return [
    { type: 'text', text },
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
  ];
}

function saidOf({ content, stop_reason: finish, usage }: Message): Said {
  const cacheRead = usage.cache_read_input_tokens ?? 0;
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    thought: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: content.flatMap((block) => {
      return block.type === 'tool_use' ? [{ id: block.id, name: block.name, arguments: block.input }] : [];
    }),
    finish,
    usage: {
      // Its input does not count what came from the cache or went into it.
      input: usage.input_tokens + cacheRead + (usage.cache_creation_input_tokens ?? 0),
      output: usage.output_tokens,
      cacheRead,
      reasoning: usage.output_tokens_details?.thinking_tokens ?? null,
    },
  };
}
