import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RELAY_ENDPOINTS } from '../../../src/dialects/openai-relay/endpoints.ts';
import type { RelayEndpoint } from '../../../src/dialects/openai-relay/endpoints.ts';
import { readParts } from '../../../src/dialects/openai-relay/multipart-head.ts';
import { readRelayHead } from '../../../src/dialects/openai-relay/relay-head.ts';
import { withModel } from '../../../src/dialects/openai-relay/rewrite-model.ts';

const JSON_TYPE = 'application/json';
const read = (endpoint: RelayEndpoint, body: unknown) =>
  readRelayHead(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), endpoint, JSON_TYPE);

/** A form as a client's platform writes it. */
async function formOf(fields: readonly (readonly [string, string | Uint8Array<ArrayBuffer>])[]) {
  const form = new FormData();
  for (const [name, value] of fields) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([value]), 'speech.mp3');
  }
  const response = new Response(form);
  return { type: response.headers.get('content-type') ?? '', bytes: Buffer.from(await response.arrayBuffer()) };
}

const SOUND = Uint8Array.from({ length: 5_000 }, (_, index) => index % 256);
const BOUNDARY = 'multipart/form-data; boundary=B';
const written = (...lines: readonly string[]): Buffer => Buffer.from(lines.join('\r\n'));
const field = (name: string, value: string) => ['--B', `Content-Disposition: form-data; name="${name}"`, '', value];
const refusal = (code: string, param?: string): Error =>
  expect.objectContaining({ code, ...(param === undefined ? {} : { param }) }) as Error;

describe('the head of a JSON request', () => {
  it.each<[RelayEndpoint, Record<string, unknown>, string, boolean]>([
    ['moderations', { model: 'omni-moderation-2024-09-26', input: 'x' }, 'omni-moderation-2024-09-26', false],
    ['moderations', { input: ['x'] }, 'omni-moderation-latest', false],
    ['images/generations', { model: 'gpt-image-1', prompt: 'a cat' }, 'gpt-image-1', false],
    ['images/generations', { model: 'gpt-image-1', prompt: 'a cat', stream: true }, 'gpt-image-1', true],
    ['audio/speech', { model: 'tts-1', input: 'hi', voice: 'alloy' }, 'tts-1', false],
    ['audio/speech', { model: 'gpt-4o-mini-tts', input: 'hi', stream_format: 'sse' }, 'gpt-4o-mini-tts', true],
    ['audio/speech', { model: 'gpt-4o-mini-tts', input: 'hi', stream_format: 'audio' }, 'gpt-4o-mini-tts', false],
    ['rerank', { model: 'rerank-v3.5', query: 'q', documents: ['a'] }, 'rerank-v3.5', false],
  ])('of %s with %j has the model %s, in a stream: %s', (endpoint, body, model, stream) => {
    expect(read(endpoint, body)).toMatchObject({ form: 'json', model, stream });
  });

  it.each<[RelayEndpoint, unknown, string, string | undefined]>([
    ['moderations', {}, 'missing_field', 'input'],
    ['moderations', { input: null }, 'missing_field', 'input'],
    ['moderations', { input: 'x', model: 5 }, 'invalid_body', 'model'],
    ['images/generations', { prompt: 'x' }, 'missing_field', 'model'],
    ['images/generations', { model: 'gpt-image-1' }, 'missing_field', 'prompt'],
    ['images/generations', { model: 'gpt-image-1', prompt: 'x', stream: 'yes' }, 'invalid_body', 'stream'],
    ['rerank', { model: 'rerank-v3.5' }, 'missing_field', 'query'],
    ['rerank', '{"model":"a","model":"b","query":"q"}', 'duplicate_field', 'model'],
    ['audio/speech', '{', 'invalid_json', undefined],
  ])('of %s with %j is refused', (endpoint, body, code, param) => {
    expect(() => read(endpoint, body)).toThrow(refusal(code, param));
  });
});

