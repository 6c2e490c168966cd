import type { ServerResponse } from 'node:http';
import { GatewayError } from '../canonical/errors.ts';
import type { Target } from '../canonical/target.ts';
import type { Secret } from '../std/secret.ts';
import { decodeOpenAiError } from '../dialects/openai-chat/errors.ts';
import type { AnswerHeaders, AnswerSink, CallControl } from '../upstream/upstream.ts';
import { providerOf } from './answer-headers.ts';
import { hideCredential } from './hide-credential.ts';
import { StreamRelay } from './stream-relay.ts';
import { checkWholeAnswer, CollectedBody } from './whole-answer.ts';

const MAX_ERROR_BYTES = 256 * 1024;
/** How long a call may take to end behind `[DONE]`, so that its connection is kept, and to tell its usage there. */
const AFTER_DONE_MS = 2_000;

/** What is known of an answer at the end of an attempt, however it ended. Times: UTC milliseconds. */
export interface AnswerFacts {
  readonly status: number | null;
  readonly headers: AnswerHeaders;
  readonly actualModel: string | null;
  readonly responseId: string | null;
  readonly firstTokenAt: number | null;
  /** A stream said that it was whole, and the client has had all of it; `null`: none did. */
  readonly doneAt: number | null;
  /** The upstream's own usage object. */
  readonly usage: unknown;
  /** The bytes of the answer, if usage is missing and they are worth counting. */
  readonly kept: readonly Buffer[] | null;
  readonly isStream: boolean;
}

export type AttemptEnd =
  /** A whole answer; `body` is still to be sent, `null`: it was streamed. */
  | { readonly kind: 'answered'; readonly facts: AnswerFacts; readonly body: Buffer | null }
  | {
      readonly kind: 'failed';
      readonly facts: AnswerFacts;
      readonly error: GatewayError;
      readonly staleConnection: boolean;
      /** The client has had a part of the answer and was told in-band. */
      readonly committed: boolean;
    };

export interface AttemptOptions {
  readonly target: Target;
  readonly response: ServerResponse;
  readonly hidesUsage: boolean;
  /** How many choices a whole answer has. */
  readonly choiceCount: number;
  readonly maxAnswerBytes: number;
  /** Writes status and headers of a stream, from those of the upstream. */
  readonly commit: (headers: AnswerHeaders) => void;
  /** The first event of a stream has come. */
  readonly onFirstEvent: () => void;
  readonly onEnd: (end: AttemptEnd) => void;
  /** Something of ours threw while it took the answer: it is no failure of the upstream. */
  readonly onBug: (cause: unknown) => void;
}

const NO_HEADERS: AnswerHeaders = {};

/** One upstream call: takes the answer as it comes, sorts it into stream, whole answer or error, ends exactly once. */
export class Attempt implements AnswerSink {
  readonly #options: AttemptOptions;
  readonly #provider: string;
  readonly #credential: Secret | null;
  #control: CallControl | null = null;
  #status: number | null = null;
  #headers = NO_HEADERS;
  #relay: StreamRelay | null = null;
  #body: CollectedBody | null = null;
  #ended = false;
  #doneAt: number | null = null;
  /** Runs from `[DONE]` until the call has ended. */
  #afterDone: NodeJS.Timeout | null = null;

  constructor(options: AttemptOptions) {
    this.#options = options;
    const { via } = options.target;
    this.#provider = providerOf(options.target);
    this.#credential = via.kind === 'network' ? via.endpoint.credential : null;
  }

  /** Whether the upstream may have got the request. */
  get wasSent(): boolean {
    return this.#control !== null;
  }

  /** UTC milliseconds; `null`: no event of a stream has come. */
  get firstTokenAt(): number | null {
    return this.#relay?.firstEventAt ?? null;
  }

  /** Pieces of a stream that have come: about as many as its tokens. */
  get pieceCount(): number {
    return this.#relay?.pieceCount ?? 0;
  }

