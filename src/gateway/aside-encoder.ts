import { emptyRequest } from '../canonical/request.ts';
import type { DialectId } from '../canonical/dialect-id.ts';
import type { Front, StreamEncoder } from '../dialects/dialect.ts';

export interface Aside {
  readonly exchangeId: string;
  readonly dialect: DialectId;
  /** For dialects that name a model in everything that they say. */
  readonly model: string;
  /** UTC milliseconds. */
  readonly createdAt: number;
}

/** Writes what stands in a stream beside any answer: an error, or a sign that nobody is forgotten. */
export function asideEncoder(front: Front, { exchangeId, dialect, model, createdAt }: Aside): StreamEncoder {
  const request = emptyRequest(model, dialect);
  const context = { exchangeId, model, createdAt, request, body: {}, isKept: false, inputTokensGuess: 0 };
  return front.encodeStream({ ...context, now: Date.now });
}
