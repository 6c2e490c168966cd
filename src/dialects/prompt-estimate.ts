import type { MediaSource, ToolCallPart } from '../canonical/parts.ts';
import type { CanonicalRequest, Message, Tool, ToolResult } from '../canonical/request.ts';
import { unreachable } from '../std/unreachable.ts';

/** English takes four bytes for a token, code and other scripts fewer; a guess that is too low cuts a prompt. */
const BYTES_PER_TOKEN = 3;
/** What a template writes around a message. */
const TOKENS_PER_MESSAGE = 4;
/** What an image takes, at a guess: its bytes say nothing about it. */
const TOKENS_PER_IMAGE = 1_000;
/** A page of a PDF is about 2,000 tokens, and 50 KB of the file. */
const FILE_BYTES_PER_TOKEN = 25;
/** Audio is 25 tokens a second at most providers, and 16 KB a second at 128 kbit/s. */
const AUDIO_BYTES_PER_TOKEN = 640;
const TOKENS_PER_UNSEEN_FILE = 2_000;
const TOKENS_PER_VIDEO = 5_000;

/** Tokens that the prompt of a request takes, at a guess that is rather too high than too low. Counts no answer. */
export function estimatePromptTokens(request: CanonicalRequest): number {
  let tokens = 0;
  for (const message of request.messages) tokens += TOKENS_PER_MESSAGE + messageTokens(message);
  for (const tool of request.tools) tokens += toolTokens(tool);
  if (request.output?.kind === 'schema') tokens += objectTokens(request.output.schema);
  return Math.ceil(tokens);
}

function messageTokens(message: Message): number {
  if (message.role === 'tool') return total(message.results, resultTokens);
  return total<Part>(message.content, partTokens);
}

function resultTokens({ content, name }: ToolResult): number {
  return TOKENS_PER_MESSAGE + textTokens(name ?? '') + total<Part>(content, partTokens);
}

type Part = Exclude<Message, { role: 'tool' }>['content'][number];

function partTokens(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return textTokens(part.text);
    case 'tool_call':
      return callTokens(part);
    case 'image':
      return TOKENS_PER_IMAGE;
    case 'file':
      return mediaTokens(part.source, FILE_BYTES_PER_TOKEN);
    case 'audio':
      return mediaTokens(part.source, AUDIO_BYTES_PER_TOKEN);
    case 'video':
      return TOKENS_PER_VIDEO;
    case 'foreign':
      return objectTokens(part.value);
    default:
      return unreachable(part);
  }
}

function callTokens(call: ToolCallPart): number {
  return TOKENS_PER_MESSAGE + textTokens(call.name) + textTokens(call.arguments);
}

function mediaTokens(source: MediaSource, bytesPerToken: number): number {
  if (source.kind === 'text') return textTokens(source.text);
  return source.kind === 'base64' ? (source.data.length * 0.75) / bytesPerToken : TOKENS_PER_UNSEEN_FILE;
}

function toolTokens(tool: Tool): number {
  if (tool.kind === 'provider') return objectTokens(tool.definition);
  const schema = tool.kind === 'custom' ? tool.format : tool.parameters;
  const described = textTokens(tool.name) + textTokens(tool.description ?? '');
  return TOKENS_PER_MESSAGE + described + (schema === null ? 0 : objectTokens(schema));
}

function objectTokens(value: object): number {
  return textTokens(JSON.stringify(value));
}

/** Tokens of a text, at the same guess; a fraction. */
export function textTokens(text: string): number {
  return Buffer.byteLength(text) / BYTES_PER_TOKEN;
}

function total<T>(items: readonly T[], tokensOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + tokensOf(item), 0);
}
