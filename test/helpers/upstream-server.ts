import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';

export interface ReceivedCall {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly socket: Socket;
  /** Resolves when its connection is closed. */
  readonly gone: Promise<unknown>;
}

export type Answerer = (response: ServerResponse, call: ReceivedCall, index: number) => void;

export interface UpstreamServer {
  readonly port: number;
  /** `http://127.0.0.1:41234` */
  readonly origin: string;
  readonly calls: readonly ReceivedCall[];
  /** How it answers from now on. */
  answer: Answerer;
  /** Resolves when so many calls have arrived whole. */
  called(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A real HTTP server on loopback that stands for a model server or a provider. */
export async function startUpstreamServer(answer: Answerer): Promise<UpstreamServer> {
  const calls: ReceivedCall[] = [];
  const server = http.createServer((request, response) => {
    void readAll(request).then((body) => {
      if (body === null) return;
      const { method = '', url = '', headers, rawHeaders, socket } = request;
      const call = { method, url, headers, rawHeaders, body, socket, gone: goneOf(socket) };
      calls.push(call);
      // Whoever waits for this call goes on when it is answered, or held.
      queueMicrotask(() => server.emit('call'));
      started.answer(response, call, calls.length - 1);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const started: UpstreamServer = {
    port,
    origin: `http://127.0.0.1:${port}`,
    calls,
    answer,
    async called(count) {
      while (calls.length < count) await once(server, 'call');
    },
    async close() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  return started;
}

/** One for each connection, however many calls come over it: a listener for each would be taken for a leak. */
const gone = new WeakMap<Socket, Promise<void>>();

/** Not by `once`, which rejects where the connection was reset. */
function goneOf(socket: Socket): Promise<void> {
  const known = gone.get(socket);
  if (known !== undefined) return known;
  const closed = new Promise<void>((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });
  gone.set(socket, closed);
  return closed;
}

/** `null`: the caller left before its request was whole. */
async function readAll(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('close', () => resolve(null));
  });
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: http.OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** Answers with a stream of server-sent events whose bytes are these. */
export function eventStream(response: ServerResponse, bytes: string | Buffer): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(bytes);
}

/** A port on loopback where nobody listens. */
export async function freePort(): Promise<number> {
  const server = http.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
