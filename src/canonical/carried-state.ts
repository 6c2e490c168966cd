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
/** How many strings of a body are looked at that have the mark of a state. */
const MAX_MARKS = 16_384;
/** Of how many that look like one the sum is taken, which has to read them whole, until one is right. */
const MAX_FALSE_SUMS = 64;
const QUOTE = 0x22;

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
/** Behind it stands nothing: what it is written at has no state. */
const NOTHING = 'no';

/** How such a state begins where a field holds base64, as Gemini's `thoughtSignature` does: whatever follows it. */
export const PREFIX_IN_BASE64 = Buffer.from(PREFIX).toString('base64');

/**
 * Whether a body holds such a state, which a provider of the client's own dialect refuses; looks at no field. A text
 * that merely speaks of one holds none: what is written begins a value, or ends it as an id. One with more imitations
 * than any conversation has is taken to hold none: looking at them would hold up all other requests.
 */
export function mayCarryState(bytes: Buffer): boolean {
  const left = { marks: MAX_MARKS, sums: MAX_FALSE_SUMS };
  return PLACES.some((place) => isCarriedIn(bytes, place, left));
}

/** How a state stands in a body: behind which mark, and how the text behind it is read. */
interface Place {
  readonly mark: Buffer;
  readonly separator: Separator;
  /** Characters as they are written that hold what stands before the data. */
  readonly headCharacters: number;
  readonly read: (written: string) => string;
}

const asItIs = (written: string): string => written;
const PLACES: readonly Place[] = [
  { mark: Buffer.from(IN_ID), separator: '_', headCharacters: HEAD_CHARACTERS, read: asItIs },
  { mark: Buffer.from(`"${IN_FIELD}`), separator: ':', headCharacters: HEAD_CHARACTERS, read: asItIs },
  { mark: Buffer.from(`"${PREFIX_IN_BASE64}`), separator: ':', headCharacters: 20, read: fieldOfBase64 },
];

/** Behind the first mark of a string of JSON a text that is one of ours. */
function isCarriedIn(bytes: Buffer, place: Place, left: { marks: number; sums: number }): boolean {
  const { mark, separator, headCharacters, read } = place;
  let at = bytes.indexOf(mark);
  while (at >= 0 && left.marks > 0 && left.sums > 0) {
    left.marks -= 1;
    const begin = at + mark.length;
    const end = bytes.indexOf(QUOTE, begin);
    if (end < 0) return false;
    const head = read(bytes.toString('latin1', begin, begin + headCharacters));
    if (end - begin <= MAX_WRITTEN_CHARACTERS && isHead(head, separator)) {
      if (unsealed(read(bytes.toString('latin1', begin, end)), separator) !== null) return true;
      left.sums -= 1;
    }
    at = bytes.indexOf(mark, end);
  }
  return false;
}

/** What stands behind the mark of a field that holds base64. */
function fieldOfBase64(written: string): string {
  // Java's Gson writes `=` so.
  const base64 = PREFIX_IN_BASE64 + written.replaceAll('\\u003d', '=');
  return Buffer.from(base64, 'base64').toString().slice(IN_FIELD.length);
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

/**
 * The text for a field of another dialect that is sent back as it came. Thoughts without a state, or with one that is
 * too large, have a text too: by it they are known when they come back on their way to another provider, which refuses
 * them as they are.
 */
export function textOfState(state: CarriedState | null): string {
  const isCarried = state !== null && statesThatFit([state]).length > 0;
  return IN_FIELD + (isCarried ? sealedState(state, ':') : sealed(NOTHING, '', ':'));
}

/** The state in such a text, `null` where it says that there is none; the field's own (`origin`) of any other text. */
export function stateOfText(text: string, origin: DialectId): CarriedState | null {
  const opened = text.startsWith(IN_FIELD) ? unsealed(text.slice(IN_FIELD.length), ':') : null;
  if (opened?.name === NOTHING) return null;
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
  // The sum reads all of the text: first what costs nothing to see.
  if (text.length > MAX_WRITTEN_CHARACTERS || !isHead(text, separator)) return null;
  const name = text.slice(0, 2);
  const data = text.slice(HEAD_CHARACTERS);
  const head = [name, sumOf(name, data), ''].join(separator);
  return text.startsWith(head) ? { name, data: Buffer.from(data, 'base64url').toString() } : null;
}

/** Whether a text begins as `sealed` writes it, whatever its sum is. */
function isHead(text: string, separator: Separator): boolean {
  if (text[2] !== separator || text[HEAD_CHARACTERS - 1] !== separator) return false;
  const name = text.slice(0, 2);
  return name === SEVERAL || name === NOTHING || originOf(name) !== null;
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
