import { describe, expect, it } from 'vitest';
import type { EmbeddingRequest } from '../../../src/canonical/embedding.ts';
import { embeddingBackOf, hasOwnEmbeddings } from '../../../src/dialects/embedding-faces.ts';
import { decodeEmbedRequest } from '../../../src/dialects/gemini/embeddings.ts';

const vertex = embeddingBackOf('gemini', 'google-cloud');
if (vertex === null) throw new Error('Vertex AI makes embeddings');
const { pathOf, encodeRequest, decodeAnswer } = vertex;

function asked(inputs: EmbeddingRequest['inputs'], more: Partial<EmbeddingRequest> = {}): EmbeddingRequest {
  const extras = { origin: 'openai-chat', fields: {} } as const;
  return { model: 'm', inputs, dimensions: null, encoding: 'float', extras, ...more };
}

// `tIsVertexEmbedContentModel` of @google/genai 1.x.
describe('embeddings on Vertex AI', () => {
  it.each([
    ['text-embedding-005', '/models/text-embedding-005:predict'],
    ['text-multilingual-embedding-002', '/models/text-multilingual-embedding-002:predict'],
    ['gemini-embedding-001', '/models/gemini-embedding-001:predict'],
    ['gemini-embedding-2-preview', '/models/gemini-embedding-2-preview:embedContent'],
    ['multilingual-e5-large-instruct-maas', '/models/multilingual-e5-large-instruct-maas:embedContent'],
  ])('of %s are asked at %s', (model, path) => {
    expect(pathOf(model)).toBe(path);
  });

  it('are never asked with the bytes of a client of Gemini’s own API', () => {
    expect(hasOwnEmbeddings('gemini', 'google-cloud')).toBe(true);
    expect(hasOwnEmbeddings('gemini', 'plain')).toBe(false);
    expect(hasOwnEmbeddings('openai-chat', 'google-cloud')).toBe(false);
  });

  it('are instances of a prediction', () => {
    expect(encodeRequest(asked(['one', 'two'], { dimensions: 64 }), { model: 'text-embedding-005' })).toEqual({
      body: { instances: [{ content: 'one' }, { content: 'two' }], parameters: { outputDimensionality: 64 } },
      dropped: [],
      headers: {},
    });
    expect(encodeRequest(asked(['one']), { model: 'text-embedding-005' }).body).toEqual({
      instances: [{ content: 'one' }],
    });
  });

  it('are the content of newer models', () => {
    expect(encodeRequest(asked(['one'], { dimensions: 64 }), { model: 'gemini-embedding-2' }).body).toEqual({
      content: { parts: [{ text: 'one' }] },
      embedContentConfig: { outputDimensionality: 64 },
    });
    expect(encodeRequest(asked(['one']), { model: 'gemini-embedding-2' }).body).toEqual({
      content: { parts: [{ text: 'one' }] },
    });
  });

  it('keep what a client of Gemini says beside the text', () => {
    const body = {
      content: { parts: [{ text: 'one' }] },
      taskType: 'RETRIEVAL_QUERY',
      title: 'T',
      embedContentConfig: { autoTruncate: false },
      newThing: 1,
    };
    const request = decodeEmbedRequest(body, false, 'm');
    expect(encodeRequest(request, { model: 'text-embedding-005' })).toMatchObject({
      body: {
        instances: [{ content: 'one', task_type: 'RETRIEVAL_QUERY', title: 'T' }],
        parameters: { autoTruncate: false },
      },
      dropped: ['newThing'],
    });
    expect(encodeRequest(request, { model: 'gemini-embedding-2' }).body).toEqual({
      content: { parts: [{ text: 'one' }] },
      embedContentConfig: { taskType: 'RETRIEVAL_QUERY', title: 'T', autoTruncate: false },
    });
  });

  it.each([
    ['gemini-embedding-001', ['one', 'two'], /`input\[1\]`.*one text in each request/],
    ['gemini-embedding-2', ['one', 'two'], /`input\[1\]`.*one text in each request/],
    ['text-embedding-005', ['one', [1, 2]], /`input\[1\]`.*tokens/],
  ])('of %s are refused for %j', (model, inputs, message) => {
    expect(() => encodeRequest(asked(inputs), { model })).toThrow(message);
  });

  it('are read, with their tokens', () => {
    const predictions = [1, 2].map((value) => ({
      embeddings: { values: [value, 0.5], statistics: { token_count: 3, truncated: false } },
    }));
    expect(decodeAnswer({ predictions }, 'vertex')).toMatchObject({
      vectors: [
        [1, 0.5],
        [2, 0.5],
      ],
      usage: { inputTokens: 6, outputTokens: 0 },
    });
    const usageMetadata = { promptTokenCount: 4, totalTokenCount: 4 };
    expect(decodeAnswer({ embedding: { values: [1] }, usageMetadata, truncated: false }, 'vertex')).toMatchObject({
      vectors: [[1]],
      usage: { inputTokens: 4 },
    });
  });
});
