import { createHash } from 'node:crypto';
import { parseJson } from '../std/parse-json.ts';
import { DIALECT_IDS } from './dialect-id.ts';
import type { DialectId } from './dialect-id.ts';
import type { CarriedState } from './parts.ts';

/**
 * State of one provider travels through a client that knows another dialect in a field which that client sends back as
 * it came: the id of a tool call (all of them), the `signature` of Anthropic's thinking, the `encrypted_content` of
 * OpenAI's reasoning. What is written there is ours to read again: nothing has to be remembered between two requests,
 * and a gateway that was restarted still knows it.
 *
 * It is written with a checksum. What a client has cut off, or happens to call by a name like ours, is none of ours and
 * stays what it is. Who writes one by hand says no more than a client of the state's own dialect can say as well.
 */
const PREFIX = 'llmgw1';
/** In an id: the characters that every provider allows there. */
const IN_ID = `__${PREFIX}_`;
const IN_FIELD = `${PREFIX}:`;
const SUM_CHARACTERS = 8;
/** What stands before the data: a name of two letters, the checksum, and what parts them. */
const HEAD_CHARACTERS = 2 + SUM_CHARACTERS + 2;
/** What travels with one id, or in one field. More is not carried: the model thinks anew. */
const MAX_STATE_BYTES = 256 * 1024;
/** The same as it is written, with an id beside it. */
const MAX_WRITTEN_CHARACTERS = 512 * 1024;

const shortNames: Readonly<Record<DialectId, string>> = {
  'openai-chat': 'oc',
  'openai-responses': 'or',
  'anthropic-messages': 'am',
  gemini: 'ge',
  ollama: 'ol',
  'bedrock-converse': 'bc',
};
/** Behind it stands a list as JSON: the id, then the origin and the data of each state. */
const SEVERAL = 'xs';

/** How such a state begins where a field holds base64, as Gemini's `thoughtSignature` does: whatever follows it. */
export const PREFIX_IN_BASE64 = Buffer.from(PREFIX).toString('base64');

/**
 * Whether a body holds such a state, which a provider of the client's own dialect refuses; looks at no field. A text
 * that merely speaks of one holds none: what is written begins a value, or ends it as an id.
 */
export function mayCarryState(bytes: Buffer): boolean {
  return (
    someText(bytes, IN_ID, (text) => unsealed(text, '_') !== null) ||
    someText(bytes, `"${IN_FIELD}`, (text) => unsealed(text, ':') !== null) ||
    someText(bytes, `"${PREFIX_IN_BASE64}`, (text) => isFieldInBase64(PREFIX_IN_BASE64 + text))
  );
}

/** Whether a string of JSON has this mark, and behind its first one a text that is one of ours. */
function someText(bytes: Buffer, mark: string, isOurs: (text: string) => boolean): boolean {
  for (let at = bytes.indexOf(mark); at >= 0;) {
    const end = bytes.indexOf('"', at + mark.length);
    if (end < 0) return false;
    const begin = at + mark.length;
    if (end - begin <= MAX_WRITTEN_CHARACTERS && isOurs(bytes.toString('latin1', begin, end))) return true;
    at = bytes.indexOf(mark, end);
  }
  return false;
}

function isFieldInBase64(base64: string): boolean {
  // Java's Gson writes `=` so.
  const text = Buffer.from(base64.replaceAll('\\u003d', '='), 'base64').toString();
  return text.startsWith(IN_FIELD) && unsealed(text.slice(IN_FIELD.length), ':') !== null;
}

/** The id of a tool call with the state in it; the id as it is where there is none. */
export function idWithState(id: string, state: CarriedState | null): string {
  return idWithStates(id, state === null ? [] : [state]);
}

/** The same with several, in their order; of too many the first are left out. */
export function idWithStates(id: string, states: readonly CarriedState[]): string {
  const carried = statesThatFit(states);
  const [only] = carried;
  if (!id.includes(IN_ID)) {
    if (only === undefined) return id;
    return `${id}${IN_ID}${carried.length === 1 ? sealedState(only, '_') : sealed(SEVERAL, listOf(id, carried), '_')}`;
  }
  // An id that looks as if it were one of ours would be another one when it comes back.
  const written = `call${IN_ID}${sealed(SEVERAL, listOf(id, carried), '_')}`;
  return written.length > MAX_WRITTEN_CHARACTERS ? id : written;
}

