import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import {
  decodeEmbedAnswer,
  decodeEmbedRequest,
  embedPath,
  encodeEmbedAnswer,
  encodeEmbedRequest,
} from '../../../src/dialects/gemini/embeddings.ts';

/* Shapes: ai.google.dev/api/embeddings. */
const content = (...texts: string[]): { parts: { text: string }[] } => ({ parts: texts.map((text) => ({ text })) });

describe('requests', () => {
  it('for one text', () => {
    const body = {
      model: 'models/e',
      content: content('a', 'b'),
      taskType: 'RETRIEVAL_QUERY',
      output_dimensionality: 256,
    };
    expect(decodeEmbedRequest(body, false, 'e')).toEqual({
      model: 'e',
      inputs: ['a\nb'],
      dimensions: 256,
      encoding: 'float',
      extras: { origin: 'gemini', fields: { taskType: 'RETRIEVAL_QUERY' } },
    });
  });

  it('for several, and back to the same body', () => {
    const body = {
      requests: ['a', 'b'].map((text) => ({
        model: 'models/e',
        content: content(text),
        outputDimensionality: 8,
        taskType: 'X',
      })),
    };
    const request = decodeEmbedRequest(body, true, 'e');
    expect(request.inputs).toEqual(['a', 'b']);
    expect(encodeEmbedRequest(request, { model: 'e' })).toEqual({ body, dropped: [], headers: {} });
    expect(embedPath('models/e')).toBe('/models/e:batchEmbedContents');
  });

  it.each([
    [false, {}, 'content'],
    [false, { content: { parts: [{ inlineData: {} }] } }, 'content.parts[0].text'],
    [true, {}, 'requests'],
    [true, { requests: [] }, 'requests'],
    [true, { requests: [{ content: content('a') }, { content: { parts: 'x' } }] }, 'requests[1].content.parts'],
    [
      true,
      { requests: [{ content: content('a') }, { content: content('b'), outputDimensionality: 3 }] },
      'requests[1].outputDimensionality',
    ],
  ])('batch %s: %j is a 400 that names %s', (batch, body, param) => {
    expect(() => decodeEmbedRequest(body, batch, 'e')).toThrow(
      expect.objectContaining({ status: 400, param }) as Error,
    );
  });

  it('of another dialect lose what Gemini has no word for', () => {
    const request = {
      model: 'm',
      inputs: ['a', [1, 2]],
      dimensions: null,
      encoding: 'float',
      extras: { origin: 'ollama', fields: { keep_alive: 1 } },
    } as const;
    expect(() => encodeEmbedRequest(request, { model: 'e' })).toThrow(/`input\[1\]`/);
    expect(encodeEmbedRequest({ ...request, inputs: ['a'] }, { model: 'e' })).toEqual({
      body: { requests: [{ model: 'models/e', content: content('a') }] },
      dropped: ['keep_alive'],
      headers: {},
    });
  });
});

describe('answers', () => {
  const answer = {
    vectors: [
      [1, 2],
      [3, 4],
    ],
    model: null,
    usage: { ...UNKNOWN_USAGE, inputTokens: 5, outputTokens: 0 },
  };

  it('are written and read', () => {
    expect(decodeEmbedAnswer(JSON.parse(encodeEmbedAnswer(answer, true)), 'Google')).toEqual(answer);
    const one = { ...answer, vectors: [[1, 2]], usage: null };
    expect(JSON.parse(encodeEmbedAnswer(one, false))).toEqual({ embedding: { values: [1, 2] } });
    expect(decodeEmbedAnswer(JSON.parse(encodeEmbedAnswer(one, false)), 'Google')).toEqual(one);
  });

  it.each([[{}], [null], [{ embeddings: [] }], [{ embeddings: [{ values: ['x'] }] }], [{ embedding: {} }]])(
    '%j is none',
    (body) => {
      expect(decodeEmbedAnswer(body, 'Google')).toMatchObject({ code: 'upstream_invalid_answer' });
    },
  );

  it('may be errors', () => {
    const error = decodeEmbedAnswer({ error: { code: 404, message: 'No such model', status: 'NOT_FOUND' } }, 'Google');
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ status: 404, message: 'Google answered with an error: No such model' });
  });
});