  /** Takes the hold on the call; a call that failed at once is over already. */
  hold(control: CallControl): void {
    this.#control = control;
    if (this.#ended) control.abort();
  }

  /** Stops the call because the client is gone. What is known until now is returned, once. */
  abandon(): AnswerFacts {
    this.#ended = true;
    this.#stop();
    return this.#facts();
  }

  onHead(status: number, headers: AnswerHeaders): void {
    this.#guard(() => this.#takeHead(status, headers));
  }

  onData(chunk: Buffer): void {
    // Not by #guard: this is the path of every piece of a stream, and needs no closure.
    try {
      this.#takeData(chunk);
    } catch (cause) {
      this.#options.onBug(cause);
    }
  }

  onEnd(): void {
    this.#guard(() => this.#takeEnd());
  }

  onFailure(error: GatewayError, staleConnection: boolean): void {
    this.#guard(() => this.#takeFailure(error, staleConnection));
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (cause) {
      this.#options.onBug(cause);
    }
  }

  #takeHead(status: number, headers: AnswerHeaders): void {
    this.#status = status;
    this.#headers = headers;
    if (status >= 300 && status < 400) {
      const message = `${this.#provider} answered with a redirect (${status}).`;
      this.#fail(new GatewayError('upstream_redirect', message));
      return;
    }
    if (status >= 400) {
      this.#body = new CollectedBody(MAX_ERROR_BYTES);
      return;
    }
    const encoding = lowerCase(headers, 'content-encoding');
    if (encoding !== '' && encoding !== 'identity') {
      this.#fail(
        new GatewayError('upstream_invalid_answer', `${this.#provider} compressed its answer unasked (${encoding}).`),
      );
      return;
    }
    if (lowerCase(headers, 'content-type').startsWith('text/event-stream')) this.#relay = this.#startRelay();
    else this.#body = new CollectedBody(this.#options.maxAnswerBytes);
  }

  #takeData(chunk: Buffer): void {
    if (this.#ended) return;
    if (this.#relay !== null && this.#control !== null) {
      const failure = this.#relay.push(chunk, this.#control);
      if (failure !== null) this.#failRelay(failure, this.#relay);
      else if (this.#relay.tap.sawDone) this.#takeDone(this.#relay);
    } else if (this.#body?.push(chunk) === false && (this.#status ?? 0) < 400) {
      const message = `${this.#provider} answered with more than ${this.#options.maxAnswerBytes} bytes.`;
      this.#fail(new GatewayError('upstream_answer_too_large', message));
    }
  }

  /** The client has all of its answer, whether the upstream ends the call or not. */
  #takeDone(relay: StreamRelay): void {
    this.#doneAt ??= Date.now();
    this.#afterDone ??= setTimeout(() => {
      this.#guard(() => {
        if (!this.#ended) this.#endRelay(relay);
        this.#stop();
      });
    }, AFTER_DONE_MS);
    if (relay.tap.usage !== null) this.#endRelay(relay);
  }

  #stop(): void {
    this.#clearAfterDone();
    this.#control?.abort();
  }

  #clearAfterDone(): void {
    if (this.#afterDone !== null) clearTimeout(this.#afterDone);
    this.#afterDone = null;
  }

  #takeEnd(): void {
    this.#clearAfterDone();
    if (this.#ended) return;
    if (this.#relay !== null) this.#endRelay(this.#relay);
    else if ((this.#status ?? 0) >= 400) this.#fail(this.#decodeError());
    else this.#endWhole();
  }

  #takeFailure(error: GatewayError, staleConnection: boolean): void {
    this.#clearAfterDone();
    if (this.#ended) return;
    const relay = this.#relay;
    if (relay === null) {
      // An error answer whose end is missing still tells what went wrong.
      this.#fail((this.#status ?? 0) >= 400 ? this.#decodeError() : error, staleConnection);
    } else if (relay.isWhole()) this.#endRelay(relay);
    else this.#failRelay(error, relay);
  }

  #startRelay(): StreamRelay {
    const { response, hidesUsage, choiceCount, commit, onFirstEvent } = this.#options;
    return new StreamRelay({
      provider: this.#provider,
      credential: this.#credential,
      response,
      hidesUsage,
      choiceCount,
      commit: () => commit(this.#headers),
      onFirstEvent,
    });
  }

  #endRelay(relay: StreamRelay): void {
    const failure = relay.end();
    if (failure === null) this.#finish({ kind: 'answered', facts: this.#facts(), body: null });
    else this.#finishFailed(failure, relay.committed, false);
  }

  #failRelay(error: GatewayError, relay: StreamRelay): void {
    if (relay.committed) relay.fail(error);
    this.#finishFailed(error, relay.committed, false);
  }

  #endWhole(): void {
    const body = this.#body?.take() ?? Buffer.alloc(0);
    const answer = checkWholeAnswer(body, lowerCase(this.#headers, 'content-type'), this.#provider, this.#credential);
    if (answer instanceof GatewayError) {
      this.#fail(answer);
      return;
    }
    const { model, responseId, usage } = answer;
    const facts = { ...this.#facts(), actualModel: model, responseId, usage, kept: usage === null ? [body] : null };
    this.#finish({ kind: 'answered', facts, body });
  }

  #decodeError(): GatewayError {
    return decodeOpenAiError({
      provider: this.#provider,
      status: this.#status ?? 502,
      retryAfter: singleHeader(this.#headers, 'retry-after') || null,
      body: hideCredential(this.#body?.take().toString('utf8') ?? '', this.#credential),
    });
  }

  #fail(error: GatewayError, staleConnection = false): void {
    this.#finishFailed(error, false, staleConnection);
  }

  #finishFailed(error: GatewayError, committed: boolean, staleConnection: boolean): void {
    this.#finish({ kind: 'failed', facts: this.#facts(), error, committed, staleConnection });
  }

  #finish(end: AttemptEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#afterDone === null) this.#stop();
    this.#options.onEnd(end);
  }

  #facts(): AnswerFacts {
    const tap = this.#relay?.tap;
    return {
      status: this.#status,
      headers: this.#headers,
      doneAt: this.#doneAt,
      actualModel: tap?.model ?? null,
      responseId: tap?.responseId ?? null,
      firstTokenAt: this.firstTokenAt,
      usage: tap?.usage ?? null,
      kept: this.#relay?.kept ?? null,
      isStream: this.#relay !== null,
    };
  }
}

function singleHeader(headers: AnswerHeaders, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? (value[0] ?? '') : (value ?? '')).trim();
}

function lowerCase(headers: AnswerHeaders, name: string): string {
  return singleHeader(headers, name).toLowerCase();
}
