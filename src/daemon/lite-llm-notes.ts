import { formatNote } from '../config/litellm/note.ts';
import type { NoteKind } from '../config/litellm/note.ts';
import type { LiteLlmReading } from '../config/litellm/read.ts';
import type { Logger } from '../std/log.ts';

/** What somebody has to put right; the rest is good to know. */
const TO_PUT_RIGHT: ReadonlySet<NoteKind> = new Set(['missing', 'unknown', 'unsupported']);

/** Writes every note on a file of LiteLLM's into the log. */
export function logNotes(logger: Logger, reading: LiteLlmReading | null): void {
  for (const note of reading?.notes ?? []) {
    if (TO_PUT_RIGHT.has(note.kind)) logger.warn(formatNote(note));
    else logger.info(formatNote(note));
  }
}
