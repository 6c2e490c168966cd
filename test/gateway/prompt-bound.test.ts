import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Face } from '../../src/dialects/face.ts';
import { NOTHING_IN_PATH } from '../../src/dialects/face.ts';
import { CHAT_FACE, GEMINI_FACE, MESSAGES_FACE, OLLAMA_CHAT_FACE, RESPONSES_FACE } from '../../src/dialects/faces.ts';
import { Conversation } from '../../src/gateway/conversation.ts';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const DATA = `data:image/png;base64,${PIXEL}`;
const LINK = { type: 'base64', media_type: 'image/png', data: PIXEL };

/** Requests in each dialect, by their parts: so many texts of so many letters, images, tools. */
const BODIES: readonly (readonly [
  string,
  Face,
  (texts: readonly string[], images: number, tools: number) => object,
])[] = [
  [
    'chat',
    CHAT_FACE,
    (texts, images, tools) => ({
      messages: [
        ...texts.map((content) => ({ role: 'user', content })),
        { role: 'user', content: times(images, { type: 'image_url', image_url: { url: DATA } }) },
      ],
      ...some('tools', times(tools, { type: 'function', function: { name: 'f', parameters: { type: 'object' } } })),
    }),
  ],
  [
    'messages',
    MESSAGES_FACE,
    (texts, images, tools) => ({
      max_tokens: 10,
      system: 'Be brief.',
      messages: [
        ...texts.map((content) => ({ role: 'user', content })),
        { role: 'user', content: [{ type: 'text', text: '.' }, ...times(images, { type: 'image', source: LINK })] },
      ],
      ...some('tools', times(tools, { name: 'f', input_schema: { type: 'object' } })),
    }),
  ],
  [
    'responses',
    RESPONSES_FACE,
    (texts, images, tools) => ({
      input: [
        ...texts.map((content) => ({ role: 'user', content })),
        { role: 'user', content: times(images, { type: 'input_image', image_url: DATA }) },
      ],
      ...some('tools', times(tools, { type: 'function', name: 'f', parameters: { type: 'object' } })),
    }),
  ],
  [
    'gemini',
    GEMINI_FACE,
    (texts, images) => ({
      contents: [
        ...texts.map((text) => ({ role: 'user', parts: [{ text }] })),
        {
          role: 'user',
          parts: [{ text: '.' }, ...times(images, { inlineData: { mimeType: 'image/png', data: PIXEL } })],
        },
      ],
    }),
  ],
  [
    'ollama',
    OLLAMA_CHAT_FACE,
    (texts, images) => ({
      messages: [
        ...texts.map((content) => ({ role: 'user', content })),
        { role: 'user', content: '.', ...some('images', times(images, PIXEL)) },
      ],
    }),
  ],
];

const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 }), { minLength: 1, maxLength: 30 });

function times<Item>(count: number, item: Item): readonly Item[] {
  return Array.from({ length: count }, () => item);
}

function some(name: string, list: readonly unknown[]): object {
  return list.length === 0 ? {} : { [name]: list };
}

function conversationOf(face: Face, body: object, spaces?: number): Conversation {
  const path = { ...NOTHING_IN_PATH, ...(face === GEMINI_FACE ? { model: 'm' } : {}) };
  return new Conversation(face, Buffer.from(JSON.stringify({ model: 'm', ...body }, null, spaces)), path);
}

function promptTokens(conversation: Conversation): number {
  const { contextTokens, answerTokens } = conversation.needs();
  return contextTokens - answerTokens;
}

describe.each(BODIES)('%s', (_, face, bodyOf) => {
  it('what surely fits does, by the guess that is made of the request', () => {
    fc.assert(
      fc.property(texts, fc.nat(3), fc.nat(3), fc.constantFrom(0, 2), (said, images, tools, spaces) => {
        const conversation = conversationOf(face, bodyOf(said, images, tools), spaces);
        const tokens = promptTokens(conversation);
        // Whatever the window: the least that is sure is no less than what is guessed.
        expect(conversation.surelyTakesAtMost(tokens - 1)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it('a long text surely fits in twice as much, an image of the same size does not', () => {
    const text = 'x'.repeat(30_000);
    expect(conversationOf(face, bodyOf([text], 0, 1)).surelyTakesAtMost(16_000)).toBe(true);
    expect(conversationOf(face, bodyOf([text], 1, 1)).surelyTakesAtMost(16_000)).toBe(false);
    // Words in a text are no images.
    const quoted = `${text} "image" "images" "image_url" "input_image" "inlineData"`;
    expect(conversationOf(face, bodyOf([quoted], 0, 1)).surelyTakesAtMost(16_000)).toBe(true);
  });
});
