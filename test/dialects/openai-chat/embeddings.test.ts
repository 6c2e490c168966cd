import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/canonical/errors.ts';
import type { EmbeddingRequest } from '../../../src/canonical/embedding.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import {
  decodeEmbedAnswer,
  decodeEmbedRequest,
  encodeEmbedAnswer,
  encodeEmbedRequest,
} from '../../../src/dialects/openai-chat/embeddings.ts';

const ASKED = { model: 'm' };

function request(more: Partial<EmbeddingRequest> = {}): EmbeddingRequest {
  const extras = { origin: 'openai-chat', fields: {} } as const;
  return { model: 'm', inputs: ['a'], dimensions: null, encoding: 'float', extras, ...more };
}

describe('a request for embeddings', () => {
  it.each([
    ['a', ['a']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [[1, 2], [[1, 2]]],
    [
      [[1], [2, 3]],
      [[1], [2, 3]],
    ],
  ])('is read from the input %j', (input, inputs) => {
    expect(decodeEmbedRequest({ model: 'm', input }, ASKED)).toEqual(request({ inputs }));
  });

  it.each([
    [{}, 'input'],
    [{ input: [] }, 'input'],
    [{ input: 5 }, 'input'],
    [{ input: ['a', 5] }, 'input[1]'],
    [{ input: [[1], [1.5]] }, 'input[1]'],
    [{ input: [[]] }, 'input[0]'],
    [{ input: 'a', dimensions: -1 }, 'dimensions'],
    [{ input: 'a', encoding_format: 'binary' }, 'encoding_format'],
  ])('is refused: %j', (body, param) => {
    expect(() => decodeEmbedRequest(body, ASKED)).toThrow(expect.objectContaining({ code: 'invalid_body', param }));
  });

  it('is the same when it is written and read again', () => {
    const inputs = fc.oneof(
      fc.array(fc.string(), { minLength: 1 }),
      fc.array(fc.array(fc.nat(), { minLength: 1 }), { minLength: 1 }),
    );
    const any = fc.record({ inputs, dimensions: fc.option(fc.nat()) });
    fc.assert(
      fc.property(any, ({ inputs: texts, dimensions }) => {
        const asked = request({ inputs: texts, dimensions, extras: { origin: 'openai-chat', fields: { user: 'me' } } });
        const { body, dropped } = encodeEmbedRequest(asked, ASKED);
        expect(dropped).toEqual([]);
        expect(decodeEmbedRequest(body, ASKED)).toEqual(asked);
      }),
    );
  });

  it('names what another dialect says besides', () => {
    const extras = { origin: 'gemini', fields: { taskType: 'x' } } as const;
    const { body, dropped } = encodeEmbedRequest(request({ extras }), { model: 'other' });
    expect([body, dropped]).toEqual([{ model: 'other', input: ['a'] }, ['taskType']]);
  });
});

describe('an answer with embeddings', () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true });

  it('has the same numbers in either form', () => {
    const vectors = fc.array(fc.array(float, { minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(vectors, fc.constantFrom('float' as const, 'base64' as const), (given, encoding) => {
        const usage = { ...UNKNOWN_USAGE, inputTokens: 3, outputTokens: 0 };
        const context = { request: request({ encoding }), model: 'm', tookMs: 1 };
        const text = encodeEmbedAnswer({ vectors: given, model: null, usage }, context);
        const read = decodeEmbedAnswer(JSON.parse(text), 'box');
        // JSON has no negative zero.
        const expected = encoding === 'base64' ? given : given.map((vector) => vector.map((value) => value + 0 || 0));
        expect(read).toEqual({ vectors: expected, model: 'm', usage });
      }),
    );
  });

  it('is put into the order of its indexes', () => {
    const data = [
      { index: 1, embedding: [2] },
      { index: 0, embedding: [1] },
    ];
    expect(decodeEmbedAnswer({ data }, 'box')).toEqual({ vectors: [[1], [2]], model: null, usage: null });
  });

  it.each([
    [{}],
    [{ data: [] }],
    [{ data: [{}] }],
    [{ data: [{ embedding: ['x'] }] }],
    [{ data: [{ embedding: 'AAA=' }] }],
    [{ data: [{ embedding: [1] }, null] }],
    [null],
    ['x'],
  ])('is none: %j', (body) => {
    expect(decodeEmbedAnswer(body, 'box')).toMatchObject({ code: 'upstream_invalid_answer' });
  });

  it('may be an error', () => {
    const error = decodeEmbedAnswer({ error: { message: 'no', code: 429 } }, 'box');
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({
      code: 'upstream_error',
      status: 429,
      message: expect.stringMatching(/^box .*: no$/) as unknown,
    });
  });
});
