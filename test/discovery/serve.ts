import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test server answers to one question. Objects are sent as JSON. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Answers by `/path` (GET) or `POST /path`, with the query part of the path where the key has one. */
export type Routes = Readonly<Record<string, Reply | ((request: string) => Reply)>>;

export interface TestServer {
  readonly port: number;
  readonly origin: string;
  /** `GET /v1/models`, in the order in which they came, and their headers. */
  readonly requests: string[];
  readonly headers: http.IncomingHttpHeaders[];
  /** Answered from now on. */
  routes: Routes;
  /** While it is set, requests are taken and not answered. */
  hanging: boolean;
  close(): Promise<void>;
}

/** A real HTTP server on loopback. What is not among the routes is `fallback`, a bare 404 unless told otherwise. */
export async function serve(routes: Routes, options: { fallback?: Reply; port?: number } = {}): Promise<TestServer> {
  const server = http.createServer((request, response) => {
    const question = `${request.method ?? ''} ${request.url ?? ''}`;
    served.requests.push(question);
    served.headers.push(request.headers);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (served.hanging) return;
      const route = served.routes[question.replace(/^GET /, '')] ??
        options.fallback ?? { status: 404, body: 'Not Found' };
      send(response, typeof route === 'function' ? route(Buffer.concat(chunks).toString('utf8')) : route);
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const served: TestServer = {
    port,
    origin: `http://127.0.0.1:${port}`,
    requests: [],
    headers: [],
    routes,
    hanging: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return served;
}

function send(response: http.ServerResponse, { status = 200, headers = {}, body = '' }: Reply): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

/** What a real server answered: a file of test/fixtures/real-servers. */
export function recorded(server: string, name: string): Reply {
  const file = new URL(`../fixtures/real-servers/${server}/${name}.txt`, import.meta.url);
  const answer = readFileSync(file, 'utf8').replace(/^(?:> .*\n)+/, '');
  const split = answer.indexOf('\n\n');
  const [statusLine = '', ...headerLines] = answer.slice(0, split).split('\n');
  const headers = headerLines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  const kept = headers.filter(
    ([name = '']) => !['content-length', 'transfer-encoding', 'date', 'connection', 'keep-alive'].includes(name),
  );
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(kept) as Record<string, string>,
    body: wholeBody(answer.slice(split + 2).replace(/\n$/, ''), file.pathname),
  };
}

/** Long recordings are cut, in the tensors of `/api/show`, which nobody reads: those are left empty. */
function wholeBody(body: string, file: string): string {
  const whole = body.replace(/"tensors":\[.*\n\[\.\.\. cut, \d+ bytes in all \.\.\.\]\n.*?\}\],/s, '"tensors":[],');
  if (whole.includes('[... cut,')) throw new Error(`${file} is cut where its content matters`);
  return whole;
}
