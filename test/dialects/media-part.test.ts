import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import type { Front } from '../../src/dialects/dialect.ts';
import { gemini } from '../../src/dialects/gemini/index.ts';
import { mediaPart } from '../../src/dialects/media-part.ts';
import { ollama } from '../../src/dialects/ollama/index.ts';
import { openaiChat } from '../../src/dialects/openai-chat/index.ts';
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts';
import { frontOf } from '../contract/laws.ts';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64');
const JPEG = Buffer.from('\xff\xd8\xff\xe0 0000', 'latin1').toString('base64');

const PDF = Buffer.from('%PDF-1.7\n00').toString('base64');
const DATA_OF_NONE = 'data:text/plain;base64,';

/** An image of each front: where its errors point, and the body with a source in it. */
interface Spoken {
  readonly front: Front;
  readonly path: string;
  readonly inline: ((mediaType: string, data: string) => JsonObject) | null;
  readonly address: ((url: string) => JsonObject) | null;
}

const chatBody = (url: string): JsonObject => ({
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'x' },
        { type: 'image_url', image_url: { url } },
      ],
    },
  ],
});
const responsesBody = (url: string): JsonObject => ({
  input: [
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'x' },
        { type: 'input_image', image_url: url },
      ],
    },
  ],
});
const anthropicBody = (source: JsonObject): JsonObject => ({
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'x' },
        { type: 'image', source },
      ],
    },
  ],
});
const geminiBody = (part: JsonObject): JsonObject => ({ contents: [{ role: 'user', parts: [{ text: 'x' }, part] }] });
const inUri =
  (body: (url: string) => JsonObject) =>
  (mediaType: string, data: string): JsonObject =>
    body(`data:${mediaType};base64,${data}`);

const FRONTS: Readonly<Record<string, Spoken>> = {
  chat: { front: frontOf(openaiChat), path: 'messages[0].content[1]', inline: inUri(chatBody), address: chatBody },
  responses: {
    front: frontOf(openaiResponses),
    path: 'input[0].content[1]',
    inline: inUri(responsesBody),
    address: responsesBody,
  },
  messages: {
    front: frontOf(anthropicMessages),
    path: 'messages[0].content[1]',
    inline: (mediaType, data) => anthropicBody({ type: 'base64', media_type: mediaType, data }),
    address: (url) => anthropicBody({ type: 'url', url }),
  },
  'gemini, inline': {
    front: frontOf(gemini),
    path: 'contents[0].parts[1].inlineData',
    inline: (mimeType, data) => geminiBody({ inlineData: { mimeType, data } }),
    address: null,
  },
  'gemini, by address': {
    front: frontOf(gemini),
    path: 'contents[0].parts[1].fileData',
    inline: null,
    address: (fileUri) => geminiBody({ fileData: { mimeType: 'image/png', fileUri } }),
  },
  ollama: {
    front: frontOf(ollama),
    path: 'messages[0].images[0]',
    inline: (_, data) => ({ messages: [{ role: 'user', content: 'x', images: [data] }] }),
    address: null,
  },
};

const decoded = ({ front }: Spoken, body: JsonObject): ReturnType<Front['decodeRequest']> =>
  front.decodeRequest(body, { model: 'm', stream: false });

