import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import { GatewayError } from '../canonical/errors.ts';
import type { Endpoint, WireAddress } from '../canonical/target.ts';
import type { Secret } from '../std/secret.ts';
import { CallClock } from './call-clock.ts';
import type { ClockLimits, Lateness } from './call-clock.ts';
import { brokeReusedConnection } from './connections.ts';
import { nameFailure } from './failure.ts';
import { lookUpBySystem } from './limited-lookup.ts';
import { Pools } from './pools.ts';
import { upstreamHeaders } from './request-headers.ts';

/** Limits of one call, in milliseconds. */
export interface CallLimits {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

/** Limits that one call has of its own, in milliseconds; `null` each: as all have it. */
export interface OwnLimits {
  readonly connectMs: number | null;
  readonly firstByteMs: number | null;
  readonly idleMs: number | null;
  readonly totalMs: number | null;
  /** From now until the first byte of the answer's body, connecting included. */
  readonly beginMs: number | null;
}

export interface UpstreamCall {
  readonly endpoint: Endpoint;
  /** The one of the endpoint's addresses that it goes to. */
  readonly address: WireAddress;
  /** Below the address: `/chat/completions`. */
  readonly path: string;
  /** The client's headers as Node gives them: name, value, name, value. */
  readonly clientHeaders: readonly string[];
  /** The body is the client's own, and its headers go with it; else only what says who asks. */
  readonly passes: boolean;
  /** Further headers that belong to the body (lower-case names), none secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Further headers that the config gives it (lower-case names); they may hold keys, and go before all others. */
  readonly secretHeaders: ReadonlyMap<string, Secret>;
  /** `null`: it has none. */
  readonly limits: OwnLimits | null;
  readonly body: Buffer;
  /** Not over a kept connection: a kept one was just found dead. */
  readonly freshConnection: boolean;
}

/** Of a call to which the config gives none. */
export const NO_SECRET_HEADERS: ReadonlyMap<string, Secret> = new Map();

/** Response headers by lower-case name. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Takes an answer as it comes: `onHead` once, `onData` any number of times, then `onEnd` or `onFailure` once. */
export interface AnswerSink {
  onHead(status: number, headers: AnswerHeaders): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  /** `staleConnection`: a reused connection was reset before any byte of the answer. */
  onFailure(error: GatewayError, staleConnection: boolean): void;
}

/** The hold on a call that is under way. */
export interface CallControl {
  /** Stops reading from the upstream until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the call; nothing of the sink is called afterwards. */
  abort(): void;
}

/** What answers calls: the network, or something that stands for it. */
export interface Upstream {
  send(call: UpstreamCall, sink: AnswerSink): CallControl;
  close(): Promise<void>;
}

/**
 * Calls over HTTP, each within the limits that hold when it begins. Follows no redirect, sends no credential anywhere
 * but to the endpoint's own origin.
 */
export function createUpstream(limitsNow: () => CallLimits, lookUp: LookupFunction = lookUpBySystem): Upstream {
  const pools = new Pools(lookUp);
  return {
    send(call, sink) {
      const usual = limitsNow();
      const limits = limitsOf(call, usual);
      const way = pools.wayTo(call.endpoint, call.address, limits.connectMs, usual.connectMs);
      const pool = way.pool(!call.freshConnection);
      const path = way.basePath + call.path;
      const { body } = call;
      const headers = upstreamHeaders(call);
      const { firstByteMs: headersTimeout, idleMs: bodyTimeout } = limits;
      const handler = new CallHandler(call.endpoint, sink, limits);
      const dispatch = (signature: readonly string[]): void => {
        const signed = signature.length === 0 ? headers : [...headers, ...signature];
        pool.dispatch({ path, method: 'POST', headers: signed, body, headersTimeout, bodyTimeout }, handler);
      };
      try {
        const signature = signatureOf(call, headers, path);
        if (signature instanceof Promise) handler.await(signature, dispatch);
        else dispatch(signature);
      } catch (error) {
        // A call that was not taken has no end that would stop its clock.
        handler.abort();
        throw error;
      }
      return handler;
    },
    async close() {
      await pools.destroy();
    },
  };
}

type WholeLimits = CallLimits & ClockLimits;

function limitsOf({ limits: own }: UpstreamCall, all: CallLimits): WholeLimits {
  const { connectMs, firstByteMs, idleMs, totalMs } = all;
  if (own === null) return { connectMs, firstByteMs, idleMs, totalMs, beginMs: null };
  return {
    connectMs: own.connectMs ?? connectMs,
    firstByteMs: own.firstByteMs ?? firstByteMs,
    idleMs: own.idleMs ?? idleMs,
    totalMs: own.totalMs ?? totalMs,
    beginMs: own.beginMs,
  };
}

const NO_SIGNATURE: readonly string[] = [];

function signatureOf(
  { endpoint, address, body }: UpstreamCall,
  headers: readonly string[],
  path: string,
): readonly string[] | Promise<readonly string[]> {
  if (endpoint.signer === null) return NO_SIGNATURE;
  const { origin } = new URL(address.apiBase);
  return endpoint.signer({ method: 'POST', url: origin + path, headers, body });
}

/** One call: undici's events, named for the sink, each end reported once. */
class CallHandler implements Dispatcher.DispatchHandler, CallControl {
  readonly #endpoint: Endpoint;
  readonly #sink: AnswerSink;
  readonly #clock: CallClock;
  #controller: Dispatcher.DispatchController | null = null;
  #ended = false;
  #headSeen = false;

