import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { StreamTap } from '../../../src/dialects/openai-chat/stream-tap.ts';
import { SseBlocks } from '../../../src/std/sse-blocks.ts';
import { recordedStream } from '../../helpers/recordings.ts';
import type { RecordedServer } from '../../helpers/recordings.ts';

function read(...blocks: readonly (string | Buffer)[]): { tap: StreamTap; kinds: string[] } {
  const tap = new StreamTap(1);
  return { tap, kinds: blocks.map((block) => tap.read(Buffer.from(block))) };
}

function readStream(bytes: Buffer): { tap: StreamTap; kinds: string[] } {
  const blocks: Buffer[] = [];
  new SseBlocks(1_000_000).push(bytes, (block) => blocks.push(block));
  return read(...blocks);
}

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const delta = (text: string, more: object = {}): string =>
  event({ id: 'c1', model: 'm', choices: [{ index: 0, delta: { content: text }, finish_reason: null }], ...more });

describe('StreamTap', () => {
  it('cuts an id and a model that are too long for a row, and an endless error', () => {
    const long = 'x'.repeat(10_000);
    const { tap } = read(event({ id: long, model: long }), event({ error: { message: long, type: long } }));
    expect([tap.responseId?.length, tap.model?.length]).toEqual([256, 256]);
    expect([tap.error?.message.length, tap.error?.type?.length]).toEqual([2_000, 200]);
  });

  it.each<[RecordedServer, string, object]>([
    ['ollama-0.24.0', 'chat-stream-usage', { finished: true, sawDone: true, model: 'tiny' }],
    ['ollama-0.34.0', 'chat-stream-usage', { finished: true, sawDone: true, model: 'tiny' }],
    ['llama.cpp', 'chat-stream-usage', { finished: true, sawDone: true, model: 'tiny' }],
    ['llama-cpp-python', 'chat-stream', { finished: true, sawDone: true, model: 'tiny' }],
    ['vllm', 'chat-stream-usage', { finished: true, sawDone: true, model: 'tiny' }],
    ['transformers', 'chat-stream', { finished: true, sawDone: false, model: 'local/tiny@main' }],
    ['transformers', 'tiny-tools-chat-stream', { finished: true, sawDone: false }],
    ['vllm', 'tiny-tools-chat-stream', { finished: true, sawDone: true }],
    ['llama.cpp', 'tiny-think-chat-stream', { finished: true, sawDone: true }],
  ])('%s, %s: whole', (server, name, expected) => {
    expect(readStream(recordedStream(server, name)).tap).toMatchObject({ error: null, ...expected });
  });

  it.each<[RecordedServer, object]>([
    ['ollama-0.24.0', { prompt_tokens: 19, completion_tokens: 3 }],
    ['ollama-0.34.0', { prompt_tokens: 19, completion_tokens: 3 }],
    ['llama.cpp', { prompt_tokens: 19, completion_tokens: 3 }],
    ['vllm', { prompt_tokens: 19, completion_tokens: 3 }],
  ])('%s: the usage is in an extra chunk', (server, usage) => {
    const { tap, kinds } = readStream(recordedStream(server, 'chat-stream-usage'));
    expect(tap.usage).toMatchObject(usage);
    expect(kinds.filter((kind) => kind === 'usage_chunk')).toHaveLength(1);
    expect(kinds.slice(-2)).toEqual(['usage_chunk', 'done']);
  });

  it('transformers: the usage is in the last chunk, which is no extra one', () => {
    const { tap, kinds } = readStream(recordedStream('transformers', 'chat-stream'));
    expect(tap.usage).toMatchObject({ prompt_tokens: 19, completion_tokens: 3 });
    expect(new Set(kinds)).toEqual(new Set(['event']));
  });

  it.each<RecordedServer>(['ollama-0.24.0', 'ollama-0.34.0'])('%s, its runner killed: not whole', (server) => {
    const { tap } = readStream(recordedStream(server, 'crash-openai'));
    expect(tap).toMatchObject({ finished: false, sawDone: false, usage: null, model: 'tiny' });
  });

  it("Ollama's completions: zeros in every chunk are no usage, the last chunk has it", () => {
    const { tap, kinds } = readStream(recordedStream('ollama-0.34.0', 'completions-stream-usage'));
    expect(tap.usage).toMatchObject({ prompt_tokens: 19, completion_tokens: 10 });
    expect(kinds.slice(-2)).toEqual(['usage_chunk', 'done']);
    const broken = readStream(recordedStream('ollama-0.34.0', 'crash-completions'));
    expect(broken.tap).toMatchObject({ finished: false, sawDone: false, usage: null });
  });

  it('is not deceived by what a model says', () => {
    const said = '"finish_reason":"stop" {"usage":{"prompt_tokens":1}} "error": data: [DONE]\n\n';
    const { tap, kinds } = read(delta(said), delta(said), delta(said));
    expect(kinds).toEqual(['event', 'event', 'event']);
    expect(tap).toMatchObject({ finished: false, sawDone: false, usage: null, error: null });
  });

  it.each([
    [event({ id: 'c1', model: 'm', choices: [{ finish_reason: 'stop' }] }), true],
    [event({ choices: [{ finish_reason: null }, { finish_reason: 'length' }] }), true],
    [event({ choices: [{ finish_reason: '' }] }), false],
    [event({ choices: [{ finish_reason: null }] }), false],
    [event({ choices: [] }), false],
    ['data: {"choices":[{"finish_reason" \t: "stop"}]}\n\n', true],
    ['data: {"choices":[{"finish_reason"\ndata: : "stop"}]}\n\n', true],
    ['data: not json "finish_reason":"stop"\n\n', false],
  ])('%j finishes: %s', (block, finished) => {
    expect(read(delta('a'), delta('b'), block).tap.finished).toBe(finished);
  });

  it('tells comments, events, the usage chunk and the end apart', () => {
    const { kinds } = read(
      ': ping\n\n',
      delta('a'),
      ': ping\n\n',
      'event: ping\n\n',
      '\n',
      event({ choices: [], usage: { prompt_tokens: 1 } }),
      event({ choices: [], usage: null }),
      event({ choices: [{ delta: {} }], usage: { prompt_tokens: 2 } }),
      'data: [DONE]\r\n\r\n',
      'data:[DONE]\n\n',
    );
    expect(kinds).toEqual([
      'comment',
      'event',
      'comment',
      'comment',
      'comment',
      'usage_chunk',
      'event',
      'event',
      'done',
      'done',
    ]);
  });

  it('keeps the usage that came last, also where Groq puts it', () => {
    expect(
      read(delta('a', { usage: { prompt_tokens: 1 } }), delta('b', { usage: { prompt_tokens: 2 } })).tap.usage,
    ).toEqual({ prompt_tokens: 2 });
    expect(read(delta('a'), delta('', { x_groq: { id: 'r', usage: { prompt_tokens: 3 } } })).tap.usage).toEqual({
      prompt_tokens: 3,
    });
  });

  it('sees errors inside the stream', () => {
    expect(read(delta('a'), event({ error: { message: 'boom', type: 'server_error' } })).tap.error).toEqual({
      message: 'boom',
      type: 'server_error',
      code: null,
    });
    expect(read(delta('a'), event({ error: 'boom' })).tap.error).toEqual({ message: 'boom', type: null, code: null });
    expect(read(delta('a'), event({ error: { code: 1 } })).tap.error?.message).toMatch(/without a message/);
    expect(read(delta('a'), delta('b', { error: null })).tap.error).toBeNull();
  });

  it("takes id and model from the first event that has them, which is not Azure's first", () => {
    const empty = event({ id: '', model: '', choices: [], prompt_filter_results: [] });
    expect(read(empty, delta('a'), event({ id: 'c2', model: 'other', choices: [] })).tap).toMatchObject({
      responseId: 'c1',
      model: 'm',
    });
  });
});