function refusal(spoken: Spoken, body: JsonObject): GatewayError {
  try {
    decoded(spoken, body);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  return expect.unreachable('it was taken');
}

function expectRefused(spoken: Spoken, body: JsonObject, words: RegExp): void {
  const { status, param, message } = refusal(spoken, body);
  expect({ status, param }).toEqual({ status: 400, param: spoken.path });
  expect(message).toContain(`\`${spoken.path}\``);
  expect(message).toMatch(words);
}

const INLINE = Object.entries(FRONTS).flatMap(([name, spoken]) => {
  const { inline } = spoken;
  return inline === null ? [] : [{ name, spoken, inline }];
});
const BY_ADDRESS = Object.entries(FRONTS).flatMap(([name, spoken]) => {
  const { address } = spoken;
  return address === null ? [] : [{ name, spoken, address }];
});

describe.each(INLINE)('an image in base64 for $name', ({ spoken, inline }) => {
  it.each([
    ['nothing', '', /is empty/],
    ['what is no base64', 'not%base64!', /must be base64/],
    ['what is none at its end', `${'A'.repeat(4_000)}<`, /must be base64/],
    ['base64 that was cut off', 'AAAAA', /cut off/],
  ])('is refused, being %s', (_, data, words) => {
    expectRefused(spoken, inline('image/png', data), words);
  });

  it.each([
    ['as it is', PNG, PNG],
    ['in the alphabet for URLs', JPEG.replaceAll('+', '-').replaceAll('/', '_'), JPEG],
    ['in lines', `${PNG.slice(0, 8)}\r\n${PNG.slice(8)}\n`, PNG],
  ])('is taken %s', (_, data, written) => {
    const type = written === PNG ? 'image/png' : 'image/jpeg';
    const [message] = decoded(spoken, inline(type, data)).messages;
    const content = (message?.role === 'user' ? message.content : []).filter((part) => part.type === 'image');
    expect(content).toMatchObject([{ source: { kind: 'base64', data: written } }]);
  });
});

function imageOf(spoken: Spoken, body: JsonObject): unknown {
  const [message] = decoded(spoken, body).messages;
  return message?.role === 'user' ? message.content.find((part) => part.type === 'image') : undefined;
}

describe.each(INLINE)('the type of an image for $name', ({ spoken, inline }) => {
  it.each([
    ['not said', ''],
    ['said to be another', 'image/jpeg'],
    ['said to be any', 'image/*'],
    ['said not to be known', 'application/octet-stream'],
    ['in large letters', 'IMAGE/PNG'],
    ['its ending', 'png'],
  ])('is what its bytes show, being %s', (_, mediaType) => {
    const source = { kind: 'base64', mediaType: 'image/png', data: PNG };
    expect(imageOf(spoken, inline(mediaType, PNG))).toMatchObject({ type: 'image', source });
  });
});

// Ollama's clients say no type, and what Google's call none is a file.
describe.each(INLINE.filter(({ name }) => name !== 'ollama' && name !== 'gemini, inline'))(
  'an image for $name whose bytes show no type',
  ({ spoken, inline }) => {
    it.each([
      ['not there', '', /does not say its media type/],
      ['none', 'png', /which is none/],
      ['that of no image', 'application/octet-stream', /is no image/],
    ])('is refused, the type being %s', (_, mediaType, words) => {
      expectRefused(spoken, inline(mediaType, 'AAAA'), words);
    });

    it('is taken by the type that is said', () => {
      const source = { kind: 'base64', mediaType: 'image/heic', data: 'AAAA' };
      expect(imageOf(spoken, inline('image/heic', 'AAAA'))).toMatchObject({ source });
    });
  },
);

it.each(INLINE.filter(({ name }) => name !== 'gemini, inline'))(
  'a document in the place of an image is refused for $name',
  ({ spoken, inline }) =>
    expectRefused(spoken, inline('image/png', PDF), /is no image: its bytes are `application\/pdf`/),
);

describe('the type of a file', () => {
  const file = (mediaType: string, data: string): unknown =>
    mediaPart(
      { type: 'file', source: { kind: 'base64', mediaType, data }, filename: 'a', cache: null },
      'messages[0].content[0].file',
    ).source;

  it.each([
    ['not said', '', PDF, 'application/pdf'],
    ['not known', 'application/octet-stream', PDF, 'application/pdf'],
    ['taken for a PDF', 'application/pdf', PNG, 'image/png'],
    // A text may begin with any mark.
    ['a text', 'text/plain', PDF, 'text/plain'],
    ['neither known nor shown', 'application/octet-stream', 'AAAA', 'application/octet-stream'],
  ])('is found, being %s', (_, said, data, mediaType) => {
    expect(file(said, data)).toEqual({ kind: 'base64', mediaType, data });
  });

  it.each(['text/plain', 'text/markdown; charset=utf-8', 'application/json', 'application/octet-stream', ''])(
    'that is empty is told to be so: %j',
    (mediaType) => expect(file(mediaType, '')).toEqual({ kind: 'text', text: '(empty file)' }),
  );

  it.each(['application/pdf', 'application/zip'])('that is empty is refused, being no text: %s', (mediaType) => {
    expect(() => file(mediaType, '')).toThrow(/is empty/);
  });
});

describe('an empty text that a client attaches', () => {
  it.each<[string, Front, JsonObject]>([
    [
      'chat',
      frontOf(openaiChat),
      {
        messages: [{ role: 'user', content: [{ type: 'file', file: { filename: 'a.txt', file_data: DATA_OF_NONE } }] }],
      },
    ],
    [
      'responses',
      frontOf(openaiResponses),
      { input: [{ role: 'user', content: [{ type: 'input_file', filename: 'a.txt', file_data: DATA_OF_NONE }] }] },
    ],
    [
      'messages',
      frontOf(anthropicMessages),
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'document', source: { type: 'text', media_type: 'text/plain', data: '' }, title: 'a.txt' },
            ],
          },
        ],
      },
    ],
    ['gemini', frontOf(gemini), geminiBody({ inlineData: { mimeType: 'text/plain', data: '' } })],
  ])('is taken by %s', (_, front, body) => {
    const [message] = front.decodeRequest(body, { model: 'm', stream: false }).messages;
    const content = message?.role === 'user' ? message.content.at(-1) : null;
    expect(content).toMatchObject({ type: 'file', source: { kind: 'text', text: '(empty file)' } });
  });
});

