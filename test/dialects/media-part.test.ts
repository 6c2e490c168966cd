import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import type { Front } from '../../src/dialects/dialect.ts';
import { gemini } from '../../src/dialects/gemini/index.ts';
import { ollama } from '../../src/dialects/ollama/index.ts';
import { openaiChat } from '../../src/dialects/openai-chat/index.ts';
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts';
import { frontOf } from '../contract/laws.ts';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64');
const JPEG = Buffer.from('\xff\xd8\xff\xe0 0000', 'latin1').toString('base64');

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

// Ollama's clients say no type.
describe.each(INLINE.filter(({ name }) => name !== 'ollama'))(
  'the type of an image for $name',
  ({ spoken, inline }) => {
    it.each([
      ['not there', '', PNG, /media type|no image/],
      ['none', 'png', PNG, /which is none|no image/],
      ['another than its bytes', 'image/png', JPEG, /said to be `image\/png`, and its bytes are `image\/jpeg`/],
    ])('is refused, being %s', (_, mediaType, data, words) => {
      expectRefused(spoken, inline(mediaType, data), words);
    });
  },
);

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

it('looks at the ends of a large file only', () => {
  const data = PNG.replaceAll('=', '') + 'A'.repeat(24_000_000);
  const body = chatBody(`data:image/png;base64,${data.slice(0, data.length - (data.length % 4))}`);
  const front = frontOf(openaiChat);
  const startedAt = performance.now();
  front.decodeRequest(body, { model: 'm', stream: false });
  // Every character looked at one by one takes several times as long.
  expect(performance.now() - startedAt).toBeLessThan(100);
});
