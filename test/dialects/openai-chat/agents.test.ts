import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/canonical/parts.ts';
import { textPart } from '../../../src/canonical/parts.ts';
import { PLAIN_QUIRKS } from '../../../src/canonical/quirks.ts';
import type { CanonicalRequest } from '../../../src/canonical/request.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { encodeRequest } from '../../../src/dialects/openai-chat/encode-request.ts';

/**
 * What Qwen Code 0.15.10 and Copilot CLI 1.0.102 were seen to send (`test/e2e/agents`), reduced to what matters, with
 * words of our own: content of users and tools as lists of parts, `refusal: null` beside calls, parameters that say
 * nothing.
 */
const call = (id: string, command: string): JsonObject => ({
  id,
  type: 'function',
  function: { name: 'shell', arguments: JSON.stringify({ command }) },
});
const parts = (text: string): readonly JsonObject[] => [{ type: 'text', text }];
const body: JsonObject = {
  messages: [
    { role: 'system', content: 'You are an agent.' },
    { role: 'user', content: parts('Some context.') },
    { role: 'assistant', content: 'Got it.' },
    { role: 'user', content: parts('Run two commands.') },
    {
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [call('call_1', 'echo 1'), call('call_2', 'echo 2')],
    },
    { role: 'tool', tool_call_id: 'call_1', content: parts('1') },
    { role: 'tool', content: '2', tool_call_id: 'call_2' },
  ],
  temperature: 0,
  top_p: 0.95,
  frequency_penalty: 0,
  presence_penalty: 0,
  max_tokens: 8000,
  stream: true,
  stream_options: { include_usage: true },
};
const request: CanonicalRequest = decodeRequest(body, { model: 'm', stream: true });

describe('what Qwen Code and Copilot CLI send', () => {
  it('is understood turn by turn', () => {
    const roles = ['system', 'user', 'assistant', 'user', 'assistant', 'tool'];
    expect(request.messages.map(({ role }) => role)).toEqual(roles);
    expect(request.messages.at(-1)).toMatchObject({
      results: [
        { callId: 'call_1', content: [textPart('1')] },
        { callId: 'call_2', content: [textPart('2')] },
      ],
    });
    expect(request.extras.fields).toEqual({});
  });

  it('has no thoughts to send back: where they must come back, the field is there and empty', () => {
    const quirks = { ...PLAIN_QUIRKS, echoesReasoning: true };
    const limits = { maxOutputTokens: null, contextTokens: null, loadedContextTokens: null };
    const encoded = encodeRequest(request, { model: 'm', quirks, ...limits });
    const messages = encoded.body['messages'] as readonly JsonObject[];
    const assistants = messages.filter(({ role }) => role === 'assistant');
    expect(assistants.map((message) => message['reasoning_content'])).toEqual([undefined, '']);
  });
});
