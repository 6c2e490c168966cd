import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { answerText } from '../../src/pricing/answer-text.ts';
import { promptText } from '../../src/pricing/request-text.ts';

const REAL_SERVERS = fileURLToPath(new URL('../fixtures/real-servers', import.meta.url));

describe('the text of a request', () => {
  it.each([
    [
      'parts',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
            ],
          },
        ],
      },
      ['a', 'b', 'user'],
      6,
    ],
    [
      'calls of tools',
      {
        messages: [
          { role: 'assistant', content: null, tool_calls: [{ id: 'x', function: { name: 'f', arguments: '{}' } }] },
          { role: 'tool', tool_call_id: 'x', content: '12 C' },
        ],
      },
      ['assistant', 'f', '{}', '12 C', 'tool'],
      9,
    ],
    ['tools', { messages: [], tools: [{ type: 'function' }] }, ['[{"type":"function"}]'], 3],
    ['a prompt', { prompt: 'a' }, ['a'], 0],
    ['a list of inputs', { input: ['a', 'b'] }, ['a', 'b'], 0],
    ['tokens', { input: [1, 2, 3] }, [], 3],
    ['lists of tokens', { input: [[1, 2], [3]] }, [], 3],
  ])('%s', (_name, body, texts, extraTokens) => {
    expect(promptText(body)).toEqual({ texts, extraTokens });
  });

  it.each([
    [{ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] }],
    [{ messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'input_audio' }] }] }],
    [{ messages: [{ role: 'user', content: 7 }] }],
    [{ messages: ['text'] }],
    [{ input: [{ image: 'x' }] }],
    [{ input: [] }],
    [{}],
    [[]],
    [null],
  ])('%j cannot be counted', (body) => {
    expect(promptText(body)).toBeNull();
  });
});

describe('the text of an answer', () => {
  it.each([['llama.cpp'], ['ollama-0.24.0'], ['ollama-0.34.0'], ['vllm']])('of %s: content and reasoning', (server) => {
    const texts = answerText(bodyOf(server, 'tiny-think-chat.txt'), 'json') ?? [];
    expect(texts.map((text) => text.trim())).toEqual(['It is 42.', 'The user wants a number.']);
  });

  it.each([['llama.cpp'], ['ollama-0.24.0'], ['ollama-0.34.0'], ['transformers'], ['vllm']])(
    'of a stream of %s: the call of a tool',
    (server) => {
      const texts = answerText(bodyOf(server, 'tiny-tools-chat-stream.txt'), 'sse') ?? [];
      expect(texts.join('')).toContain('get_weather');
      expect(texts.join('')).toMatch(/\{"city": ?"Ghent"\}/);
    },
  );

  it('keeps choices and calls apart and joins their pieces', () => {
    const event = (value: unknown): string => `data: ${JSON.stringify(value)}\r\n\r\n`;
    const stream = [
      event({
        choices: [
          { index: 0, delta: { role: 'assistant', content: 'a' } },
          { index: 1, delta: { content: 'x' } },
        ],
      }),
      event({ choices: [{ index: 0, delta: { reasoning: 'r' } }] }),
      event({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] } }] }),
      event({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '{"b"' } }] } }] }),
      event({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] } }] }),
      event({ choices: [{ index: 0, delta: { content: 'b' } }] }),
      event({ choices: [] }),
    ];
    expect(answerText(Buffer.from(stream.join('')), 'sse')).toEqual(['ab', 'x', 'r', 'f{"b":1}']);
  });

  it('of completions, of parts, of embeddings', () => {
    const json = (value: unknown) => answerText(Buffer.from(JSON.stringify(value)), 'json');
    expect(json({ choices: [{ index: 0, text: 'a' }] })).toEqual(['a']);
    const parts = [
      { type: 'thinking', thinking: [{ type: 'text', text: 't' }] },
      { type: 'text', text: 'a' },
    ];
    expect(json({ choices: [{ message: { content: parts } }] })).toEqual(['ta']);
    expect(json({ data: [{ embedding: [1] }] })).toEqual([]);
  });

  it.each([
    ['json', ''],
    ['json', '[]'],
    ['json', '{"choices":[{"message"'],
    ['sse', ''],
    ['sse', 'data: [DONE]\n\n'],
    ['sse', '<html></html>'],
  ] as const)('%s %j is no answer', (kind, text) => {
    expect(answerText(Buffer.from(text), kind)).toBeNull();
  });

  it('takes what came of a stream that broke off', () => {
    const stream = 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\ndata: {"choices":[{"ind';
    expect(answerText(Buffer.from(stream), 'sse')).toEqual(['a']);
  });
});

/** The body of a recorded answer: what follows the first empty line. */
function bodyOf(server: string, file: string): Buffer {
  const recording = readFileSync(join(REAL_SERVERS, server, file));
  const text = recording.toString('utf8').replace(/\r\n/g, '\n');
  return Buffer.from(text.slice(text.indexOf('\n\n') + 2));
}
