import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { isObject } from '../../../src/std/is-object.ts';
import { decodeEmbedAnswer } from '../../../src/dialects/gemini/embeddings.ts';
import { answering, back, chunksIn, encodedStream, folded, front, sse, streamed, whole } from './contexts.ts';

/** Answers that Google gave, beside the project; they do not ship with it. */
const FOLDER = join(import.meta.dirname, '../../../../shared/recorded');
const isThere = existsSync(FOLDER);
if (!isThere) console.warn(`skipped: ${FOLDER} is not there`);

const files = isThere ? readdirSync(join(FOLDER, 'google')) : [];
const read = (name: string): string => readFileSync(join(FOLDER, 'google', name), 'utf8');
const isAnswer = (body: unknown): body is JsonObject => isObject(body) && Array.isArray(body['candidates']);

const wholes = files
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name, JSON.parse(read(name)) as unknown] as const)
  .filter((entry): entry is readonly [string, JsonObject] => isAnswer(entry[1]));
const streams = files
  .filter((name) => name.endsWith('.chunks.txt'))
  .map(
    (name) =>
      [
        name,
        read(name)
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as JsonObject),
      ] as const,
  )
  .filter(([, chunks]) => isAnswer(chunks[0]));

/** What the body itself says, computed apart. */
function told(usage: unknown): unknown {
  const { promptTokenCount = 0, candidatesTokenCount = 0, thoughtsTokenCount = 0 } = usage as Record<string, number>;
  return {
    inputTokens: promptTokenCount,
    outputTokens: candidatesTokenCount + thoughtsTokenCount,
    reasoningTokens: thoughtsTokenCount,
  };
}

// skipped: without the folder there is nothing to read, as was said above.
describe.skipIf(!isThere)('recorded answers of Google', () => {
  it('are there', () => {
    expect([wholes.length, streams.length]).toEqual([4, 4]);
  });

  it.each(wholes)('%s: whole', (_name, body) => {
    const answer = folded(body);
    expect(answer.usage).toMatchObject(told(body['usageMetadata']) as object);
    expect(answer.content.length).toBeGreaterThan(0);
    // The streamed form of the very same answer.
    expect(foldAnswer(streamed(sse([body])))).toEqual(answer);
    expect(foldAnswer(whole(JSON.parse(front.encodeAnswer(answer, answering()))))).toEqual(answer);
  });

  it.each(streams)('%s: streamed', (_name, chunks) => {
    const events = streamed(sse(chunks));
    const answer = foldAnswer(events);
    expect(answer.usage).toMatchObject(told(chunks.at(-1)?.['usageMetadata']) as object);
    expect(answer.finish?.reason).toBe(JSON.stringify(chunks).includes('functionCall') ? 'tool_calls' : 'stop');
    expect(foldAnswer(streamed(sse(chunksIn(encodedStream(events)))))).toEqual(answer);
    expect(folded(chunks)).toEqual(answer);
    const parts = chunks.flatMap(
      (chunk) => (chunk['candidates'] as { content: { parts: JsonObject[] } }[])[0]?.content.parts ?? [],
    );
    const text = parts
      .map((part) => (part['thought'] !== true && typeof part['text'] === 'string' ? part['text'] : ''))
      .join('');
    expect(answer.content.map(({ part }) => (part.type === 'text' ? part.text : '')).join('')).toBe(text);
    const signatures = parts.flatMap((part) => part['thoughtSignature'] ?? []);
    expect(
      answer.content.flatMap(({ part }) => ('state' in part && part.state !== null ? [part.state.data] : [])),
    ).toEqual(signatures);
  });

  it.each(streams)('%s: however it is cut, in either form', (_name, chunks) => {
    const forms = [
      sse(chunks),
      Buffer.from(JSON.stringify(chunks)),
      Buffer.from(`[${chunks.map((chunk) => JSON.stringify(chunk, null, 2)).join('\n,\r\n')}]\n`),
    ];
    const expected = streamed(sse(chunks));
    fc.assert(
      fc.property(fc.constantFrom(...forms), fc.array(fc.nat(), { maxLength: 12 }), (bytes, places) => {
        const ends = [...new Set(places.map((place) => place % bytes.length)), bytes.length].sort((a, b) => a - b);
        const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(streamed(pieces)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
    for (const bytes of forms)
      expect(streamed(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(expected);
  });

  it('an exhausted quota says when to come back', () => {
    const error = back.decodeError({
      provider: 'Google',
      status: 429,
      retryAfter: null,
      body: read('google-429-retry-info.json'),
    });
    expect(error).toMatchObject({ status: 429, type: 'RESOURCE_EXHAUSTED', retryAfter: '35', retryable: true });
  });

  it('embeddings of Vertex AI have their tokens with each vector', () => {
    const body: unknown = JSON.parse(readFileSync(join(FOLDER, 'google-vertex/google-vertex-embedding.json'), 'utf8'));
    const answer = decodeEmbedAnswer(body, 'Vertex AI');
    expect(answer).toMatchObject({ usage: { inputTokens: 11, outputTokens: 0 }, model: null });
    expect('vectors' in answer && answer.vectors.map(({ length }) => length)).toEqual([5, 5]);
  });
});
