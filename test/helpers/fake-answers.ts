import type { ServerResponse } from 'node:http';
import type { FakeCall, Scene } from './fake-upstream.ts';

/*
 * Answers as OpenAI's API reference documents them: `chat.completion`, `chat.completion.chunk` (with
 * `stream_options.include_usage` every chunk has `usage`, null but in the last), `text_completion`, a `list` of
 * embeddings, and `{"error": {"message", "type", "param", "code"}}`.
 */

/** What every good chat answer costs in tokens; the cached ones are part of the prompt's. */
export const CHAT_USAGE = {
  prompt_tokens: 1117,
  completion_tokens: 43,
  total_tokens: 1160,
  prompt_tokens_details: { cached_tokens: 389, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
} as const;

export const CHAT_TEXT = 'Grüße aus Köln 👋, all is well.';
export const CHAT_PIECES = ['Grüße ', 'aus Köln ', '👋, all ', 'is well.'] as const;
export const TOOL_ARGUMENTS = '{"city":"Łódź","days":3}';
export const EMBEDDING = [0.25, -0.5, 0.125];
const CREATED = 1_700_000_000;
const HEADERS = {
  'x-request-id': 'req_fake_1',
  'openai-processing-ms': '12',
  'openai-version': '2020-10-01',
  'x-ratelimit-remaining-requests': '99',
  'set-cookie': '__cf_bm=spy; path=/',
  'access-control-allow-origin': '*',
  'alt-svc': 'h3=":443"',
};

/** A good answer, whatever was asked for. */
export function answerAsOpenAi(response: ServerResponse, call: FakeCall): void {
  if (call.path === '/v1/embeddings') answerEmbeddings(response, call);
  else if (call.path === '/v1/completions') answerText(response, call);
  else if (call.path !== '/v1/chat/completions') sendError(response, 404, 'unknown_url', `Invalid URL ${call.path}`);
  else if (call.fields['stream'] === true) sendEvents(response, [...chatEvents(call), '[DONE]']);
  else sendJson(response, chatAnswer(call));
}

/** The events of a good streamed chat answer, without `[DONE]`. */
export function chatEvents(call: FakeCall): readonly unknown[] {
  const events = 'tools' in call.fields ? toolDeltas() : textDeltas();
  const asked = asksForUsage(call);
  const usage = asked ? { usage: null } : {};
  const chunks = events.map(([delta, finish]) => ({
    ...chunkHead(call),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...usage,
  }));
  return asked ? [...chunks, { ...chunkHead(call), choices: [], usage: CHAT_USAGE }] : chunks;
}

export function asksForUsage(call: FakeCall): boolean {
  const options = call.fields['stream_options'] as { include_usage?: boolean } | undefined;
  return options?.include_usage === true;
}

export function sendJson(response: ServerResponse, value: unknown, status = 200, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...HEADERS, ...headers });
  response.end(JSON.stringify(value));
}

export function beginEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...HEADERS });
}

/** As it goes over the wire; a text stays as it is. */
export function eventText(event: unknown): string {
  return `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`;
}

export function sendEvents(response: ServerResponse, events: readonly unknown[]): void {
  beginEvents(response);
  for (const event of events) response.write(eventText(event));
  response.end();
}

/** Sends the first events and leaves the stream open. */
export function sendFirstEvents(response: ServerResponse, call: FakeCall, count: number): void {
  beginEvents(response);
  for (const event of chatEvents(call).slice(0, count)) response.write(eventText(event));
}

export function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  const type = status === 429 ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error';
  const headers = status === 429 ? { 'retry-after': '7' } : {};
  sendJson(response, { error: { message, type, param: null, code } }, status, headers);
}

