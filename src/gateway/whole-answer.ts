import { GatewayError } from '../canonical/errors.ts';
import { decodeOpenAiAnswer } from '../dialects/openai-chat/decode-answer.ts';
import { decodeOpenAiError } from '../dialects/openai-chat/errors.ts';
import type { OpenAiAnswer } from '../dialects/openai-chat/decode-answer.ts';
import { CollectedBytes } from '../std/collected-bytes.ts';
import type { Secret } from '../std/secret.ts';
import { hideCredential } from './hide-credential.ts';

/** A body that is collected up to a limit. */
export class CollectedBody {
  readonly #limitBytes: number;
  readonly #collected = new CollectedBytes();

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** `false`: the body grew over the limit; the chunk was not taken. */
  push(chunk: Buffer): boolean {
    if (this.#collected.length + chunk.length > this.#limitBytes) return false;
    this.#collected.push(chunk);
    return true;
  }

  /** The body; nothing of it is kept here. */
  take(): Buffer {
    return this.#collected.take();
  }
}

/** A whole answer that was checked, or why it is none. */
export function checkWholeAnswer(
  bytes: Buffer,
  contentType: string,
  provider: string,
  credential: Secret | null,
): OpenAiAnswer | GatewayError {
  const answer = decodeOpenAiAnswer(bytes);
  if (answer === null) {
    const kind = contentType === '' ? 'no content type' : contentType;
    return new GatewayError(
      'upstream_invalid_answer',
      `${provider} answered something that is not one whole JSON object (${kind}).`,
    );
  }
  // Some servers answer 200 with an error in the body; it must not count as an answer.
  if (answer.error !== null) {
    const body = hideCredential(bytes.toString('utf8'), credential);
    return decodeOpenAiError({ provider, status: 200, retryAfter: null, body });
  }
  return answer;
}