  constructor(endpoint: Endpoint, sink: AnswerSink, limits: ClockLimits) {
    this.#endpoint = endpoint;
    this.#sink = sink;
    this.#clock = new CallClock(limits, (lateness) => {
      this.#fail(lateFailure(endpoint, lateness, limits), false);
      this.#controller?.abort(ABORTED);
    });
  }

  /** Sends the call once it is signed; a failure of that is one of the call. */
  await(signature: Promise<readonly string[]>, dispatch: (signature: readonly string[]) => void): void {
    signature.then(
      (headers) => {
        if (!this.#ended) dispatch(headers);
      },
      (error: unknown) => {
        const failure = error instanceof GatewayError ? error : null;
        const message = `${this.#endpoint.provider} could not be sent a signed request.`;
        this.#fail(failure ?? new GatewayError('upstream_unreachable', message, { cause: error }), false);
      },
    );
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(): void {
    if (!this.#end()) return;
    this.#controller?.abort(ABORTED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(ABORTED);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    // 100 Continue and 103 Early Hints come before the answer itself.
    if (this.#ended || status < 200) return;
    this.#headSeen = true;
    this.#sink.onHead(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    this.#clock.begun();
    this.#sink.onData(chunk);
  }

  onResponseEnd(): void {
    if (this.#end()) this.#sink.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const failure = nameFailure(error, this.#endpoint);
    // A limit that was reached ends the connection too: that call was heard, and is not sent a second time.
    const wasReset = failure.code === 'upstream_reset' && !this.#headSeen;
    this.#fail(failure, wasReset && brokeReusedConnection(error));
  }

  #fail(error: GatewayError, staleConnection: boolean): void {
    if (this.#end()) this.#sink.onFailure(error, staleConnection);
  }

  /** Whether this is the first end. */
  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#clock.stop();
    return true;
  }
}

const ABORTED = new Error('the call was ended by the gateway');

function lateFailure({ provider }: Endpoint, lateness: Lateness, { totalMs }: ClockLimits): GatewayError {
  if (lateness === 'begin') {
    return new GatewayError('upstream_first_byte_timeout', `${provider} did not begin to answer in time.`);
  }
  return new GatewayError('upstream_total_timeout', `${provider} took longer than ${inSeconds(totalMs)} s.`);
}

/** Short limits with their parts of a second: `0.3`, `1.5`, `90`. */
function inSeconds(ms: number): number {
  const seconds = ms / 1000;
  return seconds >= 10 ? Math.round(seconds) : Number(seconds.toPrecision(2));
}
