import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands before the network in a daemon's process: whoever it connects to, with TLS or without, it reaches the server
 * at EVERY_UPSTREAM. To be loaded with `--import`.
 */
export const EVERYTHING_GOES_THERE = `
import net from 'node:net';
import tls from 'node:tls';
import { syncBuiltinESMExports } from 'node:module';
const connect = net.connect;
const there = () => connect({ host: '127.0.0.1', port: Number(process.env.EVERY_UPSTREAM) });
net.connect = there;
tls.connect = () => {
  const socket = there();
  return socket.once('connect', () => socket.emit('secureConnect'));
};
syncBuiltinESMExports();
`;

/** A call that arrived, other than for a list. */
export interface EveryCall {
  readonly host: string;
  readonly path: string;
  /** As the body has it, or the path. */
  readonly model: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: http.IncomingHttpHeaders;
}

export interface EveryUpstream {
  readonly port: number;
  /** In the order in which they arrived; to be emptied by who reads them. */
  readonly calls: EveryCall[];
  /** Hosts with their ports, and the models that Ollama has there. */
  readonly ollamas: Map<string, readonly string[]>;
  close(): Promise<void>;
}

/**
 * Answers in the wire format of whoever is asked, by the path; servers list other models than those asked. Models
 * whose names end so fail: `-503`, `-429`, `-401`, `-long`, `-filtered`; `-silent` ones never answer, `-slow` ones late.
 */
export async function startEveryUpstream(): Promise<EveryUpstream> {
  const ollamas = new Map<string, readonly string[]>();
  const calls: EveryCall[] = [];
  const server = http.createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    const { headers } = request;
    const host = headers.host ?? '';
    void textOf(request).then((text) => {
      const send = (status: number, answer: unknown): void => {
        const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      };
      const found = request.method === 'GET' ? listed(path, ollamas.get(host) ?? null) : answerAt(path);
      // What discovery asks about a model is no call of it.
      if (request.method !== 'GET' && path !== '/api/show') {
        const body = headers['content-type'] === 'application/json' ? (JSON.parse(text) as EveryCall['body']) : {};
        const named = body['model'];
        const model = typeof named === 'string' ? named : (/models?\/([^/:]+)/.exec(path)?.[1] ?? '');
        calls.push({ host, path, model, body, headers });
        const failure = FAILURES.find(([ending]) => model.endsWith(ending));
        if (model.endsWith('-silent')) return;
        if (failure !== undefined) {
          send(failure[1], { error: failure[2] });
          return;
        }
        if (model.endsWith('-slow')) {
          setTimeout(() => send(200, found), SLOW_MS);
          return;
        }
      }
      send(found === null ? 404 : 200, found ?? { error: { message: 'Not found' } });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    ollamas,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const SLOW_MS = 700;

const FAILURES: readonly (readonly [string, number, object])[] = [
  ['-503', 503, { message: 'Overloaded.', type: 'server_error', code: null }],
  ['-429', 429, { message: 'Too many requests.', type: 'rate_limit_error', code: 'rate_limit_exceeded' }],
  ['-401', 401, { message: 'Wrong key.', type: 'authentication_error', code: 'invalid_api_key' }],
  ['-long', 400, { message: 'Too long.', type: 'invalid_request_error', code: 'context_length_exceeded' }],
  ['-filtered', 400, { message: 'Refused.', type: 'invalid_request_error', code: 'content_filter' }],
];

async function textOf(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function listed(path: string, ollama: readonly string[] | null): unknown {
  if (ollama !== null) {
    if (path === '/api/version') return { version: '0.24.0' };
    if (path === '/api/ps') return { models: [] };
    if (path === '/api/tags') return { models: ollama.map((name) => ({ name, model: name, size: 1, details: {} })) };
  }
  return path.endsWith('/models') ? { object: 'list', data: [{ id: 'listed-here', object: 'model' }] } : null;
}

const TEXT = 'Hello.';

/** By the end of a path: where an API lies below a host differs, what it is called does not. */
const ANSWERS: readonly (readonly [RegExp, unknown])[] = [
  [/\/token$/, { access_token: 'token-of-google', expires_in: 3600, token_type: 'Bearer' }],
  [
    /\/chat\/completions$/,
    {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content: TEXT }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
    },
  ],
  [
    /\/completions$/,
    {
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1_700_000_000,
      model: 'm',
      choices: [{ index: 0, text: TEXT, finish_reason: 'stop', logprobs: null }],
      usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
    },
  ],
  [
    /\/responses$/,
    {
      id: 'resp_1',
      object: 'response',
      created_at: 1_700_000_000,
      status: 'completed',
      model: 'm',
      output: [
        {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: TEXT, annotations: [] }],
        },
      ],
      usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
    },
  ],
  [
    /\/messages$|:rawPredict$/,
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: TEXT }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 5, output_tokens: 2 },
    },
  ],
  [
    /:generateContent$/,
    {
      candidates: [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts: [{ text: TEXT }] } }],
      usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2, totalTokenCount: 7 },
      modelVersion: 'm',
    },
  ],
  [
    /\/converse$/,
    {
      output: { message: { role: 'assistant', content: [{ text: TEXT }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 5, outputTokens: 2, totalTokens: 7 },
      metrics: { latencyMs: 1 },
    },
  ],
  [
    /\/api\/chat$/,
    {
      model: 'm',
      created_at: '2026-11-21T12:00:00Z',
      message: { role: 'assistant', content: TEXT },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 5,
      eval_count: 2,
    },
  ],
  [/\/api\/embed$/, { model: 'm', embeddings: [[0.5, 0.25]], prompt_eval_count: 5 }],
  [/:batchEmbedContents$/, { embeddings: [{ values: [0.5, 0.25] }] }],
  [/:predict$/, { predictions: [{ embeddings: { values: [0.5, 0.25], statistics: { token_count: 5 } } }] }],
  [
    /\/embeddings$/,
    {
      object: 'list',
      model: 'm',
      data: [{ object: 'embedding', index: 0, embedding: [0.5, 0.25] }],
      usage: { prompt_tokens: 5, total_tokens: 5 },
    },
  ],
  [/\/images\/generations$/, { created: 1_700_000_000, data: [{ b64_json: 'AAAA' }] }],
  [/\/audio\/speech$/, 'sound'],
  [/\/audio\/transcriptions$/, { text: TEXT }],
];

function answerAt(path: string): unknown {
  return ANSWERS.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}
