import { describe, expect, it } from 'vitest';
import { decodeEmbedAnswer, decodeEmbeddingsRequest } from '../../../src/dialects/ollama/embeddings.ts';
import { decodeEmbedRequest, encodeEmbedRequest } from '../../../src/dialects/ollama/embeddings.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { recording } from '../../helpers/recordings.ts';
import type { EmbeddingRequest } from '../../../src/canonical/embedding.ts';

const REQUEST: EmbeddingRequest = {
  model: 'm',
  inputs: ['a', 'b'],
  dimensions: 256,
  encoding: 'float',
  extras: { origin: 'openai-chat', fields: {} },
};

describe('a request for embeddings', () => {
  it.each([
    [{ input: 'a' }, ['a']],
    [{ input: ['a', 'b'] }, ['a', 'b']],
    [{ input: '' }, []],
    [{}, []],
  ])('of a client has the texts of %j (O15)', (body, inputs) => {
    expect(decodeEmbedRequest(body, 'm').inputs).toEqual(inputs);
  });

  it('keeps what else it says', () => {
    const body = {
      model: 'x',
      input: 'a',
      dimensions: 0,
      truncate: false,
      keep_alive: '5m',
      options: { num_ctx: 512 },
    };
    expect(decodeEmbedRequest(body, 'm')).toEqual({
      ...REQUEST,
      inputs: ['a'],
      dimensions: null,
      extras: { origin: 'ollama', fields: { keep_alive: '5m', options: { num_ctx: 512 } } },
    });
    expect(decodeEmbeddingsRequest({ prompt: 'a', dimensions: 2 }, 'm')).toMatchObject({
      inputs: ['a'],
      dimensions: 2,
    });
  });

  it.each([
    [{ input: 7 }, 'input'],
    [{ input: [[1, 2]] }, 'input[0]'],
    [{ input: 'a', dimensions: -1 }, 'dimensions'],
    [{ input: 'a', options: 'b' }, 'options'],
  ])('is refused where it is wrong: %j', (body, param) => {
    expect(() => decodeEmbedRequest(body, 'm')).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('goes to Ollama as a list that is not to be cut (O15)', () => {
    const fields = { user: 'u', keep_alive: -1 };
    const request = { ...REQUEST, extras: { origin: 'openai-chat', fields } } as const;
    expect(encodeEmbedRequest(request, { model: 'nomic-embed-text' })).toEqual({
      body: { model: 'nomic-embed-text', input: ['a', 'b'], truncate: false, dimensions: 256, keep_alive: -1 },
      dropped: ['user'],
      headers: {},
    });
    expect(() => encodeEmbedRequest({ ...REQUEST, inputs: [[1, 2]] }, { model: 'm' })).toThrow(
      expect.objectContaining({ code: 'unsupported_content', param: 'input[0]' }),
    );
  });
});

describe('an answer with embeddings', () => {
  it('has the vectors, and the tokens of the prompt (O15)', () => {
    const body = { model: 'm', embeddings: [[0.1], [0.2]], total_duration: 5, prompt_eval_count: 8 };
    expect(decodeEmbedAnswer(body, 'ollama')).toMatchObject({
      vectors: [[0.1], [0.2]],
      model: 'm',
      usage: { inputTokens: 8, outputTokens: 0 },
    });
    expect(decodeEmbedAnswer({ embedding: [1, 2] }, 'ollama')).toEqual({ vectors: [[1, 2]], model: null, usage: null });
  });

  it.each([{}, [], null, { embeddings: [['a']] }, { embeddings: {} }])('is none where it is %j', (body) => {
    expect(decodeEmbedAnswer(body, 'ollama')).toMatchObject({ code: 'upstream_invalid_answer' });
  });

  it('may be an error of the server', () => {
    const { status, body } = recording('ollama-0.34.0', 'api-oversize-embed');
    expect(status).toBe(400);
    const error = decodeEmbedAnswer(JSON.parse(body.toString('utf8')), 'ollama');
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'context_length_exceeded' });
  });
});
