import { afterEach, beforeEach, expect, it } from 'vitest';
import { cloudEndpoint, routedProvider } from '../helpers/routes.ts';
import { KEY, startTestServer } from '../helpers/test-server.ts';
import type { TestServer } from '../helpers/test-server.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';
import type { UpstreamServer } from '../helpers/upstream-server.ts';

// An agent that knows no cache marks pays a tenth for what it said before. That Anthropic takes such bodies is played in
// `test/e2e/clients/`, whose tool loops are marked too.

const USAGE = {
  input_tokens: 10,
  output_tokens: 5,
  cache_read_input_tokens: 1_000,
  cache_creation_input_tokens: 100,
};
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-6',
  content: [{ type: 'text', text: 'hi' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: USAGE,
};

let upstream: UpstreamServer;
let server: TestServer;
let marksPrompts: boolean;
beforeEach(async () => {
  marksPrompts = true;
  upstream = await startUpstreamServer((response) => json(response, MESSAGE));
  const endpoint = cloudEndpoint('anthropic', { dialect: 'anthropic-messages', apiBase: `${upstream.origin}/v1` });
  const overrides = { marksPrompts: () => marksPrompts };
  server = await startTestServer({}, { providers: [routedProvider(endpoint, [])] }, overrides);
});
afterEach(async () => {
  await server.gateway.idle();
  await server.close();
  await upstream.close();
});

const TOOL = { name: 'look', parameters: { type: 'object', properties: {} } };
const CALL = { id: 'call_1', name: 'look', arguments: '{}' };
const { name, arguments: text } = CALL;

const CLIENTS: Readonly<Record<string, object>> = {
  '/v1/chat/completions': {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Go.' },
      { role: 'assistant', tool_calls: [{ id: CALL.id, type: 'function', function: { name, arguments: text } }] },
      { role: 'tool', tool_call_id: CALL.id, content: 'seen' },
    ],
    tools: [{ type: 'function', function: TOOL }],
  },
  '/v1/responses': {
    instructions: 'Be brief.',
    input: [
      { type: 'message', role: 'user', content: 'Go.' },
      { type: 'function_call', call_id: CALL.id, name, arguments: text },
      { type: 'function_call_output', call_id: CALL.id, output: 'seen' },
    ],
    tools: [{ type: 'function', ...TOOL }],
    store: false,
  },
  '/api/chat': {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Go.' },
      { role: 'assistant', content: '', tool_calls: [{ function: { name, arguments: {} } }] },
      { role: 'tool', tool_name: name, content: 'seen' },
    ],
    tools: [{ type: 'function', function: TOOL }],
    stream: false,
  },
  '/v1beta/models/anthropic/claude-sonnet-4-6:generateContent': {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      { role: 'user', parts: [{ text: 'Go.' }] },
      { role: 'model', parts: [{ functionCall: { name, args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { name, response: { output: 'seen' } } }] },
    ],
    tools: [{ functionDeclarations: [TOOL] }],
  },
};

async function marksOf(path: string): Promise<number> {
  const body = JSON.stringify({ model: 'anthropic/claude-sonnet-4-6', max_tokens: 100, ...CLIENTS[path] });
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const answer = await server.ask({ method: 'POST', path, headers, body });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers['x-llmgw-dropped'] ?? '').not.toContain('cache');
  return String(upstream.calls.at(-1)?.body).split('"cache_control"').length - 1;
}

it.each(Object.keys(CLIENTS))('marks the prompt of an agent at %s, unless told not to', async (path) => {
  expect(await marksOf(path)).toBe(3);
  marksPrompts = false;
  expect(await marksOf(path)).toBe(0);
});

it('leaves a client of Anthropic’s dialect its own marks', async () => {
  const body = JSON.stringify({
    model: 'anthropic/claude-sonnet-4-6',
    max_tokens: 100,
    messages: [
      { role: 'user', content: 'Go.' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'look', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'seen' }] },
    ],
    tools: [{ name: 'look', input_schema: { type: 'object' } }],
  });
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  await server.ask({ method: 'POST', path: '/v1/messages', headers, body });
  expect(String(upstream.calls.at(-1)?.body)).not.toContain('cache_control');
});

it('books what the upstream says that it read and wrote', async () => {
  await marksOf('/v1/chat/completions');
  await server.gateway.idle();
  await server.ledger.flush();
  expect(server.ledger.rows[0]?.settlements[0]?.usage).toMatchObject({
    inputTokens: 1_110,
    cacheReadTokens: 1_000,
    cacheWrite5mTokens: 100,
  });
});
