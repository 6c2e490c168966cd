import type { ServerResponse } from 'node:http';
import type { DialectId } from '../../../src/canonical/dialect-id.ts';
import { json, startUpstreamServer } from '../../helpers/upstream-server.ts';
import type { ReceivedCall, UpstreamServer } from '../../helpers/upstream-server.ts';
import { anthropicMessagesBack } from './backs/anthropic-messages.ts';
import { Refusal } from './backs/dialect-back.ts';
import type { DialectBack, Failure } from './backs/dialect-back.ts';
import { geminiBack } from './backs/gemini.ts';
import { ollamaBack } from './backs/ollama.ts';
import { openaiChatBack } from './backs/openai-chat.ts';
import { openaiResponsesBack } from './backs/openai-responses.ts';
import { play, scenarioOf } from './scenario.ts';
import type { Asked } from './scenario.ts';

/** A provider on loopback that answers in one dialect, and refuses what that provider would refuse. */
export interface FakeBack {
  readonly apiBase: string;
  /** What arrived, in order. */
  readonly calls: readonly ReceivedCall[];
  /** Resolves when so many have arrived. */
  called(count: number): Promise<void>;
  /** What it understood of those calls that it did not refuse, in order. */
  readonly asked: readonly Asked[];
  /** The bytes of its whole answers, in order. */
  readonly said: readonly string[];
  close(): Promise<void>;
}

type BackDialect = Exclude<DialectId, 'bedrock-converse'>;

const BACKS: Readonly<Record<BackDialect, DialectBack>> = {
  'openai-chat': openaiChatBack,
  'openai-responses': openaiResponsesBack,
  'anthropic-messages': anthropicMessagesBack,
  gemini: geminiBack,
  ollama: ollamaBack,
};

/** Pieces of a stream come in writes of their own this far apart where it has no end, in milliseconds. */
const ENDLESS_PAUSE_MS = 10;
export const RETRY_AFTER_SECONDS = 7;

export async function startFakeBack(dialect: BackDialect): Promise<FakeBack> {
  const back = BACKS[dialect];
  const asked: Asked[] = [];
  const said: string[] = [];
  const server: UpstreamServer = await startUpstreamServer((response, call) => {
    const understood = readCall(back, call);
    if (understood instanceof Refusal) {
      refuse(response, back, 'malformed', understood.message);
      return;
    }
    asked.push(understood);
    said.push(answer(response, back, understood));
  });
  return {
    apiBase: `${server.origin}${back.basePath}`,
    calls: server.calls,
    asked,
    said,
    called: (count) => server.called(count),
    close: () => server.close(),
  };
}

function readCall(back: DialectBack, { url, body }: ReceivedCall): Asked | Refusal {
  try {
    return back.read({ url, body: JSON.parse(body.toString('utf8')) });
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** The bytes of an answer that is whole; empty: it fails, or is none. */
function answer(response: ServerResponse, back: DialectBack, asked: Asked): string {
  const scenario = scenarioOf(asked);
  switch (scenario) {
    case 'rate-limited':
    case 'overflow':
    case 'overloaded':
      refuse(response, back, scenario, '');
      return '';
    case 'silent':
      return '';
    case 'overloaded-in-stream':
      if (asked.stream) sendStream(response, back, [back.failureInStream('overloaded')]);
      else refuse(response, back, 'overloaded', '');
      return '';
    case 'breaks':
      sendStream(response, back, [...beginning(back, asked), back.failureInStream('broken')]);
      return '';
    case 'ends':
      sendStream(response, back, beginning(back, asked));
      return '';
    case 'cut':
      cutOff(response, back, beginning(back, asked));
      return '';
    case 'endless':
      goOnForEver(response, back, asked);
      return '';
    default:
      return answerWhole(response, back, asked);
  }
}

function answerWhole(response: ServerResponse, back: DialectBack, asked: Asked): string {
  const played = play(asked);
  if (asked.stream) {
    const pieces = back.stream(played, asked);
    sendStream(response, back, pieces);
    return pieces.join('');
  }
  const whole = back.whole(played, asked);
  json(response, whole);
  return JSON.stringify(whole);
}

function refuse(response: ServerResponse, back: DialectBack, failure: Failure, message: string): void {
  const { status, body } = back.failure(failure, message);
  json(response, body, status, failure === 'rate-limited' ? { 'retry-after': `${RETRY_AFTER_SECONDS}` } : {});
}

/** One write for each piece, so that most arrive by themselves. */
function sendStream(response: ServerResponse, back: DialectBack, pieces: readonly string[]): void {
  response.writeHead(200, { 'content-type': back.streamType });
  for (const piece of pieces) response.write(piece);
  response.end();
}

/** All but what says that the answer is whole. */
function beginning(back: DialectBack, asked: Asked): readonly string[] {
  const pieces = back.stream(play(asked), asked);
  const said = pieces.findIndex((piece) => piece.includes('Köln'));
  return pieces.slice(0, said + 1);
}

/** The connection is gone before the answer is whole. */
function cutOff(response: ServerResponse, back: DialectBack, pieces: readonly string[]): void {
  response.writeHead(200, { 'content-type': back.streamType });
  for (const piece of pieces) response.write(piece);
  setImmediate(() => response.destroy());
}

function goOnForEver(response: ServerResponse, back: DialectBack, asked: Asked): void {
  const pieces = beginning(back, asked);
  const repeated = pieces.at(-1) ?? '';
  response.writeHead(200, { 'content-type': back.streamType });
  for (const piece of pieces) response.write(piece);
  const timer = setInterval(() => response.write(repeated), ENDLESS_PAUSE_MS);
  response.once('close', () => {
    clearInterval(timer);
  });
}