describe('an image in the result of a tool', () => {
  it.each<[string, Front, JsonObject]>([
    [
      'messages',
      frontOf(anthropicMessages),
      {
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                tool_use_id: 'x',
                content: [{ type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: PNG } }],
              },
            ],
          },
        ],
      },
    ],
    [
      'responses',
      frontOf(openaiResponses),
      {
        input: [
          { type: 'function_call', call_id: 'x', name: 'f', arguments: '{}' },
          {
            type: 'function_call_output',
            call_id: 'x',
            output: [{ type: 'input_image', image_url: `data:image/jpeg;base64,${PNG}` }],
          },
        ],
      },
    ],
  ])('is of the type that its bytes show, from %s', (_, front, body) => {
    const message = front.decodeRequest(body, { model: 'm', stream: false }).messages.at(-1);
    const [content] = message?.role === 'tool' ? (message.results[0]?.content ?? []) : [];
    expect(content).toMatchObject({ type: 'image', source: { mediaType: 'image/png', data: PNG } });
  });
});

describe.each(BY_ADDRESS)('an image by its address for $name', ({ spoken, address }) => {
  it.each(['foo', '/etc/passwd', 'file:///etc/passwd', 'ftp://x.test/a.png', 'data:image/png,x'])(
    'is refused at %s',
    (url) => expectRefused(spoken, address(url), /must be an address|in base64/),
  );

  it.each(['https://x.test/a.png', 'http://x.test/a.png', 'HTTPS://X.TEST/a.png'])('is taken at %s', (url) => {
    const [message] = decoded(spoken, address(url)).messages;
    expect(message).toMatchObject({ content: [{}, { source: { kind: 'url', url } }] });
  });
});

it('looks at the ends of a large file only, as one that is broken in its middle shows', () => {
  const data = `${PNG.replaceAll('=', '')}${'A'.repeat(4_096)}<<<<${'A'.repeat(4_096)}`;
  const whole = data.slice(0, data.length - (data.length % 4));
  const front = frontOf(openaiChat);
  const [message] = front.decodeRequest(chatBody(`data:image/png;base64,${whole}`), {
    model: 'm',
    stream: false,
  }).messages;
  expect(message).toMatchObject({ content: [{}, { source: { data: whole } }] });
});
