import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING_IN_PATH } from '../../../src/dialects/face.ts';
import { EMBEDDINGS_FACE } from '../../../src/dialects/embedding-faces.ts';
import { CHAT_FACE, COMPLETIONS_FACE } from '../../../src/dialects/faces.ts';
import { readRequest } from '../../../src/dialects/request-head.ts';
import { maxOutputTokensOf, needsOf } from '../../../src/dialects/openai-chat/request-needs.ts';

const MESSAGES = [{ role: 'user', content: 'hi' }];
const REQUIRED = {
  'chat/completions': { messages: MESSAGES },
  completions: { prompt: 'x' },
  embeddings: { input: 'x' },
};
const FACES = { 'chat/completions': CHAT_FACE, completions: COMPLETIONS_FACE, embeddings: EMBEDDINGS_FACE };
type Endpoint = keyof typeof FACES;
const TOOL = { type: 'function', function: { name: 'f', parameters: {} } };

function request(body: object | string, endpoint: Endpoint = 'chat/completions') {
  const text = typeof body === 'string' ? body : JSON.stringify({ model: 'm', ...REQUIRED[endpoint], ...body });
  return readRequest(Buffer.from(text), FACES[endpoint].body, NOTHING_IN_PATH).head;
}
const needs = (body: object | string, endpoint: Endpoint = 'chat/completions') =>
  needsOf(request(body, endpoint), FACES[endpoint].task);
const image = (url: string) => [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'what?' },
      { type: 'image_url', image_url: { url } },
    ],
  },
];

describe('needsOf', () => {
  it.each([
    ['chat/completions', 'chat'],
    ['completions', 'completion'],
    ['embeddings', 'embedding'],
  ] as const)('%s: %s', (endpoint, task) => {
    expect(needs({}, endpoint)).toMatchObject({ task, tools: false, vision: false });
  });

  it.each<[string, object | string, boolean]>([
    ['tools', { tools: [TOOL] }, true],
    ['the older functions', { functions: [TOOL.function] }, true],
    ['an empty list', { tools: [] }, false],
    ['an empty list with spaces in it', '{"model":"m","messages":[],"tools": [ \n ]}', false],
    ['null', { tools: null }, false],
    ['a key with an escape', '{"model":"m","messages":[],"\\u0074ools":[{}]}', true],
    ['the word in a message', { messages: [{ role: 'user', content: '"tools":[{}]' }] }, false],
    ['in a member of another', { metadata: { tools: [TOOL] } }, false],
  ])('tools: %s', (_what, body, tools) => {
    expect(needs(body).tools).toBe(tools);
  });

  it('images: parts of messages, not what a message quotes', () => {
    expect(needs({ messages: image('https://example.com/a.png') }).vision).toBe(true);
    const quoted = JSON.stringify({ type: 'image_url', image_url: { url: 'x' } });
    expect(needs({ messages: [{ role: 'user', content: quoted }] }).vision).toBe(false);
    expect(needs({ metadata: { type: 'image_url' } }).vision).toBe(false);
  });

  it('context: the text, the tools and the answer', () => {
    const content = 'word '.repeat(4000);
    const long = { messages: [{ role: 'user', content }] };
    expect(needs(long).contextTokens).toBeGreaterThan(5000);
    expect(needs(long).contextTokens).toBeLessThan(6000);
    const answer = needs({ ...long, max_tokens: 8000 }).contextTokens - needs({ ...long, max_tokens: 0 }).contextTokens;
    expect(answer).toBe(8000);
    const tools = Array.from({ length: 100 }, () => TOOL);
    expect(needs({ tools }).contextTokens).toBeGreaterThan(needs({}).contextTokens + 1000);
    expect(needs({ prompt: content }, 'completions').contextTokens).toBeGreaterThan(5000);
    expect(needs({ input: [content] }, 'embeddings').contextTokens).toBeGreaterThan(4900);
  });

  it('context: an image counts as an image, however large its file is', () => {
    const small = needs({ messages: image('https://example.com/a.png') }).contextTokens;
    const large = needs({ messages: image(`data:image/png;base64,${'A'.repeat(4_000_000)}`) }).contextTokens;
    expect(Math.abs(large - small)).toBeLessThan(50);
    expect(small).toBeGreaterThan(1000);
  });

  it('reads any request that can be decoded', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('tools', 'max_tokens', 'n', 'extra'), fc.jsonValue()), (more) => {
        const { contextTokens, tools } = needs(more);
        expect(Number.isSafeInteger(contextTokens)).toBe(true);
        expect(tools).toBe(Array.isArray(more['tools']) && more['tools'].length > 0);
      }),
    );
  });
});

describe('maxOutputTokensOf', () => {
  it.each<[object, number | null]>([
    [{}, null],
    [{ max_tokens: 100 }, 100],
    [{ max_completion_tokens: 200 }, 200],
    [{ max_tokens: 100, max_completion_tokens: 200 }, 200],
    [{ max_completion_tokens: 200, max_tokens: 100 }, 200],
    [{ max_completion_tokens: 1, max_tokens: 100_000 }, 100_000],
    [{ max_tokens: 100_000, max_completion_tokens: 1 }, 100_000],
    [{ max_completion_tokens: null, max_tokens: 100 }, 100],
    [{ max_completion_tokens: 0, max_tokens: null }, 0],
    [{ max_tokens: 100, n: 3 }, 300],
    [{ max_tokens: 'many' }, null],
    [{ max_tokens: -1 }, null],
    [{ max_tokens: 1.5 }, null],
    [{ max_tokens: 0 }, 0],
    [{ max_tokens: 1e2 }, 100],
    [{ max_tokens: [5] }, null],
    [{ metadata: { max_tokens: 7 } }, null],
  ])('%j: %s', (body, expected) => {
    expect(maxOutputTokensOf(request(body))).toBe(expected);
  });

  it('counts every prompt of a completion, and all that it chooses the best of', () => {
    expect(maxOutputTokensOf(request({ max_tokens: 1000, best_of: 20 }, 'completions'))).toBe(20_000);
    expect(maxOutputTokensOf(request({ prompt: ['a', 'b'], max_tokens: 10, n: 2 }, 'completions'))).toBe(40);
  });
});
