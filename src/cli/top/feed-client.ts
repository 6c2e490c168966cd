import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { contactHost } from '../../daemon/client.ts';
import type { Secret } from '../../std/secret.ts';
import { FeedReader } from './read-event.ts';

export interface FeedQuestion {
  readonly host: string;
  readonly port: number;
  /** The admin token. */
  readonly token: Secret;
  /** The daemon has agreed to send. */
  readonly onOpen: () => void;
  /** The JSON value of every event, in order; `null` for what is no JSON. */
  readonly onValue: (value: unknown) => void;
  /** Waited for before more is read: whoever takes the values is behind. */
  readonly hold?: () => Promise<void> | null;
  /** Ends the connection. */
  readonly signal: AbortSignal;
}

/** `ended`: it was open, and is no more. `refused`: the daemon gave another answer than the feed. */
export type FeedEnd =
  | { readonly kind: 'ended' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'failed'; readonly reason: string };

const ANSWER_TIMEOUT_MS = 5000;

/** Listens to `GET /llmgw/events` until it ends. Never rejects: every way to end is a value. */
export function listenToFeed(question: FeedQuestion): Promise<FeedEnd> {
  return new Promise((resolve) => {
    const outgoing = request({
      host: contactHost(question.host),
      port: question.port,
      path: '/llmgw/events',
      agent: false,
      headers: { authorization: `Bearer ${question.token.reveal()}`, accept: 'text/event-stream' },
      signal: question.signal,
    });
    const late = setTimeout(() => outgoing.destroy(new Error('no answer in time')), ANSWER_TIMEOUT_MS);
    outgoing.on('response', (incoming) => {
      clearTimeout(late);
      read(incoming, question, resolve);
    });
    outgoing.on('error', (error) => {
      clearTimeout(late);
      resolve(question.signal.aborted ? { kind: 'ended' } : { kind: 'failed', reason: error.message });
    });
    outgoing.end();
  });
}

function read(incoming: IncomingMessage, question: FeedQuestion, resolve: (end: FeedEnd) => void): void {
  const status = incoming.statusCode ?? 0;
  if (status !== 200) {
    incoming.destroy();
    resolve({ kind: 'refused', status });
    return;
  }
  const reader = new FeedReader();
  incoming.on('data', (chunk: Buffer) => {
    if (!reader.push(chunk, question.onValue)) incoming.destroy(new Error('an event is too long'));
    const held = question.hold?.() ?? null;
    if (held === null) return;
    incoming.pause();
    void held.then(() => incoming.resume());
  });
  // A daemon that ends closes, one that dies resets: for who watches it is the same.
  for (const ending of ['end', 'error', 'close']) incoming.on(ending, () => resolve({ kind: 'ended' }));
  question.onOpen();
}