export interface IdAndStates {
  readonly id: string;
  readonly states: readonly CarriedState[];
}

/** The two apart again. An id without states, or with some that are not exactly as they were written, is what it is. */
export function statesOfId(text: string): IdAndStates {
  const at = text.indexOf(IN_ID);
  const opened = at < 0 ? null : unsealed(text.slice(at + IN_ID.length), '_');
  if (opened?.name === SEVERAL) return readList(opened.data) ?? { id: text, states: [] };
  const state = stateIn(opened);
  return state === null ? { id: text, states: [] } : { id: text.slice(0, at), states: [state] };
}

/** The same where one state has a place: the last one. */
export function stateOfId(text: string): { readonly id: string; readonly state: CarriedState | null } {
  const { id, states } = statesOfId(text);
  return { id, state: states.at(-1) ?? null };
}

/** The text for a field of another dialect that is sent back as it came. Empty: the state is too large for it. */
export function textOfState(state: CarriedState): string {
  return statesThatFit([state]).length === 0 ? '' : IN_FIELD + sealedState(state, ':');
}

/** The state in such a text; the field's own (`origin`) where it is none of ours. */
export function stateOfText(text: string, origin: DialectId): CarriedState {
  const opened = text.startsWith(IN_FIELD) ? unsealed(text.slice(IN_FIELD.length), ':') : null;
  return stateIn(opened) ?? { origin, data: text };
}

function statesThatFit(states: readonly CarriedState[]): readonly CarriedState[] {
  let bytes = 0;
  const first = states.findLastIndex((state) => (bytes += sizeOf(state)) > MAX_STATE_BYTES);
  return states.slice(first + 1);
}

function sizeOf({ data }: CarriedState): number {
  return Buffer.byteLength(JSON.stringify(data));
}

type Separator = '_' | ':';

interface Opened {
  readonly name: string;
  readonly data: string;
}

function sealedState({ origin, data }: CarriedState, separator: Separator): string {
  return sealed(shortNames[origin], data, separator);
}

function sealed(name: string, data: string, separator: Separator): string {
  const text = Buffer.from(data).toString('base64url');
  return [name, sumOf(name, text), text].join(separator);
}

/** `null`: it was not written by `sealed`, or not all of it is there. */
function unsealed(text: string, separator: Separator): Opened | null {
  if (text.length > MAX_WRITTEN_CHARACTERS) return null;
  const name = text.slice(0, 2);
  const data = text.slice(HEAD_CHARACTERS);
  const head = [name, sumOf(name, data), ''].join(separator);
  return text.startsWith(head) ? { name, data: Buffer.from(data, 'base64url').toString() } : null;
}

function sumOf(name: string, text: string): string {
  const hash = createHash('sha256').update(`${name}/${text}`).digest('base64url');
  return hash.slice(0, SUM_CHARACTERS);
}

function stateIn(opened: Opened | null): CarriedState | null {
  const origin = opened === null ? null : originOf(opened.name);
  return opened === null || origin === null ? null : { origin, data: opened.data };
}

function listOf(id: string, states: readonly CarriedState[]): string {
  return JSON.stringify([id, ...states.map(({ origin, data }) => [shortNames[origin], data])]);
}

function readList(text: string): IdAndStates | null {
  const list = parseJson(text);
  if (!Array.isArray(list)) return null;
  const [id, ...entries] = list as readonly unknown[];
  const states = entries.map((entry) => {
    const [name, data] = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
    return typeof name === 'string' && typeof data === 'string' ? stateIn({ name, data }) : null;
  });
  const known = states.filter((state) => state !== null);
  return typeof id === 'string' && known.length === states.length ? { id, states: known } : null;
}

function originOf(name: string): DialectId | null {
  return DIALECT_IDS.find((id) => shortNames[id] === name) ?? null;
}
