import { createHash, randomUUID } from 'node:crypto';

const SHORT_ID = /^[a-zA-Z0-9]{9}$/;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** OpenAI takes no longer ids of tool calls. */
const MAX_ID_CHARACTERS = 40;
/** An answer's id that is shorter than this is not its own alone (Ollama counts to 999). */
const MIN_UNIQUE_CHARACTERS = 16;

/**
 * The id of a tool call as an upstream takes it. The same id gives the same, in the call and in its result and in every
 * request of a conversation, so that nothing has to be remembered.
 */
export function sentCallId(id: string, isShort: boolean): string {
  if (isShort) return SHORT_ID.test(id) ? id : shortId(id);
  return id.length > MAX_ID_CHARACTERS ? `call_${digest(id).toString('hex').slice(0, 24)}` : id;
}

/** For a call that came without an id; the same for the same call of the same answer, however it is cut. */
export function ownCallId(answerId: string | null, call: number): string {
  const isUnique = answerId !== null && answerId.length >= MIN_UNIQUE_CHARACTERS;
  const text = isUnique ? digest(`${answerId}/${call}`).toString('hex') : randomUUID().replaceAll('-', '');
  return `call_${text.slice(0, 24)}`;
}

function shortId(id: string): string {
  return Array.from(digest(id).subarray(0, 9), (byte) => LETTERS[byte % LETTERS.length]).join('');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
