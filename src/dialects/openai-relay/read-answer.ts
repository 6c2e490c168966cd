import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { visitMembers } from '../../std/json-members.ts';
import { parseJson } from '../../std/parse-json.ts';
import { NOT_TOLD, usageOfAnswer } from './usage.ts';
import type { RelayUsage } from './usage.ts';

/** A member that is needed is small; one that is larger (an image, a text) is not what it claims to be. */
const NEEDED_MEMBER_BYTES = 16 * 1024;
const NEEDED = new Set(['usage', 'meta', 'model']);
const LONGEST_KEY = 8;

/** What the ledger needs of an answer that is relayed. */
export interface RelayAnswer {
  /** `null`: it does not say. */
  readonly model: string | null;
  readonly usage: RelayUsage;
}

/** Reads a whole answer, of which images may be most. Sound, subtitles and plain text say nothing of themselves. */
export function readRelayAnswer(bytes: Buffer, contentType: string | undefined): RelayAnswer {
  if (!/^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? ''))
    return { model: null, usage: NOT_TOLD };
  const members: Record<string, unknown> = {};
  visitMembers(bytes, 0, (keyStart, keyEnd, start, end) => {
    if (end - start > NEEDED_MEMBER_BYTES || keyEnd - keyStart > LONGEST_KEY) return;
    const key = bytes.toString('latin1', keyStart, keyEnd);
    if (NEEDED.has(key)) members[key] = parseJson(bytes.toString('utf8', start, end));
  });
  const { model } = members;
  return { model: typeof model === 'string' && model !== '' ? model : null, usage: usageOfAnswer(members) };
}

/** What an event of a stream is. */
export type RelayEvent =
  | { readonly kind: 'piece' }
  /** A whole image, text or sound is there; a stream of several images has several. */
  | { readonly kind: 'end'; readonly usage: RelayUsage }
  | { readonly kind: 'error'; readonly message: string; readonly type: string | null };

/** The last events (OpenAI's SDK, and its API's description for `speech.audio.done`, which the SDK lacks). */
const LAST_EVENTS = new Set([
  'image_generation.completed',
  'image_edit.completed',
  'transcript.text.done',
  'speech.audio.done',
]);

/** Reads the data of one event. */
export function readRelayEvent(event: JsonObject): RelayEvent {
  const { type, error } = event;
  if (type === 'error' || isObject(error)) {
    const told: JsonObject = isObject(error) ? error : event;
    const message = typeof told['message'] === 'string' ? told['message'] : 'an error without a message';
    return { kind: 'error', message, type: isObject(error) && typeof told['type'] === 'string' ? told['type'] : null };
  }
  if (typeof type === 'string' && LAST_EVENTS.has(type)) return { kind: 'end', usage: usageOfAnswer(event) };
  return { kind: 'piece' };
}
