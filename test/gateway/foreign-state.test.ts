import { afterEach, beforeEach, expect, it } from 'vitest';
import { idWithState, textOfState } from '../../src/canonical/carried-state.ts';
import type { DialectId } from '../../src/canonical/dialect-id.ts';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// A conversation that began at one provider goes on at another, which speaks the client's own dialect: what the first
// one keeps in it is refused by the second (OpenAI: 400 to an `encrypted_content` that is not its own, and to an id of
// more than 64 characters; Anthropic: 400 to a `signature` that is not its own).

const DIALECTS: readonly DialectId[] = ['openai-chat', 'openai-responses', 'anthropic-messages'];
const GEMINI = { origin: 'gemini', data: 'a thought signature of Gemini' } as const;
const CALL = 'call_1';
const CARRYING = idWithState(CALL, GEMINI);
const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } };
/** One that thinks: of others no thoughts are asked for. */
const MODEL = 'gpt-5';

let upstream: UpstreamServer;
let server: TestServer;
beforeEach(async () => {
  // Only what is sent matters here.
  upstream = await startUpstreamServer((response) => json(response, { error: { message: 'seen' } }, 400));
  const endpoint = (dialect: DialectId): ReturnType<typeof cloudEndpoint> =>
    cloudEndpoint(dialect, { dialect, apiBase: `${upstream.origin}/v1` });
  server = await startTestServer({}, { providers: DIALECTS.map((dialect) => routedProvider(endpoint(dialect), [])) });
});
afterEach(async () => {
  await server.close();
  await upstream.close();
});

const chatBody = (id: string): object => ({
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'What is the weather in Lyon?' },
    {
      role: 'assistant',
      content: 'I look.',
      tool_calls: [{ id, type: 'function', function: { name: 'weather', arguments: '{"city":"Lyon"}' } }],
    },
    { role: 'tool', tool_call_id: id, content: 'rain' },
  ],
  tools: [{ type: 'function', function: { name: 'weather', description: 'It tells.', parameters: SCHEMA } }],
  user: 'somebody',
  made_up_field: { kept: true },
});

const responsesBody = (id: string, thoughts: readonly object[]): object => ({
  input: [
    { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Be brief.' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'What is the weather in Lyon?' }] },
    ...thoughts,
    { type: 'function_call', call_id: id, name: 'weather', arguments: '{"city":"Lyon"}' },
    { type: 'function_call_output', call_id: id, output: 'rain' },
  ],
  store: false,
  include: ['reasoning.encrypted_content'],
  made_up_field: { kept: true },
});

const messagesBody = (id: string, thoughts: readonly object[]): object => ({
  max_tokens: 1_000,
  system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'What is the weather in Lyon?' }] },
    { role: 'assistant', content: [...thoughts, { type: 'tool_use', id, name: 'weather', input: { city: 'Lyon' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'rain' }] },
  ],
  tools: [{ name: 'weather', description: 'It tells.', input_schema: SCHEMA }],
  made_up_field: { kept: true },
});

const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: textOfState(GEMINI) };
const block = { type: 'thinking', thinking: 'Rain, I think.', signature: textOfState(GEMINI) };

/** What llmgw told of thoughts that had no state, as those of a local model. */
const plainItem = { ...item, summary: [{ type: 'summary_text', text: 'Rain.' }], encrypted_content: textOfState(null) };
const plainBlock = { ...block, signature: textOfState(null) };
const thoughtful = (signature: string): object => ({
  messages: [
    { role: 'user', content: 'Rain?' },
    {
      role: 'assistant',
      content: 'Rain.',
      reasoning_content: 'Rain, I think.',
      thinking_blocks: [{ type: 'thinking', thinking: 'Rain, I think.', signature }],
    },
    { role: 'user', content: 'Sure?' },
  ],
});
const thoughtless = {
  messages: [
    { role: 'user', content: 'Rain?' },
    { role: 'assistant', content: 'Rain.' },
    { role: 'user', content: 'Sure?' },
  ],
};
const CLAUDES = textOfState({ origin: 'anthropic-messages', data: '@anthropic\nSIGA' });

it.each([
  ['openai-chat', 'chat/completions', thoughtful(CLAUDES), thoughtless],
  ['openai-chat', 'chat/completions', thoughtful(textOfState(null)), thoughtless],
  ['openai-responses', 'responses', responsesBody(CALL, [plainItem]), responsesBody(CALL, [])],
  ['anthropic-messages', 'messages', messagesBody(CALL, [plainBlock]), messagesBody(CALL, [])],
  ['openai-chat', 'chat/completions', chatBody(CARRYING), chatBody(CALL)],
  ['openai-responses', 'responses', responsesBody(CARRYING, []), responsesBody(CALL, [])],
  ['openai-responses', 'responses', responsesBody(CALL, [item]), responsesBody(CALL, [])],
  ['anthropic-messages', 'messages', messagesBody(CARRYING, []), messagesBody(CALL, [])],
  ['anthropic-messages', 'messages', messagesBody(CALL, [block]), messagesBody(CALL, [])],
])('of %s, %s: the state of another provider stays here, all else is sent', async (dialect, path, body, sent) => {
  const request = JSON.stringify({ model: `${dialect}/${MODEL}`, ...body });
  await server.ask({ method: 'POST', path: `/v1/${path}`, headers: { authorization: `Bearer ${KEY}` }, body: request });
  expect(upstream.calls.map(({ url }) => url)).toEqual([`/v1/${path}`]);
  expect(JSON.parse(upstream.calls[0]?.body.toString() ?? '')).toEqual({ model: MODEL, ...sent });
});

it.each([
  ['openai-chat', 'chat/completions', thoughtful('EqoBCkgIARAB')],
  [
    'openai-responses',
    'responses',
    responsesBody(CALL, [
      { ...plainItem, encrypted_content: 'gAAAAABo' },
      { type: 'reasoning', id: 'rs_2', summary: [] },
    ]),
  ],
  ['anthropic-messages', 'messages', messagesBody(CALL, [{ ...block, signature: 'EqoBCkgIARAB' }])],
  ['anthropic-messages', 'messages', messagesBody(CALL, [{ ...block, signature: '' }])],
])('of %s, %s: thoughts that are none of ours pass as they are', async (dialect, path, body) => {
  const request = JSON.stringify({ model: `${dialect}/${MODEL}`, ...body });
  await server.ask({ method: 'POST', path: `/v1/${path}`, headers: { authorization: `Bearer ${KEY}` }, body: request });
  expect(upstream.calls[0]?.body.toString()).toBe(JSON.stringify({ model: MODEL, ...body }));
});
