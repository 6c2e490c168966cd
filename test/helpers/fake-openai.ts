import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeOpenAi {
  /** `http://127.0.0.1:41234`, without `/v1`. */
  readonly url: string;
  /** Bodies of the calls that arrived, in order. */
  readonly calls: readonly Record<string, unknown>[];
  /** Resolves when so many calls have arrived. */
  called(count: number): Promise<void>;
  /** Answers the calls that wait, and those to come at once. */
  release(): void;
  close(): Promise<void>;
}

/** A model server with one model, in OpenAI's format. With `hold` its answers wait for `release`. */
export async function startFakeOpenAi({ model = 'fake-model', hold = false } = {}): Promise<FakeOpenAi> {
  const calls: Record<string, unknown>[] = [];
  let waiting: (() => void)[] = [];
  let watchers: (() => void)[] = [];
  let held = hold;
  const server = createServer((request, response) => {
    if (request.url === '/v1/models') {
      json(response, { object: 'list', data: [{ id: model, object: 'model', created: 1, owned_by: 'fake' }] });
      return;
    }
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    void bodyOf(request).then((body) => {
      calls.push(body);
      for (const watch of watchers) watch();
      const answer = (): void => json(response, completion(model));
      if (held) waiting.push(answer);
      else answer();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    called: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (calls.length >= count) resolve();
        };
        watchers = [...watchers, look];
        look();
      }),
    release: () => {
      held = false;
      const answers = waiting;
      waiting = [];
      for (const answer of answers) answer();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function completion(model: string): unknown {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
  };
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
}
