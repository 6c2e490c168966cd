import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOpenAI } from '@ai-sdk/openai';
import { jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { accumulateResponse } from 'openai/lib/responses/ResponseAccumulator';
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import { encodeAnswer } from '../../../src/dialects/openai-responses/encode-response.ts';
import { answerContext, plainRequest, written } from './contexts.ts';

const ANSWER: readonly AnswerEvent[] = [
  { type: 'start', id: 'x', model: 'the-model' },
  { type: 'reasoning', text: 'It rains ' },
  { type: 'reasoning', text: 'in Ghent.' },
  { type: 'state', on: 'reasoning', state: { origin: 'anthropic-messages', data: 'EqQBsig' } },
  { type: 'text', text: 'Let me ' },
  { type: 'text', text: 'look. 🙂' },
  { type: 'tool_call', call: 0, id: 'call_a', name: 'get_weather', kind: 'function', state: null },
  { type: 'tool_arguments', call: 0, text: '{"city":' },
  { type: 'tool_call', call: 1, id: 'call_b', name: 'patch', kind: 'function', state: null },
  { type: 'tool_arguments', call: 1, text: '{"input":"*** Begin"}' },
  { type: 'tool_arguments', call: 0, text: '"Ghent"}' },
  { type: 'tool_call_end', call: 1 },
  { type: 'tool_call_end', call: 0 },
  { type: 'finish', finish: { reason: 'tool_calls', raw: null, stopSequence: null, detail: null } },
  {
    type: 'usage',
    usage: { ...UNKNOWN_USAGE, inputTokens: 20, outputTokens: 9, cacheReadTokens: 5, reasoningTokens: 4 },
  },
];

const BROKEN = new GatewayError('upstream_stream_truncated', 'somewhere ended the stream before the answer was whole.');
const context = answerContext(
  plainRequest({ tools: [{ kind: 'custom', name: 'patch', description: null, format: null }] }),
  { tools: [{ type: 'custom', name: 'patch' }] },
);

let server: Server;
let baseURL: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { stream?: boolean; model: string };
      if (body.stream !== true) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(encodeAnswer(foldAnswer(ANSWER), context));
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      const events =
        body.model === 'broken' ? [...ANSWER.slice(0, 6), { type: 'error', error: BROKEN } as const] : ANSWER;
      response.end(`: keepalive\n\n${written(events, context)}`);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});

afterAll(async () => {
  server.close();
  await once(server, 'close');
});

describe('the `openai` package', () => {
  const client = (): OpenAI => new OpenAI({ baseURL, apiKey: 'x', maxRetries: 0 });

  it('gathers from the stream what a whole answer holds', async () => {
    const whole = await client().responses.create({ model: 'm', input: 'x' });
    const streamed = await client().responses.stream({ model: 'm', input: 'x' }).finalResponse();
    expect(streamed.output_text).toBe('Let me look. 🙂');
    expect(plain(streamed)).toEqual(plain(whole));
  });

  it('gathers the same without the last event, which holds it all', async () => {
    const stream = await client().responses.create({ model: 'm', input: 'x', stream: true });
    let gathered: Response | undefined;
    let last: Response | undefined;
    for await (const event of stream as AsyncIterable<ResponseStreamEvent>) {
      if (event.type === 'response.completed') last = event.response;
      else gathered = accumulateResponse(event, gathered);
    }
    expect(gathered?.output).toEqual(last?.output);
  });

  it('throws what went wrong in the middle', async () => {
    const answer = client().responses.stream({ model: 'broken', input: 'x' }).finalResponse();
    await expect(answer).rejects.toMatchObject({ message: BROKEN.message, code: 'upstream_stream_truncated' });
  });
});

/** Without what the helper of the package adds to one of the two. */
function plain(response: object): unknown {
  const dropped = new Set(['output_parsed', 'parsed', 'parsed_arguments', '_request_id']);
  return JSON.parse(JSON.stringify(response, (key, value: unknown) => (dropped.has(key) ? undefined : value)));
}

describe('the AI SDK', () => {
  const ask = (model: string) =>
    streamText({
      model: createOpenAI({ baseURL, apiKey: 'x' }).responses(model),
      prompt: 'x',
      maxRetries: 0,
      onError: () => undefined,
      tools: { get_weather: tool({ inputSchema: jsonSchema<{ city: string }>({ type: 'object' }) }) },
    });

  it('reads thoughts, text, calls and usage', async () => {
    const result = ask('m');
    expect(await result.text).toBe('Let me look. 🙂');
    expect(await result.reasoningText).toBe('It rains in Ghent.');
    const [call] = await result.toolCalls;
    expect(call).toMatchObject({ toolCallId: 'call_a', toolName: 'get_weather', input: { city: 'Ghent' } });
    expect(await result.usage).toMatchObject({
      inputTokens: 20,
      outputTokens: 9,
      cachedInputTokens: 5,
      reasoningTokens: 4,
    });
    expect(await result.finishReason).toBe('tool-calls');
  });

  it('reads what went wrong in the middle', async () => {
    const errors: unknown[] = [];
    for await (const part of ask('broken').fullStream) if (part.type === 'error') errors.push(part.error);
    expect(errors).toMatchObject([{ message: expect.stringContaining(BROKEN.message) as string }]);
  });
});
