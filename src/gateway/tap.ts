import type { AnswerEvent } from '../canonical/answer.ts';
import type { GatewayError } from '../canonical/errors.ts';
import type { Usage } from '../canonical/usage.ts';
import { cutId } from '../dialects/openai-chat/ids.ts';
import type { StreamDecoder } from '../dialects/dialect.ts';
import type { BlockKind, StreamedError } from '../dialects/openai-chat/stream-tap.ts';
import { AnswerTexts } from './answer-texts.ts';
import type { KeptAnswer } from './relay.ts';

/** Reads a stream that passes through, a block (an event, a line) at a time. */
export interface Tap {
  /** The answer has come to its end. */
  readonly finished: boolean;
  /** The stream has said that nothing comes any more, but perhaps its usage. */
  readonly sawDone: boolean;
  /** Where it has, its usage is known too. */
  readonly endsAtOnce: boolean;
  readonly responseId: string | null;
  readonly model: string | null;
  /** An error that the upstream sent inside the stream. */
  readonly error: StreamedError | GatewayError | null;
  readUsage(): Usage | null;
  /** Of the sound that was heard, where that is what is paid for. */
  readonly audioSeconds?: number | null;
  /** What was said, where the bytes do not tell it; `null`: nothing that needs to be counted. */
  readonly texts?: KeptAnswer | null | undefined;
  read(block: Buffer): BlockKind;
}

/** The tap of any dialect that can be decoded: the events say what there is to know. */
export class DecoderTap implements Tap {
  finished = false;
  /** What marks the end may still come. */
  readonly endsAtOnce = false;
  responseId: string | null = null;
  model: string | null = null;
  error: GatewayError | null = null;
  readonly #texts = new AnswerTexts();
  readonly #decoder: StreamDecoder;

  constructor(decoder: StreamDecoder) {
    this.#decoder = decoder;
  }

  get sawDone(): boolean {
    return this.finished;
  }

  readUsage(): Usage | null {
    return this.#texts.usage;
  }

  get texts(): KeptAnswer | null {
    return this.#texts.kept;
  }

  read(block: Buffer): BlockKind {
    const wasFinished = this.finished;
    let kind: BlockKind = 'opening';
    for (const event of this.#decoder.push(block)) if (this.#note(event)) kind = 'event';
    // What comes behind the end of the content belongs to the answer too, and nothing is to be waited for.
    return wasFinished ? 'event' : kind;
  }

  /** Whether the event is a piece of the answer. */
  #note(event: AnswerEvent): boolean {
    this.#texts.take(event);
    switch (event.type) {
      case 'start':
        this.responseId ??= event.id === null ? null : cutId(event.id);
        this.model ??= event.model === null ? null : cutId(event.model);
        return false;
      case 'usage':
        return false;
      case 'error':
        this.error ??= event.error;
        return true;
      case 'finish':
        this.finished = true;
        return true;
      default:
        return true;
    }
  }
}
