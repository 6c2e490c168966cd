import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { GatewayError } from '../../src/canonical/errors.ts';
import { encodeOpenAiErrorEvent } from '../../src/dialects/openai-chat/errors.ts';
import { StreamTap } from '../../src/dialects/openai-chat/stream-tap.ts';
import { StreamRelay } from '../../src/gateway/stream-relay.ts';
import type { CallControl } from '../../src/upstream/upstream.ts';
import { Secret } from '../../src/std/secret.ts';
import { recordedStream } from '../helpers/recordings.ts';
import type { RecordedServer } from '../helpers/recordings.ts';

/** What a client gets, as it gets it. */
class Client extends Writable {
  readonly chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

const CONTROL: CallControl = { pause: () => undefined, resume: () => undefined, abort: () => undefined };

const KEY = 'key-of-acme';
const OPTIONS = {
  provider: 'acme',
  secrets: [new Secret(KEY)],
  blocks: 'events',
  doneEvent: 'data: [DONE]\n\n',
  errorEvent: encodeOpenAiErrorEvent,
  rewritesErrors: false,
  commit: () => undefined,
  onFirstEvent: () => undefined,
  openingHeldMs: 15_000,
} as const;

interface Relayed {
  readonly text: string;
  readonly failure: GatewayError | null;
  readonly committed: boolean;
  readonly relay: StreamRelay;
  readonly tap: StreamTap;
}

function relay(chunks: readonly (string | Buffer)[], hidesUsage = true, choiceCount = 1): Relayed {
  const client = new Client();
  const tap = new StreamTap(choiceCount);
  const relaying = new StreamRelay({ ...OPTIONS, response: client, hidesUsage, tap });
  let failure: GatewayError | null = null;
  for (const chunk of chunks) failure ??= relaying.push(Buffer.from(chunk), CONTROL);
  if (failure === null) failure = relaying.end();
  else if (relaying.committed) relaying.fail(failure);
  return { text: client.text(), failure, committed: relaying.committed, relay: relaying, tap };
}

const DONE = 'data: [DONE]\n\n';
const STREAMS: readonly [RecordedServer, string][] = [
  ['ollama-0.24.0', 'chat-stream-usage'],
  ['ollama-0.34.0', 'chat-stream'],
  ['ollama-0.34.0', 'chat-stream-usage'],
  ['ollama-0.34.0', 'tiny-hello-chat-stream'],
  ['ollama-0.34.0', 'completions-stream-usage'],
  ['llama.cpp', 'chat-stream-usage'],
  ['llama.cpp', 'tiny-think-chat-stream'],
  ['llama-cpp-python', 'chat-stream-usage'],
  ['llama-cpp-python', 'tiny-tools-chat-stream'],
  ['transformers', 'chat-stream-usage'],
  ['transformers', 'tiny-hello-chat-stream'],
  ['vllm', 'chat-stream-usage'],
  ['vllm', 'tiny-tools-chat-stream'],
];

/** The recorded bytes as a client that did not ask for usage must get them. */
function expected(bytes: Buffer): string {
  const blocks = bytes
    .toString('utf8')
    .split('\n\n')
    .filter((block) => block !== '');
  const shown = blocks.filter((block) => !/"choices":\[\].*"usage":\{/.test(block));
  const end = bytes.includes('[DONE]') ? '' : DONE;
  return shown.map((block) => `${block}\n\n`).join('') + end;
}

describe('recorded streams', () => {
  it.each(STREAMS)('%s, %s: the same wherever it is cut', (server, name) => {
    const bytes = recordedStream(server, name);
    const whole = relay([bytes]);
    expect(whole.failure).toBeNull();
    expect(whole.text).toBe(expected(bytes));
    for (let cut = 1; cut < bytes.length; cut++) {
      const { text, failure, tap } = relay([bytes.subarray(0, cut), bytes.subarray(cut)]);
      if (text !== whole.text || failure !== null)
        expect({ cut, text, failure }).toEqual({ cut, text: whole.text, failure: null });
      if (cut % 97 === 0) expect(tap).toEqual(whole.tap);
    }
    const single = relay([...bytes].map((byte) => Buffer.from([byte])));
    expect(single).toMatchObject({ text: whole.text, failure: null });
    expect(single.tap).toEqual(whole.tap);
  });

  it.each(STREAMS)('%s, %s: byte for byte for a client that asked for usage', (server, name) => {
    const bytes = recordedStream(server, name);
    const end = bytes.includes('[DONE]') ? '' : DONE;
    expect(relay([bytes], false).text).toBe(bytes.toString('utf8') + end);
  });

  it.each(STREAMS)(
    '%s, %s: broken off before its finish it is a failure, told in-band, never a clean end',
    (server, name) => {
      const bytes = recordedStream(server, name);
      const finish = /"finish_reason": ?"[a-z_]+"/.exec(bytes.toString('latin1'));
      const firstEvent = bytes.indexOf('\n\n') + 2;
      const lastChance = finish?.index ?? bytes.length;
      for (let cut = firstEvent; cut < lastChance; cut += 7) {
        const { text, failure, committed } = relay([bytes.subarray(0, cut)]);
        expect(failure?.code).toBe('upstream_stream_truncated');
        expect(committed).toBe(true);
        expect(text).not.toContain('[DONE]');
        const events = text.trimEnd().split('\n\n');
        expect(JSON.parse((events.at(-1) ?? '').replace('data: ', ''))).toHaveProperty(
          'error.code',
          'upstream_stream_truncated',
        );
        // Every event before it is one of the upstream's, whole.
        for (const event of events.slice(0, -1)) expect(bytes.includes(`${event}\n\n`)).toBe(true);
      }
    },
  );

  it.each<[RecordedServer, string]>([
    ['ollama-0.24.0', 'crash-openai'],
    ['ollama-0.34.0', 'crash-openai'],
    ['ollama-0.34.0', 'crash-completions'],
  ])("%s's killed runner is a truncated stream: %s", (server, name) => {
    const { text, failure } = relay([recordedStream(server, name)]);
    expect(failure?.code).toBe('upstream_stream_truncated');
    expect(text).toMatch(/"code":"upstream_stream_truncated"\}\}\n\n$/);
    expect(text).not.toContain('[DONE]');
  });

  it("llama-cpp-python's empty stream fails before anything was written", () => {
    const bytes = recordedStream('llama-cpp-python', 'error-oversize-stream');
    expect(bytes).toHaveLength(0);
    expect(relay([bytes])).toMatchObject({
      text: '',
      committed: false,
      failure: {
        code: 'upstream_stream_truncated',
        hint: expect.stringContaining('longer than the context') as string,
      },
    });
  });
});

