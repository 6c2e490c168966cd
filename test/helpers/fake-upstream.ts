import { once } from 'node:events';
import http from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { answerAsOpenAi, sceneByName } from './fake-answers.ts';

/** An inference call as it arrived. */
export interface FakeCall {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Name, value, name, value, as they were spelled. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly model: string;
  readonly socket: Socket;
  /** Resolves when the caller has gone before the answer was whole. */
  readonly left: Promise<void>;
}

/** How a call is answered. */
export type Scene = (response: ServerResponse, call: FakeCall) => void;

export interface FakeUpstream {
  readonly port: number;
  readonly origin: string;
  /** With `/v1`. */
  readonly apiBase: string;
  /** The inference calls that arrived whole, in order. */
  readonly calls: readonly FakeCall[];
  /** Ids in its list of models. */
  models: readonly string[];
  /** How calls for a model are answered from now on. */
  play(model: string, scene: Scene): void;
  /** Calls for one model. */
  callsOf(model: string): readonly FakeCall[];
  /** Resolves when so many calls for the model have arrived. */
  called(model: string, count?: number): Promise<FakeCall>;
  /** Resolves when so many calls have arrived in all. */
  counted(count: number): Promise<void>;
  close(): Promise<void>;
}

export interface FakeOptions {
  readonly models?: readonly string[];
  /** 0: any free one. */
  readonly port?: number;
}

/**
 * A provider in OpenAI's wire format on a real socket. What it does follows from the name of the model, after its last
 * slash: `fail-429`, `html`, `cut-stream` and the others of `fake-answers.ts`; any other name is answered well.
 */
export async function startFakeUpstream(options: FakeOptions = {}): Promise<FakeUpstream> {
  const calls: FakeCall[] = [];
  const scenes = new Map<string, Scene>();
  const server = http.createServer((request, response) => {
    const path = request.url ?? '';
    if (request.method === 'GET') {
      answerGet(response, path, fake.models);
      return;
    }
    const left = new Promise<void>((resolve) => {
      response.once('close', () => {
        if (!response.writableFinished) resolve();
      });
    });
    void bodyOf(request).then((body) => {
      if (body === null) return;
      const fields = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
      const model = String(fields['model']);
      const { headers, rawHeaders, socket } = request;
      const call = { path, headers, rawHeaders, body, fields, model, socket, left };
      calls.push(call);
      server.emit('call');
      const scene = scenes.get(model) ?? sceneByName(model) ?? answerAsOpenAi;
      scene(response, call);
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const callsOf = (model: string): readonly FakeCall[] => calls.filter((call) => call.model === model);
  const fake: FakeUpstream = {
    port,
    origin: `http://127.0.0.1:${port}`,
    apiBase: `http://127.0.0.1:${port}/v1`,
    calls,
    models: options.models ?? [],
    play: (model, scene) => {
      scenes.set(model, scene);
    },
    callsOf,
    called: async (model, count = 1) => {
      for (;;) {
        const call = callsOf(model)[count - 1];
        if (call !== undefined) return call;
        await once(server, 'call');
      }
    },
    counted: async (count) => {
      while (calls.length < count) await once(server, 'call');
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

/** OpenAI's `GET /v1/models`; nothing else is to be had. */
function answerGet(response: ServerResponse, path: string, models: readonly string[]): void {
  const isList = path === '/v1/models';
  const data = models.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'fake' }));
  response.writeHead(isList ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isList ? { object: 'list', data } : { error: { message: 'Not found' } }));
}

/** `null`: the caller left before its request was whole. */
function bodyOf(request: http.IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    request.once('end', () => {
      resolve(Buffer.concat(chunks));
    });
    request.once('close', () => {
      resolve(null);
    });
  });
}
