import { describe, expect, it } from 'vitest';
import type { DialectId } from '../../src/canonical/dialect-id.ts';
import type { Target } from '../../src/canonical/target.ts';
import { EMBEDDINGS_FACE } from '../../src/dialects/embedding-faces.ts';
import type { Face } from '../../src/dialects/face.ts';
import { NOTHING_IN_PATH } from '../../src/dialects/face.ts';
import { CHAT_FACE, GEMINI_FACE, MESSAGES_FACE, OLLAMA_CHAT_FACE, RESPONSES_FACE } from '../../src/dialects/faces.ts';
import { Conversation } from '../../src/gateway/conversation.ts';
import { wireTo } from '../../src/gateway/wire.ts';
import type { Wire } from '../../src/gateway/wire.ts';
import type { RequestChanges } from '../../src/routing/group.ts';
import { Secret } from '../../src/std/secret.ts';
import { cloudEndpoint, networkTarget } from '../helpers/routes.ts';

const NO_CHANGES: RequestChanges = { params: {}, drop: [], body: {}, headers: new Map(), mock: null };

/** What a client of each face says, and nothing that could be left out. */
const SAID = new Map<Face, object>([
  [CHAT_FACE, { messages: [{ role: 'user', content: 'Hi' }] }],
  [RESPONSES_FACE, { input: 'Hi' }],
  [MESSAGES_FACE, { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 16 }],
  [GEMINI_FACE, { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] }],
  [OLLAMA_CHAT_FACE, { messages: [{ role: 'user', content: 'Hi' }], stream: false }],
  [EMBEDDINGS_FACE, { input: ['Hi'] }],
]);

function targetIn(dialect: DialectId): Target {
  return networkTarget(cloudEndpoint('acme', { dialect }), 'm');
}

function bytesOf(face: Face, more: object): Buffer {
  return Buffer.from(JSON.stringify({ model: 'm', ...SAID.get(face), ...more }));
}

function wireFor(face: Face, dialect: DialectId, changes: Partial<RequestChanges>, more: object = {}): Wire {
  const path = face.body.model === 'path' ? { ...NOTHING_IN_PATH, model: 'm', stream: false } : NOTHING_IN_PATH;
  const conversation = new Conversation(face, bytesOf(face, more), path);
  const wishes = { marksPrompts: false, exceededContextTokens: null, changes: { ...NO_CHANGES, ...changes } };
  return wireTo(conversation, targetIn(dialect), wishes);
}

function sent(...[face, dialect, changes, more]: Parameters<typeof wireFor>): unknown {
  return JSON.parse(wireFor(face, dialect, changes, more).body.toString('utf8'));
}

describe('parameters that the config gives a deployment', () => {
  const params = { temperature: 0.2, max_tokens: 7, stop: ['END'] };

  it.each<[string, Face, DialectId, object]>([
    ['passes', CHAT_FACE, 'openai-chat', params],
    ['is written anew', MESSAGES_FACE, 'openai-chat', { temperature: 0.2, max_tokens: 16, stop: ['END'] }],
    ['passes', MESSAGES_FACE, 'anthropic-messages', { temperature: 0.2, max_tokens: 16, stop_sequences: ['END'] }],
    ['is written anew', CHAT_FACE, 'anthropic-messages', { temperature: 0.2, max_tokens: 7, stop_sequences: ['END'] }],
    // OpenAI takes no less there.
    ['passes', RESPONSES_FACE, 'openai-responses', { temperature: 0.2, max_output_tokens: 16 }],
    [
      'passes',
      GEMINI_FACE,
      'gemini',
      { generationConfig: { temperature: 0.2, maxOutputTokens: 7, stopSequences: ['END'] } },
    ],
    ['passes', OLLAMA_CHAT_FACE, 'ollama', { options: { temperature: 0.2, num_predict: 7, stop: ['END'] } }],
    ['is written anew', CHAT_FACE, 'ollama', { options: { temperature: 0.2, num_predict: 7, stop: ['END'] } }],
  ])('are in what %s (%#)', (_, face, dialect, expected) => {
    expect(sent(face, dialect, { params })).toMatchObject(expected);
  });

  it.each<[Face, DialectId, object, object]>([
    [CHAT_FACE, 'openai-chat', { temperature: 1 }, { temperature: 1 }],
    [CHAT_FACE, 'anthropic-messages', { temperature: 1 }, { temperature: 1 }],
    [GEMINI_FACE, 'gemini', { generationConfig: { temperature: 1 } }, { generationConfig: { temperature: 1 } }],
    [GEMINI_FACE, 'gemini', { generation_config: { temperature: 1 } }, { generation_config: { temperature: 1 } }],
    [OLLAMA_CHAT_FACE, 'ollama', { options: { temperature: 1 } }, { options: { temperature: 1 } }],
  ])('give way to those of the client (%#)', (face, dialect, more, expected) => {
    expect(sent(face, dialect, { params }, more)).toMatchObject(expected);
  });

  it('give way to another of the words for the same', () => {
    const body = sent(CHAT_FACE, 'openai-chat', { params }, { max_completion_tokens: 9 });
    expect(body).toMatchObject({ max_completion_tokens: 9, temperature: 0.2 });
    expect(body).not.toHaveProperty('max_tokens');
  });

  it('fill in what a client says with null', () => {
    expect(sent(CHAT_FACE, 'openai-chat', { params }, { temperature: null })).toMatchObject({ temperature: 0.2 });
  });

  it('that only chat completions know reach them from another dialect', () => {
    const bias = { logit_bias: { 50256: -100 } };
    expect(sent(MESSAGES_FACE, 'openai-chat', { params: bias })).toMatchObject(bias);
  });

  it('say how long embeddings are', () => {
    const given = { params: { dimensions: 64 } };
    expect(sent(EMBEDDINGS_FACE, 'openai-chat', given)).toMatchObject({ dimensions: 64 });
    expect(sent(EMBEDDINGS_FACE, 'openai-chat', given, { dimensions: 8 })).toMatchObject({ dimensions: 8 });
    expect(sent(EMBEDDINGS_FACE, 'ollama', given)).toMatchObject({ dimensions: 64 });
  });

  it('never change the model, the messages or the streaming', () => {
    const odd = { model: 'other', stream: true, messages: [] };
    for (const dialect of ['openai-chat', 'anthropic-messages'] as const) {
      const body = sent(CHAT_FACE, dialect, { params: odd, drop: ['model', 'messages'] });
      expect(body).toMatchObject({ model: 'm', messages: [{ role: 'user' }] });
      expect(body).not.toMatchObject({ stream: true });
    }
  });

  it('that are none are told as what the config has', () => {
    expect(() => wireFor(MESSAGES_FACE, 'openai-chat', { params: { temperature: 'hot' } })).toThrow(/The config gives/);
  });
});

