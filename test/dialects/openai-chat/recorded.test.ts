import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnswerEvent, CanonicalAnswer } from '../../../src/canonical/answer.ts';
import { foldAnswer } from '../../../src/canonical/fold-answer.ts';
import { decodeAnswer } from '../../../src/dialects/openai-chat/decode-response.ts';
import { decodeStream } from '../../../src/dialects/openai-chat/decode-stream.ts';
import { encodeAnswer } from '../../../src/dialects/openai-chat/encode-response.ts';
import { encodeStream } from '../../../src/dialects/openai-chat/encode-stream.ts';
import { emptyRequest } from '../../../src/canonical/request.ts';
import { GatewayError } from '../../../src/canonical/errors.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import { RECORDED_SERVERS, recordedStream, recording } from '../../helpers/recordings.ts';
import type { RecordedServer } from '../../helpers/recordings.ts';
import { answerContext, decodeContext } from './contexts.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/recorded');

interface Recorded {
  readonly name: string;
  readonly bytes: Buffer;
  /** The objects in it, for what they say of usage and text. */
  readonly objects: readonly Record<string, unknown>[];
}

function linesOf(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.map((line) => line.replace(/^data: /, '')).filter((line) => line !== '' && line !== '[DONE]');
}

function recordedIn(folder: string): { readonly streams: Recorded[]; readonly wholes: Recorded[] } {
  const streams: Recorded[] = [];
  const wholes: Recorded[] = [];
  for (const provider of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    for (const file of readdirSync(join(folder, provider.name))) {
      const path = join(folder, provider.name, file);
      const name = `${provider.name}/${file.replace(/\.(?:chunks\.txt|json|sse)$/, '')}`;
      if (file.endsWith('.json')) {
        const text = readFileSync(path, 'utf8');
        const object = JSON.parse(text) as Record<string, unknown>;
        if (object['object'] === 'chat.completion') wholes.push({ name, bytes: Buffer.from(text), objects: [object] });
        continue;
      }
      const lines = linesOf(path);
      if (!lines.some((line) => line.includes('"object":"chat.completion.chunk"'))) continue;
      const bytes = Buffer.from(lines.map((line) => `data: ${line}\n\n`).join('') + 'data: [DONE]\n\n');
      streams.push({ name, bytes, objects: lines.map((line) => JSON.parse(line) as Record<string, unknown>) });
    }
  }
  return { streams, wholes };
}

function readStream(bytes: Buffer, context = decodeContext()): readonly AnswerEvent[] {
  const decoder = decodeStream(context);
  return [...decoder.push(bytes), ...decoder.end()];
}

function readWhole(bytes: Buffer, context = decodeContext()): CanonicalAnswer {
  const events = decodeAnswer(JSON.parse(bytes.toString('utf8')), context);
  if (events instanceof GatewayError) throw events;
  return foldAnswer(events);
}

/** What of an answer must survive: its parts without what each stream makes anew. */
function essence({ content, usage, finish, model }: CanonicalAnswer): unknown {
  return { content: content.map(({ part }) => part), usage, reason: finish?.reason, model };
}

/** Written as a client gets it, streamed and whole, and read again. */
function writtenAnew(events: readonly AnswerEvent[]): {
  readonly whole: CanonicalAnswer;
  readonly streamed: CanonicalAnswer;
} {
  const request = { ...emptyRequest('m', 'openai-chat'), stream: true, streamUsage: true };
  const context = answerContext({ request });
  const encoder = encodeStream(context);
  const text = events.map((event) => encoder.push(event)).join('') + encoder.end();
  const whole = encodeAnswer(foldAnswer(events), context);
  return { whole: readWhole(Buffer.from(whole)), streamed: foldAnswer(readStream(Buffer.from(text))) };
}

const recorded = existsSync(FOLDER) ? recordedIn(FOLDER) : { streams: [], wholes: [] };
if (!existsSync(FOLDER)) console.warn(`skipped: no recorded answers in ${FOLDER}`);

