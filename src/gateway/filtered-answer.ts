import { GatewayError } from '../canonical/errors.ts';
import type { Usage } from '../canonical/usage.ts';
import type { StreamDecoder } from '../dialects/dialect.ts';
import type { BlockKind, StreamedError } from '../dialects/openai-chat/stream-tap.ts';
import type { Planned } from './admission.ts';
import type { KeptAnswer } from './relay.ts';
import type { Tap } from './tap.ts';

/** Whether an answer that a filter held back is no answer: only where somebody is named who may give one. */
export function filterFails({ group, wishes }: Pick<Planned, 'group' | 'wishes'>): boolean {
  if (wishes.disableFallbacks) return false;
  return (group.resilience.fallbacks.contentPolicy ?? []).length > 0;
}

/** An answer of 200 that has nothing in it as the error that other providers answer in its place. */
export function heldBack(provider: string): GatewayError {
  const message = `${provider} held its answer back: its content filter was triggered.`;
  return new GatewayError('upstream_error', message, { status: 400, upstreamCode: 'content_filter' });
}

/**
 * Reads a stream that passes through until its first piece, so that one that a filter ends before is a failure that its
 * client never sees. What says nothing yet is held back until then.
 */
export class FilteredTap implements Tap {
  readonly #tap: Tap;
  readonly #heldBack: GatewayError;
  /** `null`: something was said. */
  #decoder: StreamDecoder | null;
  #failure: GatewayError | null = null;

  constructor(tap: Tap, decoder: StreamDecoder, heldBack: GatewayError) {
    this.#tap = tap;
    this.#decoder = decoder;
    this.#heldBack = heldBack;
  }

  get finished(): boolean {
    return this.#tap.finished;
  }

  get sawDone(): boolean {
    return this.#tap.sawDone;
  }

  get endsAtOnce(): boolean {
    return this.#tap.endsAtOnce;
  }

  get responseId(): string | null {
    return this.#tap.responseId;
  }

  get model(): string | null {
    return this.#tap.model;
  }

  get error(): StreamedError | GatewayError | null {
    return this.#failure ?? this.#tap.error;
  }

  get audioSeconds(): number | null {
    return this.#tap.audioSeconds ?? null;
  }

  get texts(): KeptAnswer | null | undefined {
    return this.#tap.texts;
  }

  readUsage(): Usage | null {
    return this.#tap.readUsage();
  }

  read(block: Buffer): BlockKind {
    const kind = this.#tap.read(block);
    if (this.#decoder === null) return kind;
    for (const event of this.#decoder.push(block)) {
      if (event.type === 'start' || event.type === 'usage') continue;
      if (event.type === 'finish' && event.finish.reason === 'content_filter') this.#failure = this.#heldBack;
      this.#decoder = null;
      return kind;
    }
    return kind === 'event' ? 'opening' : kind;
  }
}