const RECORDED = fileURLToPath(new URL('../../../../shared/recorded', import.meta.url));

describe.runIf(isThere())('recorded answers of real providers', () => {
  it.each(chatStreams())('%s', (path) => {
    const chunks = readFileSync(join(RECORDED, path), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const stream = chunks.map((chunk) => `data: ${chunk}\n\n`).join('');
    const { tap, kinds } = readStream(Buffer.from(`${stream}data: [DONE]\n\n`));
    const parsed = chunks
      .filter((chunk) => chunk !== '[DONE]')
      .map((chunk) => JSON.parse(chunk) as { usage?: unknown; model?: string });
    expect(tap).toMatchObject({ finished: true, error: null });
    expect(tap.usage).toEqual(parsed.findLast(({ usage }) => usage !== null && usage !== undefined)?.usage);
    expect(tap.usage).not.toBeNull();
    expect(tap.model).toBe(parsed.find(({ model }) => model !== '')?.model);
    expect(kinds.filter((kind) => kind === 'usage_chunk').length).toBeLessThanOrEqual(1);
  });
});

function isThere(): boolean {
  const found = existsSync(RECORDED);
  if (!found) console.warn(`skipped: recorded answers of providers are not at ${RECORDED}`);
  return found;
}

/** Streams of chat completions and completions; other files hold other dialects. */
function chatStreams(): string[] {
  if (!existsSync(RECORDED)) return [];
  const files = readdirSync(RECORDED, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.chunks.txt'),
  );
  return files.filter((path) => /^\{[^\n]*"choices":/.test(readFileSync(join(RECORDED, path), 'utf8'))).sort();
}
