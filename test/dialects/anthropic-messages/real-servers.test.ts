import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { recordedStream, recording } from '../../helpers/recordings.ts';
import type { RecordedServer } from '../../helpers/recordings.ts';
import { back, decoding, folded, streamed } from './contexts.ts';

const SERVERS = ['ollama-0.24.0', 'ollama-0.34.0', 'llama.cpp', 'vllm'] as const;
const NO_CACHE = { cacheReadTokens: null };
const PARTS = {
  'tiny-hello': [{ type: 'text', text: 'Hello from a real server. 🙂' }],
  'tiny-think': [
    { type: 'reasoning', text: expect.stringContaining('The user wants a number.') as unknown },
    { type: 'text', text: expect.stringContaining('It is 42.') as unknown },
  ],
  'tiny-tools': [{ type: 'tool_call', name: 'get_weather', kind: 'function' }],
} as const;
const MODELS = ['tiny-hello', 'tiny-think', 'tiny-tools'] as const;

describe.each(SERVERS)('/v1/messages of %s', (server) => {
  const whole = (name: string) => folded(JSON.parse(recording(server, name).body.toString('utf8')));
  const stream = (name: string) => foldAnswer(streamed(recordedStream(server, name)));

  it.each(MODELS)('%s: whole and streamed are the same answer', (model) => {
    const answers = [whole(`${model}-messages`), stream(`${model}-messages-stream`)];
    for (const answer of answers) {
      expect(answer.content.map(({ part }) => part)).toMatchObject(PARTS[model]);
      expect(answer.finish?.reason).toBe(model === 'tiny-tools' ? 'tool_calls' : 'stop');
      expect(answer.model).toBe(model);
    }
    const [one, other] = answers.map(({ content }) =>
      content.map(({ part }) =>
        part.type === 'tool_call' ? (JSON.parse(part.arguments) as unknown) : 'text' in part ? part.text : part,
      ),
    );
    expect(one).toEqual(other);
    expect(answers[0]?.usage).toEqual(answers[1]?.usage);
  });

  it('an answer that was cut by the limit', () => {
    expect(whole('messages').finish).toMatchObject({ reason: 'length', raw: 'max_tokens' });
    expect(stream('messages-stream').finish).toMatchObject({ reason: 'length', raw: 'max_tokens' });
  });
});

it.each<[RecordedServer, object]>([
  ['ollama-0.24.0', { inputTokens: 19, outputTokens: 10, ...NO_CACHE }],
  // The beginning of the stream holds a guess (2), its end the truth.
  ['ollama-0.34.0', { inputTokens: 19, outputTokens: 10, cacheReadTokens: 18 }],
  // The end of the stream says nothing of the input.
  ['llama.cpp', { inputTokens: 19, outputTokens: 10, cacheReadTokens: 18 }],
  ['vllm', { inputTokens: 19, outputTokens: 10, ...NO_CACHE }],
])('%s counts the whole prompt', (server, usage) => {
  expect(foldAnswer(streamed(recordedStream(server, 'tiny-hello-messages-stream'))).usage).toMatchObject(usage);
});

it('llama.cpp ends its thoughts behind the text, and signs nothing', () => {
  const answer = foldAnswer(streamed(recordedStream('llama.cpp', 'tiny-think-messages-stream')));
  expect(answer.content.map(({ part }) => part)).toEqual([
    { type: 'reasoning', text: 'The user wants a number.\n', state: null },
    { type: 'text', text: 'It is 42.', cache: null, state: null },
  ]);
});

it.each(['ollama-0.24.0', 'ollama-0.34.0'] as const)('%s whose runner died ends without a word', (server) => {
  const events = streamed(recordedStream(server, 'crash-anthropic'));
  expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'upstream_stream_truncated' } });
});

it.each<[RecordedServer, string, object]>([
  ['ollama-0.34.0', 'error-unknown-model-messages', { status: 404, type: 'not_found_error' }],
  ['vllm', 'error-unknown-model-messages', { status: 404, type: 'NotFoundError' }],
  ['vllm', 'auth-none-messages', { status: 401, message: 'Anthropic answered 401: Unauthorized' }],
  ['llama.cpp', 'auth-none-messages', { status: 401, type: 'authentication_error', wireCode: 401 }],
])('%s: %s', (server, name, fields) => {
  const { status, body } = recording(server, name);
  const error = back.decodeError({
    provider: decoding().provider,
    status,
    retryAfter: null,
    body: body.toString('utf8'),
  });
  expect(error).toMatchObject({ code: 'upstream_error', ...fields });
});
