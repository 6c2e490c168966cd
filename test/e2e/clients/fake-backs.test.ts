import { describe, expect, it } from 'vitest';
import { anthropicMessagesBack, THINKING_SIGNATURE } from './backs/anthropic-messages.ts';
import { Refusal } from './backs/dialect-back.ts';
import type { DialectBack } from './backs/dialect-back.ts';
import { CALL_SIGNATURE, geminiBack } from './backs/gemini.ts';
import { ollamaBack } from './backs/ollama.ts';
import { openaiChatBack } from './backs/openai-chat.ts';
import { ENCRYPTED_THOUGHT, openaiResponsesBack } from './backs/openai-responses.ts';

/** What the matrix rests on: a provider that is played takes what is right, and nothing that is not. */
interface Row {
  readonly what: string;
  readonly back: DialectBack;
  readonly url: string;
  readonly right: object;
  readonly wrong: object;
  readonly says: RegExp;
}

const hi = { role: 'user', content: 'Hi' };
const chatCall = (id: string): object => ({ id, type: 'function', function: { name: 'clock', arguments: '{}' } });
const chatTurn = (id: string): object[] => [hi, { role: 'assistant', content: null, tool_calls: [chatCall(id)] }];
const chatResult = (id: string): object => ({ role: 'tool', tool_call_id: id, content: '10:03' });
const CHAT_ID = 'call_Kx0mVq2';

const responsesCall = { type: 'function_call', call_id: 'call_Rz0wPd7', name: 'clock', arguments: '{}' };
const responsesResult = { type: 'function_call_output', call_id: 'call_Rz0wPd7', output: '10:03' };
const thought = (more: object): object => ({ type: 'reasoning', id: 'rs_fake1', summary: [], ...more });

const use = { type: 'tool_use', id: 'toolu_01Ab0Qz', name: 'clock', input: {} };
const thinking = (signature: string): object => ({ type: 'thinking', thinking: '', signature });
const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_01Ab0Qz', content: '10:03' }] };
const claude = (more: object): object => ({ model: 'c', max_tokens: 4_096, messages: [hi], ...more });
const thinkingOn = { thinking: { type: 'enabled', budget_tokens: 2_048 } };

const asked = { role: 'user', parts: [{ text: 'Hi' }] };
const functionCall = { functionCall: { name: 'clock', args: {} } };
const responded = { role: 'user', parts: [{ functionResponse: { name: 'clock', response: { output: '10:03' } } }] };
const signed = { role: 'model', parts: [{ ...functionCall, thoughtSignature: CALL_SIGNATURE }] };
const generate = '/v1beta/models/gemini-3-flash-preview:generateContent';

const ROWS: readonly Row[] = [
  {
    what: 'OpenAI a field that it does not know',
    back: openaiChatBack,
    url: '/v1/chat/completions',
    right: { model: 'm', messages: [hi] },
    wrong: { model: 'm', messages: [hi], top_k: 3 },
    says: /top_k/,
  },
  {
    what: 'OpenAI a call without its result',
    back: openaiChatBack,
    url: '/v1/chat/completions',
    right: { model: 'm', messages: [...chatTurn(CHAT_ID), chatResult(CHAT_ID)] },
    wrong: { model: 'm', messages: [...chatTurn(CHAT_ID), hi] },
    says: /must be followed by tool messages/,
  },
  {
    what: 'OpenAI an id that it did not give',
    back: openaiChatBack,
    url: '/v1/chat/completions',
    right: { model: 'm', messages: [...chatTurn(CHAT_ID), chatResult(CHAT_ID)] },
    wrong: { model: 'm', messages: [...chatTurn('call_other'), chatResult('call_other')] },
    says: /not the ids of the calls/,
  },
  {
    what: 'Responses a thought by its id alone',
    back: openaiResponsesBack,
    url: '/v1/responses',
    right: { model: 'm', store: false, input: [hi, thought({ encrypted_content: ENCRYPTED_THOUGHT })] },
    wrong: { model: 'm', store: false, input: [hi, thought({})] },
    says: /not found/,
  },
  {
    what: 'Responses a result without its call',
    back: openaiResponsesBack,
    url: '/v1/responses',
    right: { model: 'm', store: false, input: [hi, responsesCall, responsesResult] },
    wrong: { model: 'm', store: false, input: [hi, responsesResult] },
    says: /No tool call found/,
  },
  {
    what: 'Anthropic a request without a limit',
    back: anthropicMessagesBack,
    url: '/v1/messages',
    right: claude({}),
    wrong: { model: 'c', messages: [hi] },
    says: /max_tokens/,
  },
  {
    what: 'Anthropic an empty text',
    back: anthropicMessagesBack,
    url: '/v1/messages',
    right: claude({}),
    wrong: claude({ messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }),
    says: /messages/,
  },
  {
    what: 'Anthropic a turn of calls without the thought before it',
    back: anthropicMessagesBack,
    url: '/v1/messages',
    right: claude({
      ...thinkingOn,
      messages: [hi, { role: 'assistant', content: [thinking(THINKING_SIGNATURE), use] }, result],
    }),
    wrong: claude({ ...thinkingOn, messages: [hi, { role: 'assistant', content: [use] }, result] }),
    says: /Expected `thinking`/,
  },
  {
    what: 'Anthropic a signature of somebody else',
    back: anthropicMessagesBack,
    url: '/v1/messages',
    right: claude({ messages: [hi, { role: 'assistant', content: [thinking(THINKING_SIGNATURE)] }, hi] }),
    wrong: claude({ messages: [hi, { role: 'assistant', content: [thinking('other')] }, hi] }),
    says: /Invalid `signature`/,
  },
  {
    what: 'Gemini a call without its signature',
    back: geminiBack,
    url: generate,
    right: { contents: [asked, signed, responded] },
    wrong: { contents: [asked, { role: 'model', parts: [functionCall] }, responded] },
    says: /thought_signature/,
  },
  {
    what: 'Gemini a call without its response',
    back: geminiBack,
    url: generate,
    right: { contents: [asked, signed, responded] },
    wrong: { contents: [asked, signed, asked] },
    says: /number of function response parts/,
  },
  {
    what: 'Gemini a name that is not in its schema',
    back: geminiBack,
    url: generate,
    right: { contents: [asked] },
    wrong: { contents: [asked], stream: true },
    says: /stream/,
  },
  {
    what: 'Ollama content in parts',
    back: ollamaBack,
    url: '/api/chat',
    right: { model: 'm', messages: [hi] },
    wrong: { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] },
    says: /messages\.0\.content/,
  },
  {
    what: 'Ollama arguments that are text',
    back: ollamaBack,
    url: '/api/chat',
    right: { model: 'm', messages: [hi] },
    wrong: {
      model: 'm',
      messages: [
        hi,
        { role: 'assistant', content: '', tool_calls: [{ function: { name: 'clock', arguments: '{}' } }] },
      ],
    },
    says: /arguments/,
  },
];

describe('the providers that are played refuse', () => {
  it.each(ROWS)('$what', ({ back, url, right, wrong, says }) => {
    expect(back.read({ url, body: right }).prompt).toBe('Hi');
    expect(() => back.read({ url, body: wrong })).toThrow(Refusal);
    expect(() => back.read({ url, body: wrong })).toThrow(says);
  });
});