describe('the head of a form', () => {
  it('has the model and whether to stream, wherever they stand', async () => {
    const fields = [
      ['file', SOUND],
      ['stream', 'true'],
      ['model', 'gpt-4o-transcribe'],
    ] as const;
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const { type, bytes } = await formOf(order.map((index) => fields[index] ?? ['', '']));
      const head = readRelayHead(bytes, 'audio/transcriptions', type);
      expect(head).toMatchObject({ form: 'multipart', model: 'gpt-4o-transcribe', stream: true });
      expect(head.bytes).toBe(bytes);
    }
  });

  it.each([
    ['true', true],
    ['True', true],
    ['1', true],
    ['false', false],
    ['', false],
    [null, false],
  ])('says with stream %j: %s', async (stream, expected) => {
    const streamed = stream === null ? [] : [['stream', stream] as const];
    const { type, bytes } = await formOf([['model', 'whisper-1'], ...streamed, ['file', SOUND]]);
    expect(readRelayHead(bytes, 'audio/transcriptions', type).stream).toBe(expected);
  });

  it('takes an address in place of a file', async () => {
    const { type, bytes } = await formOf([
      ['model', 'whisper-large-v3'],
      ['url', 'https://example.com/a.mp3'],
    ]);
    expect(readRelayHead(bytes, 'audio/transcriptions', type).model).toBe('whisper-large-v3');
  });

  it.each<[string, Parameters<typeof formOf>[0], string, string]>([
    ['no model', [['file', SOUND]], 'missing_field', 'model'],
    ['no file', [['model', 'whisper-1']], 'missing_field', 'file'],
    [
      'two models',
      [
        ['model', 'a'],
        ['file', SOUND],
        ['model', 'b'],
      ],
      'duplicate_field',
      'model',
    ],
    [
      'a file for a model',
      [
        ['model', SOUND],
        ['file', SOUND],
      ],
      'invalid_body',
      'model',
    ],
    [
      'an empty model',
      [
        ['model', ''],
        ['file', SOUND],
      ],
      'invalid_body',
      'model',
    ],
    [
      'a model of two lines',
      [
        ['model', 'a\r\nb'],
        ['file', SOUND],
      ],
      'invalid_body',
      'model',
    ],
    [
      'an endless model',
      [
        ['model', 'x'.repeat(513)],
        ['file', SOUND],
      ],
      'invalid_body',
      'model',
    ],
    [
      'two streams',
      [
        ['model', 'a'],
        ['stream', '1'],
        ['stream', '0'],
        ['file', SOUND],
      ],
      'duplicate_field',
      'stream',
    ],
  ])('with %s is refused', async (_, fields, code, param) => {
    const { type, bytes } = await formOf(fields);
    expect(() => readRelayHead(bytes, 'audio/transcriptions', type)).toThrow(refusal(code, param));
  });

  it.each([
    undefined,
    '',
    'application/json',
    'multipart/form-data',
    'multipart/mixed; boundary=B',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
  ])('is none that is called %j', (type) => {
    const bytes = written(...field('model', 'm'), '--B--', '');
    expect(() => readRelayHead(bytes, 'audio/transcriptions', type)).toThrow(refusal('unsupported_media_type'));
  });

  it.each([
    'multipart/form-data; boundary=B',
    'Multipart/Form-Data;boundary="B"',
    'multipart/form-data; charset=utf-8; boundary=B',
    'multipart/form-data; boundary=B; charset=utf-8',
  ])('is one that is called %s', (type) => {
    const bytes = written('a preamble', ...field('model', 'm'), ...field('file', 'x'), '--B--', 'an epilogue');
    expect(readRelayHead(bytes, 'audio/transcriptions', type).model).toBe('m');
  });

  it.each([
    ['name=model', 'model'],
    ['name="model"; x="a\\"b; name=other"', 'model'],
    ['name = "model"', 'model'],
    ['name="mo;del"', 'mo;del'],
  ])('has parts named by `%s`', (parameters, name) => {
    const bytes = written('--B', `content-disposition: form-data; ${parameters}`, '', 'm', '--B--', '');
    expect(readParts(bytes, BOUNDARY)).toMatchObject([{ name, isFile: false }]);
  });

  it.each([
    ['does not begin with its boundary', written('x--B', '', '--B--')],
    ['has no boundary', written('x')],
    ['is empty', Buffer.alloc(0)],
    ['ends before its last boundary', written(...field('model', 'm'))],
    ['ends within its first boundary', written('--B')],
    ['has a boundary within a line', written(...field('model', 'm x--B'), '--B--')],
    ['has a boundary after a bare line feed', written(...field('model', 'm\n--B'), '--B--')],
    ['has a boundary with text behind it', written(...field('model', 'm'), '--Bx', '--B--')],
    ['has a boundary with a bare line feed behind it', written(...field('a', 'm'), '--B\nx: y', '', 'b', '--B--')],
    ['has a part without headers', written('--B', 'model', '--B--')],
    ['has a part without anything', written('--B', '--B--')],
    ['has a part without a name', written('--B', 'Content-Disposition: form-data', '', 'm', '--B--')],
    ['has a part with two names', written('--B', 'Content-Disposition: form-data; name=a; name=b', '', 'm', '--B--')],
    [
      'has a part with another name in code',
      written('--B', "Content-Disposition: form-data; name=a; name*=u''b", '', 'm', '--B--'),
    ],
    [
      'has a part with two dispositions',
      written(
        '--B',
        'Content-Disposition: form-data; name=a',
        'Content-Disposition: form-data; name=b',
        '',
        'm',
        '--B--',
      ),
    ],
    [
      'has a field in base64',
      written(
        '--B',
        'Content-Disposition: form-data; name=model',
        'Content-Transfer-Encoding: base64',
        '',
        'bQ==',
        '--B--',
      ),
    ],
    [
      'has endless headers',
      written('--B', `Content-Disposition: form-data; name=a; x="${'y'.repeat(9_000)}"`, '', 'm', '--B--'),
    ],
    ['has too many parts', written(...Array.from({ length: 257 }, () => field('a', '')).flat(), '--B--')],
  ])('that %s is refused', (_, bytes) => {
    expect(() => readParts(bytes, BOUNDARY)).toThrow(refusal('invalid_body'));
  });

  it('with a model that is no text is refused', () => {
    const bytes = Buffer.concat([
      written('--B', 'Content-Disposition: form-data; name="model"', '', ''),
      Buffer.from([0xff, 0xfe]),
      written('', ...field('file', 'x'), '--B--', ''),
    ]);
    expect(() => readRelayHead(bytes, 'audio/transcriptions', BOUNDARY)).toThrow(refusal('invalid_body'));
  });

  it('of any bytes is read or refused, and nothing else', () => {
    const pieces = [
      '--B',
      '\r\n',
      '--',
      '\n',
      'Content-Disposition: form-data; name="model"',
      '\r\n\r\n',
      'x',
      ';',
      '"',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (chosen) => {
        try {
          readRelayHead(Buffer.from(`--B\r\n${chosen.join('')}`), 'audio/transcriptions', BOUNDARY);
        } catch (error) {
          expect(error).toMatchObject({ source: 'client' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of a large file costs one look through it', async () => {
    const { type, bytes } = await formOf([
      ['file', new Uint8Array(25_000_000).fill(13)],
      ['model', 'whisper-1'],
    ]);
    const started = performance.now();
    readRelayHead(bytes, 'audio/transcriptions', type);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('another model in its place', () => {
  it.each<[RelayEndpoint, string, string]>([
    ['rerank', '{"query":"q", "model" : "a", "n":1.0}', '{"query":"q", "model" : "b/\\"c\\"", "n":1.0}'],
    ['moderations', '{"input":"x"}', '{"input":"x","model":"b/\\"c\\""}'],
    ['moderations', '{"input":"x" }', '{"input":"x" ,"model":"b/\\"c\\""}'],
  ])('of %s: %s', (endpoint, before, after) => {
    const head = read(endpoint, before);
    expect(withModel(head, 'b/"c"').toString()).toBe(after);
    expect(withModel(head, head.model)).toBe(head.bytes);
  });

  it('leaves every other byte of a form as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.stringMatching(/^[!-~]{1,40}$/),
        fc.stringMatching(/^[!-~]{1,40}$/),
        fc.boolean(),
        async (content, model, other, isFirst) => {
          const fields = [
            ['model', model],
            ['file', Uint8Array.from(content)],
          ] as const;
          const { type, bytes } = await formOf(isFirst ? fields : [fields[1], fields[0]]);
          const rewritten = withModel(readRelayHead(bytes, 'audio/transcriptions', type), other);
          const parts = readParts(rewritten, type);
          const texts = new Map(parts.map(({ name, start, end }) => [name, rewritten.subarray(start, end)]));
          expect(texts.get('model')?.toString()).toBe(other);
          expect(texts.get('file')?.equals(content)).toBe(true);
          const back = withModel(readRelayHead(rewritten, 'audio/transcriptions', type), model);
          expect(back.equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('of a form cannot have a line end', async () => {
    const { type, bytes } = await formOf([
      ['model', 'a'],
      ['file', SOUND],
    ]);
    const head = readRelayHead(bytes, 'audio/transcriptions', type);
    expect(() => withModel(head, 'b\r\n--x')).toThrow('line end');
  });
});

it('are the endpoints that the issue names, and the one that sums a conversation up', () => {
  expect([...RELAY_ENDPOINTS].sort()).toEqual([
    'audio/speech',
    'audio/transcriptions',
    'images/generations',
    'moderations',
    'rerank',
    'responses/compact',
  ]);
});
