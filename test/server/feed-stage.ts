import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { NOTHING_IN_PATH } from '../../src/dialects/face.ts';
import { CHAT_FACE } from '../../src/dialects/faces.ts';
import { GatewayError } from '../../src/canonical/errors.ts';
import { FEED_EVENTS } from '../../src/canonical/feed-events.ts';
import type { FeedEvent } from '../../src/canonical/feed-events.ts';
import type { GatewayOptions } from '../../src/gateway/dependencies.ts';
import { sendError } from '../../src/gateway/error-answer.ts';
import { createEventFeed } from '../../src/server/event-feed.ts';
import type { EventFeed, FeedLimits } from '../../src/server/event-feed.ts';
import { uuid7 } from '../../src/std/uuid7.ts';
import { testGateway } from '../helpers/gateway.ts';
import type { TestGateway } from '../helpers/gateway.ts';
import type { TableParts } from '../helpers/routes.ts';

export interface FeedStage extends TestGateway {
  readonly feed: EventFeed;
  readonly port: number;
  /** The server's side of every stream of events, in order. */
  readonly streams: readonly http.ServerResponse[];
}

/** The feed and the gateway on a bare server: `GET` watches, `POST` runs an exchange. Nobody is asked for a key. */
export async function startFeedStage(
  routes: TableParts,
  limits: Partial<FeedLimits> = {},
  overrides: Partial<GatewayOptions> = {},
): Promise<FeedStage> {
  const feed = createEventFeed({
    describe: () => ({
      version: '1.2.3',
      instance_id: 'i1',
      started_at: 1,
      profile: 'default',
      profiles: ['default'],
      config_problem: null,
      servers: [],
    }),
    inFlight: () => gateway.gateway.exchanges(),
    tellProgress: () => {
      gateway.gateway.tellProgress();
    },
    now: Date.now,
    limits,
  });
  const gateway = testGateway({ routes, overrides: { feed, ...overrides } });
  const streams: http.ServerResponse[] = [];
  const server = http.createServer((request, response) => {
    if (request.method === 'POST') void runExchange(gateway, request, response);
    else {
      streams.push(response);
      watch(feed, request, response);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...gateway,
    feed,
    port: (server.address() as AddressInfo).port,
    streams,
    close: async () => {
      feed.close();
      server.closeAllConnections();
      server.close();
      await gateway.close();
    },
  };
}

function watch(feed: EventFeed, request: http.IncomingMessage, response: http.ServerResponse): void {
  try {
    feed.watch(request, response, {});
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    sendError(response, error, { face: null, exchangeId: uuid7(), headers: [], liteLlm: null });
  }
}

async function runExchange(
  { gateway }: TestGateway,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  gateway.run({
    exchangeId: uuid7(),
    startedAtMs: performance.now(),
    face: CHAT_FACE,
    path: NOTHING_IN_PATH,
    clientHeaders: request.rawHeaders,
    body: Buffer.concat(chunks),
    profile: null,
    keyId: 'k1',
    client: 'test',
    response,
    answerHeaders: [],
    asLiteLlm: false,
  });
}

export type EventOf<Type extends FeedEvent['type']> = Extract<FeedEvent, { readonly type: Type }>;

export interface Watching {
  /** Every event so far, checked against the types of the feed. */
  readonly events: readonly FeedEvent[];
  readonly ids: readonly number[];
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** The bytes as they came. */
  text(): string;
  types(): readonly string[];
  /** The first event of a type, when it is there. */
  event<Type extends FeedEvent['type']>(type: Type, count?: number): Promise<EventOf<Type>>;
  /** Resolves when what was asked is true; asked again after everything that comes. */
  until(isSo: () => boolean): Promise<void>;
  readonly ended: Promise<void>;
  leave(): void;
}

/** One who watches, on a connection of its own. */
export async function watchEvents(port: number, headers: http.OutgoingHttpHeaders = {}): Promise<Watching> {
  const request = http.get({ host: '127.0.0.1', port, path: '/llmgw/events', agent: false, headers });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    response.once('close', resolve);
  });
  const events: FeedEvent[] = [];
  const ids: number[] = [];
  let all = '';
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    all += text;
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const read = readBlock(block);
      if (read === null) continue;
      events.push(read.event);
      ids.push(read.id);
    }
    response.emit('told');
  });
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await once(response, 'told');
  };
  const ofType = <Type extends FeedEvent['type']>(type: Type): EventOf<Type>[] =>
    events.filter((event): event is EventOf<Type> => event.type === type);
  return {
    events,
    ids,
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: () => all,
    types: () => events.map(({ type }) => type),
    event: async (type, count = 1) => {
      await until(() => ofType(type).length >= count);
      const found = ofType(type)[count - 1];
      if (found === undefined) throw new Error('an event was there and is not');
      return found;
    },
    until,
    ended,
    leave: () => {
      request.destroy();
    },
  };
}

/** `null`: a comment, or nothing but `retry`. */
function readBlock(block: string): { readonly id: number; readonly event: FeedEvent } | null {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const data = fields.get('data');
  if (data === undefined) return null;
  const event = FEED_EVENTS.parse(JSON.parse(data));
  if (fields.get('event') !== event.type) throw new Error(`the event ${event.type} has another name`);
  return { id: Number(fields.get('id')), event };
}

export interface AnsweredCall {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** A request to the gateway of a stage. `begun`: the request itself, so that its client can leave. */
export function post(
  port: number,
  body: object,
  more: { agent?: http.Agent; headers?: http.OutgoingHttpHeaders } = {},
): { readonly request: http.ClientRequest; readonly answer: Promise<AnsweredCall> } {
  const { agent = false, headers = {} } = more;
  const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: '/', agent, headers });
  const answer = new Promise<AnsweredCall>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
  });
  answer.catch(() => undefined);
  request.end(JSON.stringify(body));
  return { request, answer };
}
