import type { ServerResponse } from 'node:http';
import { GatewayError } from '../canonical/errors.ts';
import type { AnswerHeaders, AnswerSink, CallControl } from '../upstream/upstream.ts';
import { providerOf } from './answer-headers.ts';
import type { AnswerParts } from './answer-parts.ts';
import { AnswerTaking } from './answer-taking.ts';
import type { StreamCollector } from './answer-taking.ts';
import type { AnswerFacts, AttemptEnd } from './attempt-end.ts';
import { heldBack } from './filtered-answer.ts';
import type { Relay } from './relay.ts';
import { isJsonType } from './relayed-answer.ts';
import { CollectedBody } from './whole-answer.ts';

const MAX_ERROR_BYTES = 256 * 1024;
/** How long a call may take to end behind `[DONE]`, so that its connection is kept, and to tell its usage there. */
const AFTER_DONE_MS = 2_000;

export interface AttemptOptions extends AnswerParts {
  readonly response: ServerResponse;
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
  readonly #taking: AnswerTaking;
  readonly #provider: string;
  #control: CallControl | null = null;
  #status: number | null = null;
  #headers = NO_HEADERS;
  #relay: Relay | null = null;
  #body: CollectedBody | null = null;
  /** For a stream that the client did not ask for. */
  #collector: StreamCollector | null = null;
  #streamedBytes = 0;
  #ended = false;
  /** Of a whole answer more is known at its end than while it came. */
  #endFacts: AnswerFacts | null = null;
  #doneAt: number | null = null;
  /** Runs from `[DONE]` until the call has ended. */
  #afterDone: NodeJS.Timeout | null = null;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#taking = new AnswerTaking(options);
    this.#provider = providerOf(options.target);
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
    return this.#endFacts ?? this.#facts();
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
    this.#takeForm(lowerCase(headers, 'content-type'));
  }

  #takeData(chunk: Buffer): void {
    if (this.#ended) return;
    if (this.#relay !== null && this.#control !== null) {
      const failure = this.#tooLong(chunk) ?? this.#relay.push(chunk, this.#control);
      if (failure !== null) this.#failRelay(failure, this.#relay);
      else if (this.#relay.sawDone) this.#takeDone(this.#relay);
    } else if (this.#body?.push(chunk) === false && (this.#status ?? 0) < 400) {
      this.#fail(this.#tooLarge());
    } else this.#collector?.push(chunk);
  }

  /** Servers there are that stream though nobody asked for it, and some that do not though somebody did. */
  #takeForm(contentType: string): void {
    const { conversation, wire, response, commit, onFirstEvent, maxAnswerBytes } = this.#options;
    const isBytes = conversation.relayHead !== null && !isJsonType(contentType);
    const comes = isBytes || (STREAM_TYPE.test(contentType) && wire.embedding === null);
    if (!comes) this.#body = new CollectedBody(maxAnswerBytes);
    else if (conversation.head.stream || wire.back === null) {
      const hooks = { response, commit: () => commit(this.#headers), onFirstEvent };
      this.#relay = this.#taking.relay(contentType, hooks);
    } else {
      // Its bytes are counted, and it is read as it comes.
      this.#body = new CollectedBody(maxAnswerBytes);
      this.#collector = this.#taking.collect();
    }
  }

  /** Of a stream that passes through nothing is kept; one that is written anew is, in part, until its end. */
  #tooLong(chunk: Buffer): GatewayError | null {
    if (this.#options.wire.passes && this.#options.joined === null) return null;
    this.#streamedBytes += chunk.length;
    return this.#streamedBytes > this.#options.maxAnswerBytes ? this.#tooLarge() : null;
  }

  #tooLarge(): GatewayError {
    const message = `${this.#provider} answered with more than ${this.#options.maxAnswerBytes} bytes.`;
    return new GatewayError('upstream_answer_too_large', message);
  }

  /** The client has all of its answer, whether the upstream ends the call or not. */
  #takeDone(relay: Relay): void {
    this.#doneAt ??= Date.now();
    this.#afterDone ??= setTimeout(() => {
      this.#guard(() => {
        if (!this.#ended) this.#endRelay(relay);
        this.#stop();
      });
    }, AFTER_DONE_MS);
    if (relay.endsAtOnce) this.#endRelay(relay);
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

  #endRelay(relay: Relay): void {
    const failure = relay.end();
    if (failure === null) this.#finish({ kind: 'answered', facts: this.#facts(), body: null });
    else this.#finishFailed(failure, relay.committed, false);
  }

  #failRelay(error: GatewayError, relay: Relay): void {
    if (relay.committed) relay.fail(error);
    this.#finishFailed(error, relay.committed, false);
  }

  #endWhole(): void {
    const bytes = this.#body?.take() ?? Buffer.alloc(0);
    const answer = this.#collector?.end() ?? this.#taking.whole(bytes, lowerCase(this.#headers, 'content-type'));
    if (answer instanceof GatewayError) {
      this.#fail(answer);
      return;
    }
    const { model, responseId, usage, audioSeconds = null, kept, isFiltered = false } = answer;
    const facts = { ...this.#facts(), actualModel: model, responseId, usage, audioSeconds, kept };
    if (isFiltered && this.#options.filterFails) {
      const error = heldBack(this.#provider);
      this.#finish({ kind: 'failed', facts, error, committed: false, staleConnection: false });
      return;
    }
    this.#finish({ kind: 'answered', facts, body: answer });
  }

  #decodeError(): GatewayError {
    const text = this.#body?.take().toString('utf8') ?? '';
    return this.#taking.decodeError(this.#status ?? 502, singleHeader(this.#headers, 'retry-after') || null, text);
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
    this.#endFacts = end.facts;
    if (this.#afterDone === null) this.#stop();
    this.#options.onEnd(end);
  }

  #facts(): AnswerFacts {
    const streamed = this.#relay?.facts;
    return {
      status: this.#status,
      headers: this.#headers,
      doneAt: this.#doneAt,
      actualModel: streamed?.model ?? null,
      responseId: streamed?.responseId ?? null,
      firstTokenAt: this.firstTokenAt,
      usage: streamed?.usage ?? null,
      audioSeconds: streamed?.audioSeconds ?? null,
      kept: this.#relay?.kept ?? null,
      isStream: this.#relay !== null,
    };
  }
}

/** Server-sent events, lines of JSON, and the binary events of AWS. */
const STREAM_TYPE =
  /^(?:text\/event-stream|application\/(?:x-)?(?:ndjson|jsonl)|application\/vnd\.amazon\.eventstream)/;

function singleHeader(headers: AnswerHeaders, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? (value[0] ?? '') : (value ?? '')).trim();
}

function lowerCase(headers: AnswerHeaders, name: string): string {
  return singleHeader(headers, name).toLowerCase();
}