describe.skipIf(recorded.streams.length === 0)('answers of real providers', () => {
  it('are as many as there are', () => {
    expect(recorded.streams.length).toBeGreaterThanOrEqual(8);
    expect(recorded.wholes.length).toBeGreaterThanOrEqual(11);
  });

  it.each(recorded.streams)('streamed: $name', ({ bytes, objects }) => {
    const events = readStream(bytes);
    const answer = foldAnswer(events);
    expect(answer.finish).not.toBeNull();
    const stated = objects
      .map(({ usage }) => usage as Record<string, number> | null | undefined)
      .findLast((usage) => usage);
    expect(answer.usage?.inputTokens).toBe(stated?.['prompt_tokens']);
    expect(answer.usage?.outputTokens).toBe(stated?.['completion_tokens']);
    const anew = writtenAnew(events);
    expect(essence(anew.whole)).toEqual(essence(answer));
    expect(essence(anew.streamed)).toEqual(essence(answer));
  });

  it.each(recorded.wholes)('whole: $name', ({ bytes, objects }) => {
    const answer = readWhole(bytes);
    const usage = objects[0]?.['usage'] as Record<string, number>;
    expect(answer.usage?.inputTokens).toBe(usage['prompt_tokens']);
    expect(answer.usage?.outputTokens).toBe(usage['completion_tokens']);
    expect(answer.content.length).toBeGreaterThan(0);
    const events = decodeAnswer(JSON.parse(bytes.toString('utf8')), decodeContext()) as readonly AnswerEvent[];
    const anew = writtenAnew(events);
    expect(essence(anew.whole)).toEqual(essence(answer));
    expect(essence(anew.streamed)).toEqual(essence(answer));
  });

  // Those whose two forms are of one answer.
  it.each(['mistral/mistral-tool-call', 'mistral/mistral-reasoning'])('agree streamed and whole: %s', (name) => {
    const streamed = recorded.streams.find((one) => one.name === name);
    const whole = recorded.wholes.find((one) => one.name === name);
    if (streamed === undefined || whole === undefined) throw new Error('the recording is gone');
    expect(essence(foldAnswer(readStream(streamed.bytes)))).toEqual(essence(readWhole(whole.bytes)));
  });
});

/** llama-cpp-python was not recorded with the model that thinks. */
const THINKERS = RECORDED_SERVERS.filter((server) => server !== 'llama-cpp-python');
const quirks = { ...PLAIN_QUIRKS, thinkTags: true };

describe.each(RECORDED_SERVERS)('%s', (server: RecordedServer) => {
  const withoutTools = server === 'transformers' || server === 'llama-cpp-python';

  it('streams a tool call', () => {
    const answer = foldAnswer(readStream(recordedStream(server, 'tiny-tools-chat-stream')));
    if (withoutTools) {
      expect(JSON.stringify(answer.content)).toContain('<tool_call>');
      return;
    }
    const [call, ...others] = answer.content.map(({ part }) => part);
    expect(others).toEqual([]);
    if (call?.type !== 'tool_call') throw new Error('there is no call');
    expect(call.name).toBe('get_weather');
    expect(JSON.parse(call.arguments)).toEqual({ city: 'Ghent' });
    expect(answer.finish?.reason).toBe('tool_calls');
    expect(essence(writtenAnew(readStream(recordedStream(server, 'tiny-tools-chat-stream'))).streamed)).toEqual(
      essence(answer),
    );
  });

  it('answers whole', () => {
    const answer = readWhole(recording(server, 'chat').body);
    expect(answer.content).toHaveLength(1);
    expect(answer.finish?.reason).toMatch(/^(?:stop|length)$/);
    expect(answer.usage?.inputTokens).toBeGreaterThan(0);
  });
});

describe('what real servers do with thoughts and failures', () => {
  it.each(THINKERS)('%s: thoughts apart from the text', (server) => {
    const answer = foldAnswer(readStream(recordedStream(server, 'tiny-think-chat-stream'), decodeContext({ quirks })));
    const texts = answer.content.map(({ part }) => (part.type === 'text' || part.type === 'reasoning' ? part : null));
    expect(texts.map((part) => [part?.type, part?.text.trim()])).toEqual([
      ['reasoning', 'The user wants a number.'],
      ['text', 'It is 42.'],
    ]);
    expect(answer.usage?.outputTokens).toBe(8);
  });

  it.each(['ollama-0.24.0', 'ollama-0.34.0'] as const)('%s ends a stream cleanly whose runner was killed', (server) => {
    const events = readStream(recordedStream(server, 'crash-openai'));
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'upstream_stream_truncated' } });
  });

  it('llama-cpp-python streams nothing where the prompt is too long', () => {
    const events = readStream(recordedStream('llama-cpp-python', 'error-oversize-stream'));
    expect(events).toMatchObject([{ type: 'error', error: { code: 'upstream_stream_truncated' } }]);
  });
});
