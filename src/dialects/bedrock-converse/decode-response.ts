import type { AnswerEvent } from '../../canonical/answer.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import type { DecodeContext } from '../dialect.ts';
import { ConverseEvents } from './decode-events.ts';
import { decodeError } from './errors.ts';

/** A whole answer, told as the stream that would have said the same. */
export function decodeAnswer(body: unknown, context: DecodeContext): readonly AnswerEvent[] | GatewayError {
  const message = isObject(body) && isObject(body['output']) ? body['output']['message'] : undefined;
  if (!isObject(body) || !isObject(message)) return noAnswer(body, context.provider);
  const reader = new ConverseEvents(context);
  const events: AnswerEvent[] = [];
  for (const [name, payload] of streamOf(body, message)) events.push(...reader.take(name, payload));
  const failed = events.find((event) => event.type === 'error');
  return failed === undefined ? events : failed.error;
}

function noAnswer(body: unknown, provider: string): GatewayError {
  if (!isObject(body)) return new GatewayError('upstream_invalid_answer', `${provider} gave no answer of Converse.`);
  return decodeError({ provider, status: 200, retryAfter: null, body: JSON.stringify(body).slice(0, 65_536) });
}

function* streamOf(body: JsonObject, message: JsonObject): Generator<readonly [string, JsonObject]> {
  yield ['messageStart', {}];
  const content: readonly unknown[] = Array.isArray(message['content']) ? (message['content'] as unknown[]) : [];
  for (const [contentBlockIndex, block] of content.entries()) {
    if (!isObject(block)) continue;
    const start = startOf(block);
    if (start !== null) yield ['contentBlockStart', { contentBlockIndex, start }];
    for (const delta of deltasOf(block)) yield ['contentBlockDelta', { contentBlockIndex, delta }];
    yield ['contentBlockStop', { contentBlockIndex }];
  }
  yield ['messageStop', body];
  yield ['metadata', body];
}

function startOf(block: JsonObject): JsonObject | null {
  if ('toolUse' in block) return { toolUse: block['toolUse'] };
  if ('toolResult' in block) return { toolResult: block['toolResult'] };
  return 'image' in block ? { image: block['image'] } : null;
}

function deltasOf(block: JsonObject): JsonObject[] {
  const { text, toolUse, reasoningContent, citationsContent, image } = block;
  if (typeof text === 'string') return [{ text }];
  if (isObject(toolUse)) return [{ toolUse: { input: inputText(toolUse['input']) } }];
  if (isObject(reasoningContent)) return reasoningDeltas(reasoningContent);
  if (isObject(citationsContent)) return citedDeltas(citationsContent);
  return isObject(image) ? [{ image }] : [];
}

function inputText(input: unknown): string {
  if (input === undefined || input === null) return '';
  return typeof input === 'string' ? input : JSON.stringify(input);
}

function reasoningDeltas(content: JsonObject): JsonObject[] {
  const { reasoningText, redactedContent } = content;
  if (typeof redactedContent === 'string') return [{ reasoningContent: { redactedContent } }];
  if (!isObject(reasoningText)) return [];
  const { text, signature } = reasoningText;
  const deltas: JsonObject[] = [];
  if (typeof text === 'string') deltas.push({ reasoningContent: { text } });
  if (typeof signature === 'string') deltas.push({ reasoningContent: { signature } });
  return deltas;
}

/** API_runtime_CitationsContentBlock; a stream tells where a text comes from before the text. */
function citedDeltas({ citations, content }: JsonObject): JsonObject[] {
  const sources = Array.isArray(citations) ? (citations as unknown[]) : [];
  const texts = Array.isArray(content) ? (content as unknown[]) : [];
  return [
    ...sources.filter(isObject).map((citation) => ({ citation })),
    ...texts.filter(isObject).map(({ text }) => ({ text })),
  ];
}