const chunk = (text: string, finish: string | null = null, index = 0): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index, delta: { content: text }, finish_reason: finish }] })}\n\n`;
const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n';
const ERROR = 'data: {"error":{"message":"out of memory","type":"server_error"}}\n\n';

describe('StreamRelay', () => {
  it('takes [DONE] without a finish reason for whole, and writes [DONE] once', () => {
    expect(relay([chunk('a'), DONE])).toMatchObject({ failure: null, text: chunk('a') + DONE });
    expect(relay([chunk('a', 'stop'), DONE])).toMatchObject({ failure: null, text: chunk('a', 'stop') + DONE });
    expect(relay([chunk('a', 'stop')])).toMatchObject({ failure: null, text: chunk('a', 'stop') + DONE });
  });

  it('gives a last event without its blank line one, and drops half an event', () => {
    expect(relay([chunk('a', 'stop'), 'data: [DONE]'])).toMatchObject({
      failure: null,
      text: chunk('a', 'stop') + DONE,
    });
    expect(relay([chunk('a', 'stop'), 'data: {"choi']).text).toBe(chunk('a', 'stop') + DONE);
    expect(relay([chunk('a', 'stop').trimEnd()]).text).toBe(chunk('a', 'stop') + DONE);
  });

  it('writes nothing when the first event is an error, so that another target can be tried', () => {
    for (const chunks of [[ERROR], [': ping\n\n', ERROR], [chunk('a') + ERROR]]) {
      const { text, committed, failure } = relay(chunks);
      expect({ text, committed }).toEqual({ text: '', committed: false });
      expect(failure).toMatchObject({
        code: 'upstream_error',
        type: 'server_error',
        message: 'acme failed while it answered: out of memory',
      });
    }
  });

  it("passes on the upstream's own error event after the first event, adds none and ends without [DONE]", () => {
    const { text, failure } = relay([chunk('a'), ERROR, DONE]);
    expect(failure?.code).toBe('upstream_error');
    expect(text).toBe(chunk('a') + ERROR);
  });

  it('holds back comments before the first event', () => {
    expect(relay([': one\n\n', ': two\n\n', chunk('a', 'stop')]).text).toBe(chunk('a', 'stop') + DONE);
    expect(relay([chunk('a'), ': keep-alive\n\n', chunk('b', 'stop')]).text).toBe(
      `${chunk('a')}: keep-alive\n\n${chunk('b', 'stop')}${DONE}`,
    );
  });

  it('hides the usage chunk, also when it is all that came in one piece', () => {
    const { text, tap } = relay([chunk('a', 'stop'), USAGE, DONE]);
    expect(text).toBe(chunk('a', 'stop') + DONE);
    expect(tap.usage).toEqual({ prompt_tokens: 1, completion_tokens: 1 });
    expect(relay([chunk('a', 'stop'), USAGE, DONE], false).text).toBe(chunk('a', 'stop') + USAGE + DONE);
  });

  it('refuses an event without end', () => {
    const endless = Buffer.alloc(1024 * 1024, 'x');
    const { failure, committed } = relay(['data: ', ...Array.from({ length: 9 }, () => endless)]);
    expect(failure?.code).toBe('upstream_answer_too_large');
    expect(committed).toBe(false);
  });

  it('keeps a short answer for counting, and no long one', () => {
    expect(Buffer.concat(relay([chunk('a'), chunk('b', 'stop')]).relay.kept?.pieces ?? []).toString()).toBe(
      chunk('a') + chunk('b', 'stop'),
    );
    expect(relay(Array.from({ length: 40 }, () => chunk('x'.repeat(10_000)))).relay.kept).toBeNull();
  });

  it('is whole when every choice has its end, not when the first has', () => {
    const first = chunk('a', 'stop');
    expect(relay([first, first, chunk('b', null, 1)], true, 2).failure?.code).toBe('upstream_stream_truncated');
    expect(relay([first, chunk('b', 'stop', 1)], true, 2).failure).toBeNull();
    expect(relay([first, chunk('b', null, 1), DONE], true, 2).failure).toBeNull();
  });

  it('shows the key to nobody, before the first event and behind it', () => {
    const quoting = ERROR.replace('out of memory', `bad key ${KEY}`);
    expect(relay([quoting]).failure?.message).toBe('acme failed while it answered: bad key [secret]');
    const { text, failure } = relay([chunk('a'), quoting]);
    expect(text).toBe(chunk('a') + quoting.replace(KEY, '[secret]'));
    expect(failure?.message).not.toContain(KEY);
  });

  it('holds comments back until the first event, for as long as it is told to', () => {
    const held = (openingHeldMs: number): string => {
      const client = new Client();
      const tap = new StreamTap(1);
      const relaying = new StreamRelay({ ...OPTIONS, response: client, hidesUsage: true, tap, openingHeldMs });
      for (let count = 0; count < 10_000; count++) relaying.push(Buffer.from(': still here\n\n'), CONTROL);
      return client.text();
    };
    expect(held(0)).toContain(': still here');
    expect(held(Infinity)).toBe('');
  });

  it('relays CRLF streams without holding anything back', () => {
    const client = new Client();
    const relaying = new StreamRelay({ ...OPTIONS, response: client, hidesUsage: true, tap: new StreamTap(1) });
    const event = 'data: {"choices":[{"delta":{"content":"a"}}]}\r\n\r\n';
    relaying.push(Buffer.from(event), CONTROL);
    expect(client.text()).toBe(event);
  });
});
