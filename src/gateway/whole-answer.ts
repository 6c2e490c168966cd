import { GatewayError } from '../canonical/errors.ts';
import { decodeOpenAiAnswer } from '../dialects/openai-chat/decode-answer.ts';
import { decodeOpenAiError } from '../dialects/openai-chat/errors.ts';
import type { OpenAiAnswer } from '../dialects/openai-chat/decode-answer.ts';

/** A body that is collected up to a limit. */
export class CollectedBody {
  readonly #limitBytes: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** `false`: the body grew over the limit; the chunk was not taken. */
  push(chunk: Buffer): boolean {
    if (this.#size + chunk.length > this.#limitBytes) return false;
    this.#size += chunk.length;
    this.#chunks.push(chunk);
    return true;
  }

  bytes(): Buffer {
    const [first] = this.#chunks;
    return first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#size);
  }
}

/** A whole answer that was checked, or why it is none. */
export function checkWholeAnswer(bytes: Buffer, provider: string, contentType: string): OpenAiAnswer | GatewayError {
  const answer = decodeOpenAiAnswer(bytes);
  if (answer === null) {
    const kind = contentType === '' ? 'no content type' : contentType;
    return new GatewayError(
      'upstream_invalid_answer',
      `${provider} answered something that is not one whole JSON object (${kind}).`,
    );
  }
  // Some servers answer 200 with an error in the body; it must not count as an answer.
  if (answer.error !== null) return decodeOpenAiError({ provider, status: 200, retryAfter: null, body: bytes });
  return answer;
}
