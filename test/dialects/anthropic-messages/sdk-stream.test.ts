import http from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import { front, written, writtenWhole } from './contexts.ts';

let answer: { status: number; type: string; body: string } = { status: 500, type: 'text/plain', body: '' };
const server = http.createServer((request, response) => {
  request.resume();
  response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
});
let client = new Anthropic({ apiKey: 'k', maxRetries: 0 });

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new Anthropic({ apiKey: 'k', baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 });
});
afterAll(() => server.close());

const PARAMS = { model: 'm', max_tokens: 10, messages: [{ role: 'user' as const, content: 'Hi' }] };
const cited = {
  type: 'char_location',
  cited_text: 'c',
  document_index: 0,
  document_title: null,
  start_char_index: 0,
  end_char_index: 1,
  file_id: null,
};

const EVENTS: readonly AnswerEvent[] = [
  { type: 'start', id: 'x', model: 'gpt-5' },
  { type: 'reasoning', text: 'Hm' },
  { type: 'reasoning', text: '.' },
  { type: 'state', on: 'reasoning', state: { origin: 'openai-responses', data: 'secret' } },
  { type: 'state', on: 'reasoning', state: { origin: 'anthropic-messages', data: 'redacted:DATA' } },
  { type: 'text', text: 'Hello ' },
  { type: 'text', text: '🙂"\n' },
  {
    type: 'citation',
    citation: {
      url: null,
      title: null,
      citedText: 'c',
      start: null,
      end: null,
      raw: { origin: 'anthropic-messages', value: cited },
    },
  },
  { type: 'part_end' },
  {
    type: 'foreign',
    origin: 'anthropic-messages',
    value: { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } },
  },
  { type: 'tool_call', call: 0, id: 't0', name: 'f', kind: 'function', state: null },
  { type: 'tool_arguments', call: 0, text: '{"a":' },
  { type: 'tool_call', call: 1, id: 't1', name: 'g', kind: 'function', state: { origin: 'gemini', data: 'sig' } },
  { type: 'tool_call_end', call: 1 },
  { type: 'tool_arguments', call: 0, text: '[1,2]}' },
  { type: 'tool_call_end', call: 0 },
  { type: 'finish', finish: { reason: 'tool_calls', raw: 'tool_calls', stopSequence: null, detail: null } },
  {
    type: 'usage',
    usage: { ...UNKNOWN_USAGE, inputTokens: 30, outputTokens: 9, cacheReadTokens: 10, reasoningTokens: 2 },
  },
];

it('the SDK puts a stream together to what it reads of the whole answer', async () => {
  answer = { status: 200, type: front.streamContentType, body: written(EVENTS) };
  const streamed = await client.messages.stream(PARAMS).finalMessage();
  answer = { status: 200, type: 'application/json', body: JSON.stringify(writtenWhole(foldAnswer(EVENTS))) };
  const whole = await client.messages.create(PARAMS);
  // What the SDK itself makes of an answer with a schema.
  expect({ ...streamed, parsed_output: undefined }).toEqual({ ...whole, parsed_output: undefined });
  expect(streamed.content.map(({ type }) => type)).toEqual([
    'thinking',
    'redacted_thinking',
    'text',
    'server_tool_use',
    'tool_use',
    'tool_use',
  ]);
  expect(streamed.content[4]).toMatchObject({ id: 't0', input: { a: [1, 2] } });
  expect(streamed.usage).toMatchObject({ input_tokens: 20, cache_read_input_tokens: 10, output_tokens: 9 });
});

it('the SDK raises the error within a stream, and that of an answer', async () => {
  const error = new GatewayError('upstream_error', 'Busy.', { status: 529, upstreamType: 'overloaded_error' });
  const events: readonly AnswerEvent[] = [...EVENTS.slice(0, 6), { type: 'error', error }];
  answer = { status: 200, type: front.streamContentType, body: written(events) };
  await expect(client.messages.stream(PARAMS).finalMessage()).rejects.toThrow('overloaded_error');
  const { status, body } = front.encodeError(error, { exchangeId: 'e' });
  answer = { status, type: 'application/json', body };
  await expect(client.messages.create(PARAMS)).rejects.toMatchObject({ status: 529, error: { request_id: 'req_e' } });
});