/** What goes wrong, by the name of the model. */
const SCENES: Readonly<Record<string, Scene>> = {
  html: (response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in to the hotel WLAN</body></html>');
  },
  'half-json': (response, call) => {
    const whole = JSON.stringify(chatAnswer(call));
    response.writeHead(200, { 'content-type': 'application/json' }).end(whole.slice(0, whole.length / 2));
  },
  'cut-stream': (response, call) => {
    sendFirstEvents(response, call, 2);
    response.end();
  },
  'reset-stream': (response, call) => {
    sendFirstEvents(response, call, 2);
    setImmediate(() => call.socket.resetAndDestroy());
  },
  'empty-stream': (response) => {
    beginEvents(response);
    response.end();
  },
  'error-in-stream': (response, call) => {
    sendFirstEvents(response, call, 2);
    response.end(eventText({ error: { message: 'The engine is on fire', type: 'server_error', code: null } }));
  },
  'no-done': (response, call) => {
    sendEvents(response, chatEvents(call));
  },
  'no-usage': (response, call) => {
    const answer = { ...chatAnswer(call), usage: undefined };
    if (call.fields['stream'] !== true) sendJson(response, answer);
    else sendEvents(response, [...chatEvents({ ...call, fields: {} }), '[DONE]']);
  },
  silent: () => undefined,
  stalled: (response, call) => {
    sendFirstEvents(response, call, 2);
  },
  redirect: (response) => {
    response.writeHead(307, { location: 'http://127.0.0.1:1/v1/chat/completions' }).end();
  },
};

/** `null`: the name stands for no scene. */
export function sceneByName(model: string): Scene | null {
  const name = model.slice(model.lastIndexOf('/') + 1);
  const status = /^fail-(\d{3})$/.exec(name)?.[1];
  if (status === undefined) return Object.hasOwn(SCENES, name) ? (SCENES[name] ?? null) : null;
  return (response) => {
    sendError(response, Number(status), `fake_${status}`, `A made-up failure ${status}`);
  };
}

function chatAnswer(call: FakeCall) {
  const toolCall = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: TOOL_ARGUMENTS } };
  const withTools = 'tools' in call.fields;
  const message = withTools
    ? { role: 'assistant', content: null, refusal: null, tool_calls: [toolCall] }
    : { role: 'assistant', content: CHAT_TEXT, refusal: null };
  return {
    id: 'chatcmpl-fake1',
    object: 'chat.completion',
    created: CREATED,
    model: call.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: withTools ? 'tool_calls' : 'stop' }],
    usage: CHAT_USAGE,
    system_fingerprint: 'fp_fake',
  };
}

function chunkHead(call: FakeCall) {
  return { id: 'chatcmpl-fake1', object: 'chat.completion.chunk', created: CREATED, model: call.model };
}

type Delta = readonly [delta: Record<string, unknown>, finish: string | null];

function textDeltas(): readonly Delta[] {
  const pieces = CHAT_PIECES.map((content): Delta => [{ content }, null]);
  return [[{ role: 'assistant', content: '', refusal: null }, null], ...pieces, [{}, 'stop']];
}

function toolDeltas(): readonly Delta[] {
  const first = { index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } };
  const pieces = TOOL_ARGUMENTS.match(/.{1,7}/gsu) ?? [];
  const rest = pieces.map((text): Delta => [{ tool_calls: [{ index: 0, function: { arguments: text } }] }, null]);
  return [[{ role: 'assistant', content: null, tool_calls: [first] }, null], ...rest, [{}, 'tool_calls']];
}

function answerText(response: ServerResponse, call: FakeCall): void {
  const head = { id: 'cmpl-fake1', object: 'text_completion', created: CREATED, model: call.model };
  const usage = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
  const choice = (text: string, finish: string | null) => ({ index: 0, text, logprobs: null, finish_reason: finish });
  if (call.fields['stream'] !== true) {
    sendJson(response, { ...head, choices: [choice('and so on', 'length')], usage });
    return;
  }
  const events = [choice('and ', null), choice('so on', 'length')].map((one) => ({ ...head, choices: [one] }));
  sendEvents(response, [...events, ...(asksForUsage(call) ? [{ ...head, choices: [], usage }] : []), '[DONE]']);
}

/** The official SDK asks for base64 and decodes it; others take the numbers. */
function answerEmbeddings(response: ServerResponse, call: FakeCall): void {
  const floats = new Float32Array(EMBEDDING);
  const isBase64 = call.fields['encoding_format'] === 'base64';
  const embedding = isBase64 ? Buffer.from(floats.buffer).toString('base64') : EMBEDDING;
  const data = [{ object: 'embedding', index: 0, embedding }];
  sendJson(response, { object: 'list', data, model: call.model, usage: { prompt_tokens: 11, total_tokens: 11 } });
}
