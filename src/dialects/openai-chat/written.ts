import type { JsonObject } from '../../canonical/parts.ts';

/** What a piece of a request became: fields of the body, and the names of what has no words in it. */
export interface Written {
  readonly fields: JsonObject;
  readonly dropped: readonly string[];
  /** The names of what is sent otherwise than it was asked for. */
  readonly clamped?: readonly string[];
}

/** What most pieces of most requests become. */
export const NOTHING: Written = { fields: {}, dropped: [] };

export function written(fields: JsonObject, dropped: readonly string[] = []): Written {
  return { fields, dropped };
}

/** The pieces in one; of a field that several have, the last counts. Most have none, and cost nothing here. */
export function together(pieces: readonly Written[]): Written {
  const fields: Record<string, unknown> = {};
  let dropped: readonly string[] = NONE;
  let clamped: readonly string[] = NONE;
  for (const piece of pieces) {
    if (piece === NOTHING) continue;
    Object.assign(fields, piece.fields);
    if (piece.dropped.length > 0) dropped = [...dropped, ...piece.dropped];
    if (piece.clamped !== undefined && piece.clamped.length > 0) clamped = [...clamped, ...piece.clamped];
  }
  return { fields, dropped, clamped };
}

const NONE: readonly string[] = [];
