import { isObject } from '../../std/is-object.ts';
import { keyText, skipSpace, visitMembers } from '../../std/json-members.ts';
import { endingOf } from './finish-reasons.ts';
import { cutId } from './ids.ts';
import { isBlankUsage, usageMember } from './stated-usage.ts';
import { parseJson } from '../../std/parse-json.ts';

/** Answers up to this size are parsed whole; of larger ones (embeddings) only the members that are needed. */
const PARSED_WHOLE_BYTES = 64 * 1024;
const NEEDED = new Set(['id', 'model', 'usage', 'error', 'x_groq']);
/** A member that is needed is small; one that is larger is not what it claims to be. */
const NEEDED_MEMBER_BYTES = 64 * 1024;

/** What the ledger needs of a whole answer. */
export interface OpenAiAnswer {
  readonly responseId: string | null;
  readonly model: string | null;
  readonly usage: unknown;
  /** The `error` member of a body that came with status 200. */
  readonly error: unknown;
  /** A filter held a choice back or cut it off; of an answer that is larger than any such the choices are not read. */
  readonly isFiltered: boolean;
}

/** Reads a non-streamed answer; `null` when it is not one whole JSON object (HTML, half a JSON). */
export function decodeOpenAiAnswer(bytes: Buffer): OpenAiAnswer | null {
  const members = bytes.length <= PARSED_WHOLE_BYTES ? parseWhole(bytes) : parseNeeded(bytes);
  if (members === null) return null;
  const { id, model, error, choices } = members;
  const usage = usageMember(members);
  return {
    responseId: typeof id === 'string' ? cutId(id) : null,
    model: typeof model === 'string' && model !== '' ? cutId(model) : null,
    usage: isBlankUsage(usage) ? null : usage,
    error: error ?? null,
    isFiltered: Array.isArray(choices) && choices.some(isFiltered),
  };
}

function isFiltered(choice: unknown): boolean {
  if (!isObject(choice)) return false;
  const reason = choice['finish_reason'];
  return typeof reason === 'string' && endingOf(reason, false) === 'content_filter';
}

function parseWhole(bytes: Buffer): Record<string, unknown> | null {
  const parsed = parseJson(bytes.toString('utf8'));
  return isObject(parsed) ? parsed : null;
}

function parseNeeded(bytes: Buffer): Record<string, unknown> | null {
  const members: Record<string, unknown> = {};
  let damaged = false as boolean;
  const object = visitMembers(bytes, 0, (keyStart, keyEnd, start, end) => {
    try {
      const key = keyText(bytes, keyStart, keyEnd);
      if (!NEEDED.has(key) || end - start > NEEDED_MEMBER_BYTES) return;
      members[key] = JSON.parse(bytes.toString('utf8', start, end));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      damaged = true;
    }
  });
  const isWhole = object !== null && skipSpace(bytes, object.close + 1) === bytes.length;
  return isWhole && !damaged ? members : null;
}
