import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import { readRelayAnswer, readRelayEvent } from '../../../src/dialects/openai-relay/read-answer.ts';
import type { RelayUsage } from '../../../src/dialects/openai-relay/usage.ts';

const RECORDED = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'recorded');
const tokens = (usage: Partial<typeof UNKNOWN_USAGE>): RelayUsage => ({
  kind: 'tokens',
  usage: { ...UNKNOWN_USAGE, ...usage },
});
const UNKNOWN: RelayUsage = { kind: 'unknown' };

/** Shapes of the vendors' SDKs and documentation. */
const ANSWERS: readonly (readonly [string, Record<string, unknown>, RelayUsage])[] = [
  [
    'images (OpenAI)',
    {
      data: [{ b64_json: 'AAAA' }],
      usage: {
        input_tokens: 50,
        input_tokens_details: { text_tokens: 10, image_tokens: 40 },
        output_tokens: 1056,
        total_tokens: 1106,
      },
    },
    tokens({ inputTokens: 50, imageTokens: 40, outputTokens: 1056 }),
  ],
  ['images without usage (dall-e-3)', { created: 1, data: [{ url: 'https://x' }] }, UNKNOWN],
  [
    'a transcription by tokens (OpenAI)',
    {
      text: 'hi',
      usage: {
        type: 'tokens',
        input_tokens: 14,
        input_token_details: { text_tokens: 4, audio_tokens: 10 },
        output_tokens: 45,
        total_tokens: 59,
      },
    },
    tokens({ inputTokens: 14, inputAudioTokens: 10, outputTokens: 45 }),
  ],
  ['a transcription by time', { text: 'hi', usage: { type: 'duration', seconds: 3 } }, { kind: 'audio', seconds: 3 }],
  ['a time that is none', { usage: { type: 'duration', seconds: '3' } }, UNKNOWN],
  ['a time before it began', { usage: { type: 'duration', seconds: -1 } }, UNKNOWN],
  [
    'a transcription by time and tokens (Mistral)',
    { usage: { prompt_audio_seconds: 36, prompt_tokens: 13, completion_tokens: 151, total_tokens: 164 } },
    UNKNOWN,
  ],
  ['a transcription without usage (Groq)', { text: 'hi', x_groq: { id: 'req_1' } }, UNKNOWN],
  ['a rerank by tokens (Jina, Voyage)', { usage: { total_tokens: 26 } }, tokens({ inputTokens: 26, outputTokens: 0 })],
  [
    'a rerank by tokens (vLLM)',
    { usage: { prompt_tokens: 56, total_tokens: 56 } },
    tokens({ inputTokens: 56, outputTokens: 0 }),
  ],
  [
    'a rerank by tokens (SiliconFlow)',
    { meta: { billed_units: { input_tokens: 9 }, tokens: { input_tokens: 9, output_tokens: 0 } } },
    tokens({ inputTokens: 9, outputTokens: 0 }),
  ],
  [
    'a rerank by searches (Cohere)',
    { meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } } },
    UNKNOWN,
  ],
  [
    'a rerank by searches that counts tokens',
    { meta: { billed_units: { search_units: 1 }, tokens: { input_tokens: 9 } } },
    UNKNOWN,
  ],
  ['a moderation', { id: 'modr-1', results: [{ flagged: false }] }, UNKNOWN],
  ['counts that are none', { usage: { input_tokens: -1, output_tokens: 'x', total_tokens: 1.5 } }, UNKNOWN],
  [
    'a part greater than its whole',
    { usage: { input_tokens: 5, output_tokens: 1, input_tokens_details: { image_tokens: 6 } } },
    tokens({ inputTokens: 5, outputTokens: 1 }),
  ],
  ['a usage that is none', { usage: 'much', meta: [] }, UNKNOWN],
];

describe('the usage of an answer', () => {
  it.each(ANSWERS)('of %s is read', (_, answer, usage) => {
    const bytes = Buffer.from(JSON.stringify({ model: 'm', ...answer }));
    expect(readRelayAnswer(bytes, 'application/json; charset=utf-8')).toEqual({ model: 'm', usage });
  });

  it('is found behind megabytes of images', () => {
    const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
    const body = JSON.stringify({ data: [{ b64_json: 'A'.repeat(8_000_000), usage: 'not this one' }], usage });
    const read = readRelayAnswer(Buffer.from(body), 'application/json');
    expect(read).toEqual({ model: null, usage: tokens({ inputTokens: 1, outputTokens: 2 }) });
  });

  it.each([
    ['sound', 'audio/mpeg', Buffer.from([0xff, 0xfb, 0x90])],
    ['subtitles', 'application/x-subrip', Buffer.from('1\n00:00')],
    ['text', 'text/plain', Buffer.from('{"usage":{"total_tokens":5}}')],
    ['nothing', undefined, Buffer.alloc(0)],
    ['half a JSON', 'application/json', Buffer.from('{"text":"a')],
    ['a list', 'application/json', Buffer.from('[{"usage":{"total_tokens":5}}]')],
    ['a usage that is cut', 'application/json', Buffer.from('{"usage":{"total_tokens":')],
  ])('of %s is not known', (_, contentType, bytes) => {
    expect(readRelayAnswer(bytes, contentType)).toEqual({ model: null, usage: UNKNOWN });
  });

  const hasRecordings = existsSync(RECORDED);
  if (!hasRecordings) console.log('skipped: the recorded answers of providers are not on this machine');
  it.skipIf(!hasRecordings).each<[string, RelayUsage]>([
    ['openai/openai-transcription.json', { kind: 'audio', seconds: 37 }],
    ['mistral/mistral-transcription.json', UNKNOWN],
  ])('of the recorded %s is read', (file, usage) => {
    expect(readRelayAnswer(readFileSync(join(RECORDED, file)), 'application/json').usage).toEqual(usage);
  });
});

describe('an event of a stream', () => {
  const usage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 };
  const end = { kind: 'end', usage: tokens({ inputTokens: 14, outputTokens: 101 }) };
  it.each([
    [{ type: 'image_generation.partial_image', b64_json: 'A' }, { kind: 'piece' }],
    [{ type: 'image_generation.completed', b64_json: 'A', usage }, end],
    [{ type: 'transcript.text.delta', delta: 'hi' }, { kind: 'piece' }],
    [{ type: 'transcript.text.done', text: 'hi', usage: { type: 'tokens', ...usage } }, end],
    [
      { type: 'transcript.text.done', text: 'hi' },
      { kind: 'end', usage: UNKNOWN },
    ],
    [{ type: 'speech.audio.delta', audio: 'A' }, { kind: 'piece' }],
    [{ type: 'speech.audio.done', usage }, end],
    [
      { type: 'error', error: { message: 'no', type: 'server_error' } },
      { kind: 'error', message: 'no', type: 'server_error' },
    ],
    [
      { type: 'error', message: 'no' },
      { kind: 'error', message: 'no', type: null },
    ],
    [{ error: { code: 1 } }, { kind: 'error', message: 'an error without a message', type: null }],
    [{ type: 'something.new' }, { kind: 'piece' }],
    [{}, { kind: 'piece' }],
  ])('%j is known', (event, expected) => {
    expect(readRelayEvent(event)).toEqual(expected);
  });
});