describe('parameters that the config drops', () => {
  const asked = { temperature: 1, stop: ['END'], user: 'u', logit_bias: {} };
  const drop = ['temperature', 'stop', 'user', 'logit_bias'];

  it.each<[Face, DialectId, object, readonly string[]]>([
    [CHAT_FACE, 'openai-chat', asked, drop],
    [CHAT_FACE, 'anthropic-messages', asked, ['temperature', 'stop_sequences', 'metadata']],
    [
      MESSAGES_FACE,
      'anthropic-messages',
      { temperature: 1, stop_sequences: ['END'] },
      ['temperature', 'stop_sequences'],
    ],
    [GEMINI_FACE, 'gemini', { generationConfig: { temperature: 1, topK: 3 } }, ['generationConfig.temperature']],
    [OLLAMA_CHAT_FACE, 'ollama', { options: { temperature: 1, seed: 3 } }, ['options.temperature']],
  ])('are in nothing that is sent (%#)', (face, dialect, more, gone) => {
    const body = sent(face, dialect, { drop }, more);
    for (const path of gone) expect(body).not.toHaveProperty(path);
    expect(JSON.stringify(sent(face, dialect, {}, more))).not.toBe(JSON.stringify(body));
  });

  it('leave the others of their group', () => {
    expect(sent(OLLAMA_CHAT_FACE, 'ollama', { drop }, { options: { temperature: 1, seed: 3 } })).toMatchObject({
      options: { seed: 3 },
    });
  });

  it('are dropped where the config gives them too', () => {
    for (const dialect of ['openai-chat', 'anthropic-messages'] as const) {
      expect(sent(CHAT_FACE, dialect, { params: { temperature: 0.2 }, drop })).not.toHaveProperty('temperature');
    }
  });
});

describe('fields of the config', () => {
  const body = { options: { num_ctx: 4096 }, keep_alive: '5m' };

  it.each<[Face, DialectId]>([
    [CHAT_FACE, 'ollama'],
    [OLLAMA_CHAT_FACE, 'ollama'],
    [CHAT_FACE, 'openai-chat'],
    [EMBEDDINGS_FACE, 'ollama'],
    [EMBEDDINGS_FACE, 'openai-chat'],
  ])('are merged into what is sent (%#)', (face, dialect) => {
    expect(sent(face, dialect, { body })).toMatchObject(body);
  });

  it('go before those of the client, and leave the members beside them', () => {
    const options = { num_ctx: 1, seed: 3 };
    expect(sent(OLLAMA_CHAT_FACE, 'ollama', { body }, { options })).toMatchObject({
      options: { num_ctx: 4096, seed: 3 },
    });
  });

  it('say how large the context is that the model is loaded with', () => {
    expect(wireFor(CHAT_FACE, 'ollama', { body }).contextTokens).toBe(4096);
  });
});

describe('what stays', () => {
  it('are the bytes of the client, where all that is given stands in them', () => {
    const bytes = Buffer.from('{ "model":"m", "seed": 12345678901234567890, "temperature":1, "messages":[{}] }');
    const conversation = new Conversation(CHAT_FACE, bytes, NOTHING_IN_PATH);
    const changes = { ...NO_CHANGES, params: { temperature: 0.2 }, drop: ['user'] };
    const wishes = { marksPrompts: false, exceededContextTokens: null, changes };
    expect(wireTo(conversation, targetIn('openai-chat'), wishes).body).toBe(bytes);
  });

  it('is everything but the headers, where there is nothing else', () => {
    const headers = new Map([['x-team', new Secret('a')]]);
    const wire = wireFor(CHAT_FACE, 'openai-chat', { headers });
    expect(wire.secretHeaders).toBe(headers);
    expect(wire.body).toEqual(bytesOf(CHAT_FACE, {}));
  });
});

describe('an answer in the config', () => {
  it.each<[Face, DialectId, boolean]>([
    [CHAT_FACE, 'anthropic-messages', true],
    [MESSAGES_FACE, 'anthropic-messages', false],
  ])('is taken as one of chat completions, whatever its target speaks (%#)', (face, dialect, passes) => {
    const wire = wireFor(face, dialect, { mock: 'canned' });
    expect(wire).toMatchObject({ mock: 'canned', passes, address: { dialect: 'openai-chat' } });
  });
});
