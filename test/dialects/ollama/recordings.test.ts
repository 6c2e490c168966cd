import { describe, expect, it } from 'vitest';
import { asked, decoding, streamed, whole } from './contexts.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { ollama } from '../../../src/dialects/ollama/index.ts';
import { parseJson } from '../../../src/std/parse-json.ts';
import { recordedStream, recording } from '../../helpers/recordings.ts';
import { UNKNOWN_USAGE } from '../../../src/canonical/usage.ts';
import type { CanonicalAnswer } from '../../../src/canonical/answer.ts';
import type { GatewayError } from '../../../src/canonical/errors.ts';

const SERVERS = ['ollama-0.24.0', 'ollama-0.34.0'] as const;
type Server = (typeof SERVERS)[number];

function fromStream(server: Server, name: string): CanonicalAnswer {
  return foldAnswer(streamed([recordedStream(server, name)]));
}

function fromWhole(server: Server, name: string): CanonicalAnswer {
  return foldAnswer(whole(parseJson(recording(server, name).body.toString('utf8'))));
}

function errorOf(server: Server, name: string): GatewayError {
  const { status, body } = recording(server, name);
  return ollama.back.decodeError({ provider: 'ollama', status, retryAfter: null, body: body.toString('utf8') });
}

const said = ({ content }: CanonicalAnswer): readonly unknown[] => content.map(({ part }) => part);
/** What is the same each time that the same is asked: not the random ids of calls. */
const spoken = (answer: CanonicalAnswer): readonly unknown[] =>
  answer.content.map(({ part }) => (part.type === 'tool_call' ? { ...part, id: 'any' } : part));

describe.each(SERVERS)('what %s really answered', (server) => {
  const tells = server === 'ollama-0.34.0';

  it('is a text, with its usage', () => {
    const answer = fromStream(server, 'api-chat-hello-stream');
    expect(said(answer)).toEqual([{ type: 'text', text: 'Hello from a real server. 🙂', cache: null, state: null }]);
    expect(answer.model).toBe('tiny-hello');
    expect(answer.finish).toEqual({ reason: 'stop', raw: 'stop', stopSequence: null, detail: null });
    expect(answer.usage).toEqual({
      ...UNKNOWN_USAGE,
      inputTokens: 19,
      outputTokens: 10,
      cacheReadTokens: tells ? 0 : null,
    });
  });

  it.each(['api-chat-stream', 'api-chat', 'api-generate'])('was cut by the limit in %s', (name) => {
    const answer = name.endsWith('stream') ? fromStream(server, name) : fromWhole(server, name);
    expect(answer.finish?.reason).toBe('length');
    expect(answer.usage).toMatchObject({ inputTokens: 19, outputTokens: 4 });
    expect(said(answer)).toHaveLength(1);
  });

  it('has what it thought apart, whole as streamed', () => {
    const parts = [
      { type: 'reasoning', text: 'The user wants a number.\n', state: null },
      { type: 'text', text: 'It is 42.', cache: null, state: null },
    ];
    expect(said(fromStream(server, 'api-chat-think-stream'))).toEqual(parts);
    expect(said(fromWhole(server, 'api-chat-think'))).toEqual(parts);
  });

  it('has tags in the text where the model was told not to think, which are taken out (O9)', () => {
    expect(said(fromWhole(server, 'api-chat-think-false'))).toEqual([
      { type: 'reasoning', text: 'The user wants a number.\n', state: null },
      { type: 'text', text: 'It is 42.', cache: null, state: null },
    ]);
    const body = parseJson(recording(server, 'api-chat-think-false').body.toString('utf8'));
    expect(said(foldAnswer(whole(body, decoding(asked(), false))))).toMatchObject([
      { type: 'text', text: '<think>\nThe user wants a number.\n</think>\n\nIt is 42.' },
    ]);
  });

  it('has calls of tools with their own ids, whole as streamed (O10, O11)', () => {
    const answer = fromStream(server, 'api-chat-tools-stream');
    expect(answer.finish?.reason).toBe('tool_calls');
    expect(said(answer)).toEqual([
      {
        type: 'tool_call',
        id: expect.stringMatching(/^call_[a-z0-9]{8}$/) as string,
        name: 'get_weather',
        arguments: '{"city":"Ghent"}',
        kind: 'function',
        state: null,
        cache: null,
      },
    ]);
    const other = fromWhole(server, 'api-chat-tools');
    expect(spoken(other)).toEqual(spoken(answer));
    expect(other.finish?.reason).toBe('tool_calls');
    expect(other.usage).toMatchObject({ inputTokens: answer.usage?.inputTokens, outputTokens: 8 });
  });

  it.each([
    ['api-chat-load-only', 'load'],
    ['api-chat-unload', 'unload'],
  ])('is empty in %s (O10)', (name, raw) => {
    const answer = fromWhole(server, name);
    expect(answer).toMatchObject({ content: [], usage: null, finish: { reason: 'stop', raw } });
  });

  it('ends with the error of a runner that was killed (O13)', () => {
    const events = streamed([recordedStream(server, 'crash-native')]);
    expect(events.filter(({ type }) => type === 'text').length).toBeGreaterThan(5);
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      error: { code: 'upstream_error', status: 502, retryable: true },
    });
    const last = events.at(-1);
    expect(last?.type === 'error' && last.error.message).toContain('unexpected EOF');
    expect(events.some(({ type }) => type === 'finish')).toBe(false);
  });

  it.each([
    ['api-error-unknown-model-native', 404, "ollama answered 404: model 'nope' not found", 'ollama pull nope'],
    ['api-error-tools-unsupported', 400, 'does not support tools', 'tools'],
    ['api-error-think-unsupported', 400, '"tiny" does not support thinking', 'reasoning'],
    ['api-error-chat-with-embedder', 400, '"tiny-embed" does not support chat', null],
    ['api-error-bad-json-native', 400, "invalid character 'n'", null],
  ])('is an error in %s (O6, O14)', (name, status, message, hint) => {
    const error = errorOf(server, name);
    expect(error).toMatchObject({ code: 'upstream_error', status, source: 'upstream' });
    expect(error.message).toContain(message);
    if (hint === null) expect(error.hint).toBeNull();
    else expect(error.hint).toContain(hint);
  });

  it.each(['api-oversize-native-truncate-false', 'api-oversize-native-truncate-false-stream', 'api-oversize-embed'])(
    'says in %s that the context is too short (O3)',
    (name) => {
      const error = errorOf(server, name);
      expect(error).toMatchObject({
        code: 'context_length_exceeded',
        status: 400,
        wireCode: 'context_length_exceeded',
      });
      // llama-server's JSON inside the message is not what a person is shown.
      expect(error.message).not.toContain('{');
    },
  );

  it.each([
    'api-chat-hello-stream',
    'api-chat-stream',
    'api-chat-think-stream',
    'api-chat-tools-stream',
    'crash-native',
  ])('gives the same events from %s however it is cut', (name) => {
    const bytes = recordedStream(server, name);
    const once = streamed([bytes]);
    for (const size of [1, 2, 3, 7, 64, 1_000]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(streamed(pieces)).toEqual(once);
    }
  });
});
