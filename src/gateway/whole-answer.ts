import { GatewayError } from '../canonical/errors.ts';
import { decodeOpenAiAnswer } from '../dialects/openai-chat/read-answer.ts';
import { decodeOpenAiError } from '../dialects/openai-chat/errors.ts';
import { usageFromOpenAi } from '../dialects/openai-chat/usage.ts';
import type { Usage } from '../canonical/usage.ts';
import { CollectedBytes } from '../std/collected-bytes.ts';
import type { Secret } from '../std/secret.ts';
import { hideSecrets } from './hide-secrets.ts';
import type { KeptAnswer } from './relay.ts';

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

/** A whole answer as the client gets it, and what the ledger needs of it. */
export interface WholeAnswer {
  readonly body: Buffer;
  /** `null`: the upstream's own. */
  readonly contentType: string | null;
  readonly model: string | null;
  readonly responseId: string | null;
  readonly usage: Usage | null;
  /** Of the sound that was heard, where that is what is paid for. */
  readonly audioSeconds?: number | null;
  readonly kept: KeptAnswer | null;
  /** A filter of its provider held it back, or cut it off. Absent: no chat. */
  readonly isFiltered?: boolean;
  /**
   * The body with tokens that were counted here, which its client takes for granted and its upstream did not tell;
   * `null`: nobody can count them. Absent: it waits for no count.
   */
  readonly withCounted?: (usage: Usage | null) => Buffer;
}

/** A whole answer that passes through, and what the ledger needs of it. */
export interface CheckedAnswer {
  readonly body: Buffer;
  readonly contentType: null;
  readonly responseId: string | null;
  readonly model: string | null;
  readonly usage: Usage | null;
  readonly kept: KeptAnswer | null;
  readonly isFiltered: boolean;
}

/** A whole answer that was checked, or why it is none. */
export function checkWholeAnswer(
  bytes: Buffer,
  contentType: string,
  provider: string,
  secrets: readonly Secret[],
): CheckedAnswer | GatewayError {
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
    const body = hideSecrets(bytes.toString('utf8'), secrets);
    return decodeOpenAiError({ provider, status: 200, retryAfter: null, body });
  }
  const { responseId, model, isFiltered } = answer;
  const usage = answer.usage === null ? null : usageFromOpenAi(answer.usage);
  const kept = usage === null ? ({ kind: 'json', pieces: [bytes] } as const) : null;
  return { body: bytes, contentType: null, responseId, model, usage, kept, isFiltered };
}
