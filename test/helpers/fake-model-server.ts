import { once } from 'node:events';
import http from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { recordedStream, recording, type RecordedServer } from './recordings.ts';

/** Real servers that are replayed; what each of them answers is recorded in test/fixtures/real-servers. */
export type ReplayedServer = Extract<RecordedServer, 'ollama-0.34.0' | 'vllm' | 'llama.cpp'>;

export interface SeenRequest {
  /** `GET /v1/models` */
  readonly question: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeModelServer {
  readonly port: number;
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
  /** Models of the recording that are not listed now. */
  hidden: readonly string[];
  /** Resolves when so many requests for it have arrived: `GET /v1/models`. */
  asked(question: string, count: number): Promise<void>;
  close(): Promise<void>;
}

export interface ModelServerOptions {
  /** The key that it asks for, as vLLM's and llama-server's `--api-key`. */
  readonly key?: string;
  /** What its model `tiny` is called here. */
  readonly name?: string;
  readonly port?: number;
}

/** What they answer to `GET`, by the name of the recording. */
const PAGES: Readonly<Record<ReplayedServer, Readonly<Record<string, string>>>> = {
  'ollama-0.34.0': {
    '/': 'root',
    '/v1/models': 'v1-models',
    '/api/tags': 'api-tags',
    '/api/ps': 'api-ps-empty',
    '/api/version': 'api-version',
    '/api/status': 'api-status',
  },
  vllm: { '/': 'root', '/v1/models': 'v1-models', '/version': 'version', '/health': 'health', '/api/tags': 'api-tags' },
  'llama.cpp': {
    '/': 'root',
    '/v1/models': 'v1-models',
    '/props': 'props',
    '/health': 'health',
    '/api/tags': 'api-tags',
    '/api/version': 'api-version',
  },
};

/** Answers with what the real server was recorded to answer: lists, chat, streamed chat, refusals. */
export async function startFakeModelServer(
  kind: ReplayedServer,
  options: ModelServerOptions = {},
): Promise<FakeModelServer> {
  const requests: SeenRequest[] = [];
  const server = http.createServer((request, response) => {
    const question = `${request.method ?? ''} ${request.url ?? ''}`;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      requests.push({ question, headers: request.headers, body });
      server.emit('asked');
      replay(
        response,
        kind,
        recordingFor(kind, question, body, isRefused(request, options.key)),
        options.name,
        fake.hidden,
      );
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const fake: FakeModelServer = {
    port,
    origin: `http://127.0.0.1:${port}`,
    requests,
    hidden: [],
    asked: async (question, count) => {
      while (requests.filter((request) => request.question === question).length < count) await once(server, 'asked');
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return fake;
}

function isRefused(request: http.IncomingMessage, key: string | undefined): boolean {
  return key !== undefined && request.headers.authorization !== `Bearer ${key}`;
}

/** The name of the recording, and whether it is a stream's. */
function recordingFor(kind: ReplayedServer, question: string, body: string, refused: boolean): [string, boolean] {
  if (question === 'POST /api/chat') {
    const { stream } = JSON.parse(body) as { stream?: boolean };
    return stream === false ? ['api-chat', false] : ['api-chat-stream', true];
  }
  const isChat = question === 'POST /v1/chat/completions';
  if (refused && (isChat || question === 'GET /v1/models'))
    return [isChat ? 'auth-none-chat' : 'auth-none-v1-models', false];
  if (!isChat) return [PAGES[kind][question.replace(/^GET /, '')] ?? 'error-unknown-path', false];
  const { stream, stream_options: wishes } = JSON.parse(body) as {
    stream?: boolean;
    stream_options?: { include_usage?: boolean };
  };
  if (stream !== true) return ['chat', false];
  return [wishes?.include_usage === true ? 'chat-stream-usage' : 'chat-stream', true];
}

/** Of the connection they were recorded on, not of the answer. */
const OF_THE_CONNECTION = ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'date'];

function replay(
  response: ServerResponse,
  kind: ReplayedServer,
  [name, isStream]: [string, boolean],
  called: string | undefined,
  hidden: readonly string[],
): void {
  const { status, headers, body } = recording(kind, name);
  const bytes = isStream ? recordedStream(kind, name) : body;
  const kept = Object.entries(headers).filter(([header]) => !OF_THE_CONNECTION.includes(header));
  response.writeHead(status, Object.fromEntries(kept));
  const text = bytes.toString('utf8');
  if (text.includes('[... cut,')) throw new Error(`the recording ${kind}/${name} is cut`);
  const renamed = called === undefined ? text : text.replaceAll('"tiny"', JSON.stringify(called));
  response.end(hidden.length === 0 || !/models|tags/.test(name) ? renamed : without(renamed, hidden));
}

/** A list of models with some of them left out. */
function without(list: string, hidden: readonly string[]): string {
  const keep = (models: unknown) =>
    (models as { id?: string; name?: string }[]).filter(({ id, name }) => !hidden.includes(id ?? name ?? ''));
  const document = JSON.parse(list) as Record<string, unknown>;
  for (const key of ['data', 'models']) if (Array.isArray(document[key])) document[key] = keep(document[key]);
  return JSON.stringify(document);
}
