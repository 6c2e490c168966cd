import type { Writable } from 'node:stream';
import type { GatewayError } from '../canonical/errors.ts';
import type { Usage } from '../canonical/usage.ts';
import { decodeOpenAiError } from '../dialects/openai-chat/errors.ts';
import type { StreamedError } from '../dialects/openai-chat/stream-tap.ts';
import { cutId } from '../dialects/openai-chat/ids.ts';
import { decodeOpenAiAnswer } from '../dialects/openai-chat/read-answer.ts';
import type { BlockKind } from '../dialects/openai-chat/stream-tap.ts';
import { readRelayAnswer, readRelayEvent } from '../dialects/openai-relay/read-answer.ts';
import { NOT_TOLD } from '../dialects/openai-relay/usage.ts';
import type { RelayUsage } from '../dialects/openai-relay/usage.ts';
import { isObject } from '../std/is-object.ts';
import { parseJson } from '../std/parse-json.ts';
import type { Secret } from '../std/secret.ts';
import { dataOf } from '../std/sse-blocks.ts';
import type { CallControl } from '../upstream/upstream.ts';
import { hideSecrets } from './hide-secrets.ts';
import { writeTo } from './relay.ts';
import type { Relay, StreamFacts } from './relay.ts';
import type { Tap } from './tap.ts';
import type { WholeAnswer } from './whole-answer.ts';

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/;

/** Whether a relayed answer is JSON, which may be an error or tell what it took; else it is sound, or plain text. */
export function isJsonType(contentType: string): boolean {
  return JSON_TYPE.test(contentType);
}

/** A whole answer in JSON that is relayed: its bytes, and what the ledger needs of it. Images may be most of it. */
export function relayedWhole(
  bytes: Buffer,
  contentType: string,
  provider: string,
  secrets: readonly Secret[],
): WholeAnswer | GatewayError {
  // Some servers answer 200 with an error in the body; and a list is what some answer a rerank with.
  const error = decodeOpenAiAnswer(bytes)?.error ?? null;
  if (error !== null) {
    return decodeOpenAiError({
      provider,
      status: 200,
      retryAfter: null,
      body: hideSecrets(bytes.toString('utf8'), secrets),
    });
  }
  const { model, usage } = readRelayAnswer(bytes, contentType);
  return {
    body: bytes,
    contentType: null,
    model: model === null ? null : cutId(model),
    responseId: null,
    usage: tokensOf(usage),
    audioSeconds: secondsOf(usage),
    kept: null,
  };
}

/** Reads the events of a picture, a text or a sound that comes in pieces. */
export class RelayedTap implements Tap {
  finished = false;
  /** A stream of several pictures goes on behind the first. */
  readonly endsAtOnce = false;
  readonly responseId = null;
  readonly model = null;
  /** There is no text whose tokens could be counted. */
  readonly texts = null;
  error: StreamedError | null = null;
  sawDone = false;
  #usage: RelayUsage = NOT_TOLD;

  readUsage(): Usage | null {
    return tokensOf(this.#usage);
  }

  get audioSeconds(): number | null {
    return secondsOf(this.#usage);
  }

  read(block: Buffer): BlockKind {
    const data = dataOf(block.toString('utf8'));
    if (data === null) return 'comment';
    if (data.trim() === '[DONE]') {
      this.sawDone = true;
      return 'done';
    }
    const value = parseJson(data);
    const event = isObject(value) ? readRelayEvent(value) : ({ kind: 'piece' } as const);
    if (event.kind === 'error') this.error = { message: event.message, type: event.type, code: null };
    if (event.kind === 'end') {
      this.finished = true;
      this.#usage = event.usage;
    }
    return 'event';
  }
}

/** Relays sound or plain text byte for byte. Nothing of it is kept: it does not say what it took. */
export class BytesRelay implements Relay {
  firstEventAt: number | null = null;
  pieceCount = 0;
  committed = false;
  readonly facts: StreamFacts = { usage: null, responseId: null, model: null };
  readonly kept = null;
  readonly sawDone = false;
  readonly endsAtOnce = false;
  readonly #response: Writable;
  readonly #commit: () => void;
  readonly #onFirstEvent: () => void;

  constructor({ response, commit, onFirstEvent }: BytesRelayOptions) {
    this.#response = response;
    this.#commit = commit;
    this.#onFirstEvent = onFirstEvent;
  }

  push(chunk: Buffer, control: CallControl): null {
    this.#begin();
    this.pieceCount++;
    writeTo(this.#response, chunk, control);
    return null;
  }

  end(): null {
    this.#begin();
    this.#response.end();
    return null;
  }

  /** Bytes have no place for an error: the answer is cut off, which its client sees. */
  fail(): void {
    this.#response.destroy();
  }

  /** Only its end tells. */
  isWhole(): boolean {
    return false;
  }

  #begin(): void {
    if (this.committed) return;
    this.committed = true;
    this.firstEventAt = Date.now();
    this.#commit();
    this.#onFirstEvent();
  }
}

export interface BytesRelayOptions {
  readonly response: Writable;
  /** Writes status and headers; called once, right before the first byte. */
  readonly commit: () => void;
  readonly onFirstEvent: () => void;
}

function tokensOf(usage: RelayUsage): Usage | null {
  return usage.kind === 'tokens' ? usage.usage : null;
}

function secondsOf(usage: RelayUsage): number | null {
  return usage.kind === 'audio' ? usage.seconds : null;
}
