import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError, createPartFromFunctionResponse, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnswerEvent } from '../../../src/canonical/answer.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import { countTokensAnswer, countTokensRequest } from '../../../src/dialects/gemini/count-tokens.ts';
import { decodeEmbedRequest, encodeEmbedAnswer } from '../../../src/dialects/gemini/embeddings.ts';
import { answering, front } from './contexts.ts';

const CALL: readonly AnswerEvent[] = [
  { type: 'start', id: 'r', model: 'some-model' },
  { type: 'reasoning', text: 'I look it up.' },
  { type: 'state', on: 'reasoning', state: { origin: 'openai-responses', data: 'enc' } },
  { type: 'text', text: 'One ' },
  { type: 'text', text: 'moment.' },
  { type: 'tool_call', call: 0, id: 'call_1', name: 'weather', kind: 'function', state: null },
  { type: 'tool_arguments', call: 0, text: '{"city":"Ghent"}' },
  { type: 'tool_call_end', call: 0 },
  { type: 'finish', finish: { reason: 'tool_calls', raw: null, stopSequence: null, detail: null } },
  { type: 'usage', usage: { ...UNKNOWN_USAGE, inputTokens: 9, outputTokens: 5, reasoningTokens: 2 } },
];
const ANSWER: readonly AnswerEvent[] = [
  { type: 'start', id: 'r2', model: 'some-model' },
  { type: 'text', text: 'Twelve degrees.' },
  { type: 'finish', finish: { reason: 'stop', raw: null, stopSequence: null, detail: null } },
];

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** A client of Google's SDK, and what it asked for, against a server that answers with these events in turn. */
async function clientOf(
  answers: readonly (readonly AnswerEvent[])[],
): Promise<{ client: GoogleGenAI; asked: CanonicalRequest[] }> {
  const asked: CanonicalRequest[] = [];
  const waiting = [...answers];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(pieces).toString()) as JsonObject;
      const [, model = '', method = ''] = /^\/v1beta\/models\/([^:]+):([a-zA-Z]+)/.exec(request.url ?? '') ?? [];
      const answer = (status: number, type: string, text: string): void => {
        response.writeHead(status, { 'content-type': type }).end(text);
      };
      if (method === 'countTokens') {
        asked.push(front.decodeRequest(countTokensRequest(body), { model, stream: false }));
        answer(200, 'application/json', countTokensAnswer(31));
      } else if (method === 'batchEmbedContents') {
        const vectors = decodeEmbedRequest(body, true, model).inputs.map((input) => [input.length, 1]);
        answer(200, 'application/json', encodeEmbedAnswer({ vectors, model: null, usage: null }, true));
      } else {
        const decoded = front.decodeRequest(body, { model, stream: method === 'streamGenerateContent' });
        asked.push(decoded);
        const context = answering({ request: decoded });
        const events = waiting.shift() ?? [];
        const [first] = events;
        if (first?.type === 'error') {
          const { status, body: text } = front.encodeError(first.error, { exchangeId: 'x' });
          answer(status, 'application/json', text);
        } else if (decoded.stream) {
          const encoder = front.encodeStream(context);
          const text = events.map((event) => encoder.push(event) + encoder.keepAlive()).join('');
          answer(200, front.streamContentType, text + (events.at(-1)?.type === 'error' ? '' : encoder.end()));
        } else answer(200, 'application/json', front.encodeAnswer(foldAnswer(events), context));
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new GoogleGenAI({
    apiKey: 'key',
    httpOptions: { baseUrl: `http://127.0.0.1:${port}`, retryOptions: { attempts: 1 } },
  });
  return { client, asked };
}

const tools = [
  {
    functionDeclarations: [
      { name: 'weather', parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } } },
    ],
  },
];
const config = { tools, thinkingConfig: { includeThoughts: true } };

describe("Google's SDK", () => {
  it('reads a whole answer', async () => {
    const { client, asked } = await clientOf([CALL]);
    const answer = await client.models.generateContent({
      model: 'm',
      contents: 'Weather?',
      config: {
        ...config,
        systemInstruction: 'Be brief',
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
        temperature: 0.5,
      },
    });
    expect(answer.functionCalls).toEqual([{ id: 'call_1', name: 'weather', args: { city: 'Ghent' } }]);
    expect(answer.candidates?.[0]?.content?.parts?.[0]).toMatchObject({ text: 'I look it up.', thought: true });
    expect(answer.usageMetadata).toMatchObject({
      promptTokenCount: 9,
      candidatesTokenCount: 3,
      thoughtsTokenCount: 2,
      totalTokenCount: 14,
    });
    expect(answer.modelVersion).toBe('some-model');
    expect(asked[0]).toMatchObject({
      messages: [{ role: 'system' }, { role: 'user', content: [{ text: 'Weather?' }] }],
      toolChoice: { kind: 'required' },
      sampling: { temperature: 0.5 },
      tools: [{ name: 'weather', parameters: { type: 'object' } }],
    });
  });

  it('reads a stream, and its chat sends back what the next request needs', async () => {
    const { client, asked } = await clientOf([CALL, ANSWER]);
    const chat = client.chats.create({ model: 'm', config });
    const texts: (string | undefined)[] = [];
    let finishReason: string | undefined;
    for await (const chunk of await chat.sendMessageStream({ message: 'Weather?' })) {
      const [part] = chunk.candidates?.[0]?.content?.parts ?? [];
      if (part?.thought !== true && part?.functionCall === undefined) texts.push(part?.text);
      finishReason = chunk.candidates?.[0]?.finishReason;
    }
    expect(texts.join('')).toBe('One moment.');
    expect(finishReason).toBe('STOP');
    const result = createPartFromFunctionResponse('call_1', 'weather', { output: '12 C' });
    const answer = await chat.sendMessage({ message: result });
    expect(answer.text).toBe('Twelve degrees.');
    expect(asked[1]?.messages).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'I look it up.', state: { origin: 'openai-responses', data: 'enc' } },
          { type: 'text', text: 'One moment.' },
          { type: 'tool_call', id: 'call_1', name: 'weather', arguments: '{"city":"Ghent"}', state: null },
        ],
      },
      { role: 'tool', results: [{ callId: 'call_1', content: [{ text: '12 C' }] }] },
    ]);
  });

  it('raises errors, before an answer and in its midst', async () => {
    const quota = new GatewayError('upstream_error', 'Slow down.', { status: 429, retryAfter: '3' });
    const error: AnswerEvent = { type: 'error', error: quota };
    const { client } = await clientOf([[error], [...ANSWER.slice(0, 2), error]]);
    const request = { model: 'm', contents: 'Hi' };
    await expect(client.models.generateContent(request)).rejects.toMatchObject({
      status: 429,
      message: expect.stringContaining('RESOURCE_EXHAUSTED') as string,
    });
    const read = async (): Promise<string> => {
      let text = '';
      for await (const chunk of await client.models.generateContentStream(request)) text += chunk.text ?? '';
      return text;
    };
    await expect(read()).rejects.toBeInstanceOf(ApiError);
  });

  it('counts tokens and embeds', async () => {
    const { client, asked } = await clientOf([]);
    expect((await client.models.countTokens({ model: 'm', contents: 'Hi' })).totalTokens).toBe(31);
    expect(asked[0]?.messages).toMatchObject([{ role: 'user', content: [{ text: 'Hi' }] }]);
    const { embeddings } = await client.models.embedContent({ model: 'm', contents: ['a', 'bcd'] });
    expect(embeddings).toEqual([{ values: [1, 1] }, { values: [3, 1] }]);
  });
});
