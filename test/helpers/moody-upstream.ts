import { once } from 'node:events';
import http from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sentMark, WORDS } from './moody-words.ts';
import type { MoodyDialect, Usage, Words } from './moody-words.ts';

/**
 * `silent`: it takes every call and answers none; `limited`: 429 with a `Retry-After` of a second; `cutting`: half of
 * an answer, then a reset; `failing`: 503 and 500 in turn.
 */
export type Mood = 'well' | 'silent' | 'limited' | 'cutting' | 'failing';

/** A call that arrived whole, and what became of it here. */
export interface MoodyCall {
  /** What the client wrote to tell its request from all others: `<<17 pii>>` without the brackets. */
  readonly mark: string;
  readonly stream: boolean;
  /** `served`: all of the answer was sent; `cut`: a part of it; `refused`: an error; `silent`: nothing at all. */
  readonly end: 'served' | 'cut' | 'refused' | 'silent' | 'begun';
  /** What the answer says that it cost, if it says so. */
  readonly usage: Usage;
}

/** A model server on a real socket that behaves as it is told, dies, and comes back at the same port. */
export interface MoodyUpstream {
  readonly name: string;
  readonly apiBase: string;
  readonly calls: readonly MoodyCall[];
  mood: Mood;
  readonly isAlive: boolean;
  /** Ends the server and every connection to it, in the middle of whatever they are at. */
  kill(): Promise<void>;
  revive(): Promise<void>;
}

export async function startMoodyUpstream(name: string, dialect: MoodyDialect): Promise<MoodyUpstream> {
  const upstream = new Upstream(name, WORDS[dialect]);
  await upstream.revive();
  return upstream;
}

type OpenCall = { -readonly [Key in keyof MoodyCall]: MoodyCall[Key] };

class Upstream implements MoodyUpstream {
  readonly name: string;
  readonly calls: OpenCall[] = [];
  mood: Mood = 'well';
  readonly #words: Words;
  #server: http.Server | null = null;
  #port = 0;

  constructor(name: string, words: Words) {
    this.name = name;
    this.#words = words;
  }

  get apiBase(): string {
    return `http://127.0.0.1:${this.#port}/v1`;
  }

  get isAlive(): boolean {
    return this.#server !== null;
  }

  async revive(): Promise<void> {
    const server = http.createServer((request, response) => this.#take(request, response));
    this.#server = server;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  #take(request: http.IncomingMessage, response: ServerResponse): void {
    // Whoever is cut off here is told by the other end.
    response.on('error', () => undefined);
    if (request.method === 'GET') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'm', object: 'model', owned_by: 'fake' }] }));
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => this.#answer(Buffer.concat(chunks).toString('utf8'), response));
  }

  #answer(body: string, response: ServerResponse): void {
    const mark = sentMark(body);
    const number = Number.parseInt(mark, 10);
    const usage = { input: 1000 + number, output: 10 + (number % 7) };
    const stream = /"stream":\s*true/.test(body);
    const call: OpenCall = { mark, stream, end: 'begun', usage };
    this.calls.push(call);
    switch (this.mood) {
      case 'well':
        this.#serve(call, response);
        return;
      case 'silent':
        call.end = 'silent';
        return;
      case 'limited':
        this.#refuse(call, response, 429);
        return;
      case 'failing':
        this.#refuse(call, response, this.calls.length % 2 === 0 ? 503 : 500);
        return;
      case 'cutting':
        this.#cut(call, response);
        return;
      default:
        throw new Error(`no such mood: ${String(this.mood satisfies never)}`);
    }
  }

  #serve(call: OpenCall, response: ServerResponse): void {
    // Handed over to the system: whoever dies after that has answered.
    response.once('finish', () => (call.end = 'served'));
    const [head, tail] = this.#words.answer(call.usage, call.stream);
    response.writeHead(200, { 'content-type': typeOf(call) });
    response.write(head);
    setImmediate(() => response.end(tail));
  }

  #cut(call: OpenCall, response: ServerResponse): void {
    call.end = 'cut';
    const [head] = this.#words.answer(call.usage, call.stream);
    response.writeHead(200, { 'content-type': typeOf(call) });
    response.write(head, () => setImmediate(() => response.socket?.resetAndDestroy()));
  }

  #refuse(call: OpenCall, response: ServerResponse, status: number): void {
    call.end = 'refused';
    const headers = { 'content-type': 'application/json', ...(status === 429 ? { 'retry-after': '1' } : {}) };
    response.writeHead(status, headers).end(this.#words.error(status));
  }
}

function typeOf({ stream }: MoodyCall): string {
  return stream ? 'text/event-stream' : 'application/json';
}
