import type { GatewayError } from '../../src/canonical/errors.ts';
import type { AnswerHeaders, AnswerSink } from '../../src/upstream/upstream.ts';

export type CallEnd =
  { readonly kind: 'end' } | { readonly kind: 'failure'; readonly error: GatewayError; readonly stale: boolean };

/** Takes an answer and remembers it; refuses whatever comes twice or after the end. */
export class RecordingSink implements AnswerSink {
  status: number | null = null;
  headers: AnswerHeaders = {};
  readonly chunks: Buffer[] = [];
  readonly ended: Promise<CallEnd>;
  end: CallEnd | null = null;
  readonly #headSeen: Promise<void>;
  #sawHead: () => void = () => undefined;
  #sawEnd: (end: CallEnd) => void = () => undefined;
  #onChunk: (() => void) | null = null;

  constructor() {
    this.#headSeen = new Promise((resolve) => (this.#sawHead = resolve));
    this.ended = new Promise((resolve) => (this.#sawEnd = resolve));
  }

  onHead(status: number, headers: AnswerHeaders): void {
    if (this.status !== null) throw new Error('a second head came');
    this.status = status;
    this.headers = headers;
    this.#sawHead();
  }

  onData(chunk: Buffer): void {
    if (this.end !== null) throw new Error('data came after the end');
    this.chunks.push(chunk);
    this.#onChunk?.();
  }

  onEnd(): void {
    this.#finish({ kind: 'end' });
  }

  onFailure(error: GatewayError, stale: boolean): void {
    this.#finish({ kind: 'failure', error, stale });
  }

  head(): Promise<void> {
    return this.#headSeen;
  }

  size(): number {
    return this.chunks.reduce((sum, { length }) => sum + length, 0);
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }

  /** Resolves when the call has ended and its connection, if it is kept, can be used again. */
  async done(): Promise<CallEnd> {
    const end = await this.ended;
    await new Promise((resolve) => setImmediate(resolve));
    return end;
  }

  /** Resolves when so many bytes have come. */
  async received(bytes: number): Promise<void> {
    while (this.size() < bytes) await new Promise<void>((resolve) => (this.#onChunk = resolve));
  }

  #finish(end: CallEnd): void {
    if (this.end !== null) throw new Error('the call ended twice');
    this.end = end;
    this.#sawEnd(end);
  }
}
