import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/canonical/errors.ts';
import { PLAIN_QUIRKS } from '../../src/canonical/quirks.ts';
import type { JsonObject } from '../../src/canonical/parts.ts';
import type { CanonicalRequest } from '../../src/canonical/request.ts';
import { LAWS, lawsOf } from './every-dialect.ts';
import { frontOf } from './laws.ts';

const PDF = Buffer.from('%PDF-1.7 0000').toString('base64');
const IMAGE = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64');

/** What no upstream takes that takes text alone, in the words of each front, behind a turn that nothing is wrong with. */
const REQUESTS: Readonly<Record<string, { readonly body: JsonObject; readonly place: string }>> = {
  'openai-chat': {
    body: {
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hi' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${IMAGE}` } },
          ],
        },
      ],
    },
    place: 'messages[2].content[1]',
  },
  'openai-responses': {
    body: {
      instructions: 'Be kind.',
      input: [
        { role: 'user', content: 'Hi' },
        { role: 'user', content: [{ type: 'input_image', image_url: `data:image/png;base64,${IMAGE}` }] },
      ],
    },
    place: 'input[1].content[0]',
  },
  'anthropic-messages': {
    body: {
      system: 'Be kind.',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't',
              content: [
                { type: 'text', text: 'this' },
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: IMAGE } },
              ],
            },
          ],
        },
      ],
    },
    place: 'messages[2].content[0].content[1]',
  },
  gemini: {
    body: {
      systemInstruction: { parts: [{ text: 'Be kind.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        { role: 'user', parts: [{ text: 'this?' }, { inlineData: { mimeType: 'image/png', data: IMAGE } }] },
      ],
    },
    place: 'contents[1].parts[1].inlineData',
  },
  ollama: {
    body: {
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'this?', images: [IMAGE] },
      ],
    },
    place: 'messages[1].images[0]',
  },
};

describe.each(Object.entries(REQUESTS))('what an upstream cannot take of a client of %s', (id, { body, place }) => {
  const front = frontOf(LAWS.find(({ dialect }) => dialect.id === id)?.dialect ?? lawsOf('openai-chat').dialect);
  const read = (): CanonicalRequest => front.decodeRequest(body, { model: 'm', stream: false });

  it.each(LAWS.map(({ dialect }) => [dialect.id, dialect] as const))(
    'is named by its place there (%s)',
    (_, { back }) => {
      const quirks = { ...PLAIN_QUIRKS, images: 'none', files: false } as const;
      const limits = { maxOutputTokens: null, contextTokens: null, loadedContextTokens: null };
      const request = withOtherType(read(), back === lawsOf('bedrock-converse').dialect.back);
      try {
        back.encodeRequest(request, { model: 'm', quirks, ...limits });
        expect.unreachable('it was taken');
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        expect({ code: error.code, param: error.param }).toEqual({ code: 'unsupported_content', param: place });
        expect(error.message).toContain(`\`${place}\``);
      }
    },
  );
});

/** Bedrock has no quirk for images: there each is of a type that it does not take. */
function withOtherType(request: CanonicalRequest, isOfOtherType: boolean): CanonicalRequest {
  if (!isOfOtherType) return request;
  for (const message of request.messages) {
    const parts = message.role === 'tool' ? message.results.flatMap(({ content }) => content) : message.content;
    for (const part of parts)
      if (part.type === 'image') Object.assign(part.source, { mediaType: 'image/tiff', data: PDF });
  }
  return request;
}
