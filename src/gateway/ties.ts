import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { mayCarryState } from '../canonical/carried-state.ts';
import type { JsonObject } from '../canonical/parts.ts';
import type { Stickiness } from '../routing/stickiness.ts';
import { isObject } from '../std/is-object.ts';
import type { AnswerFacts } from './attempt-end.ts';
import type { Conversation } from './conversation.ts';
import type { Sending } from './sending.ts';

/** What ties a request to the deployment that answered its conversation before. */
export interface Ties {
  /** Under which the conversation is remembered; `null`: there is nothing to know it by, or nobody else to go to. */
  readonly key: string | null;
  /** The deployment that answered it before; `null`: none is known. */
  readonly stickTo: string | null;
  /** That of it without which it cannot go on: it keeps the answer, or alone reads its thoughts. */
  readonly boundTo: string | null;
}

export const NO_TIES: Ties = { key: null, stickTo: null, boundTo: null };

/** `name`: of the group that is asked. `keyId`: of the client; nobody is tied by what another one has said. */
export function tiesOf(
  conversation: Conversation,
  { name, keyId }: { readonly name: string; readonly keyId: string | null },
  { stickiness, now }: { readonly stickiness: Stickiness; readonly now: () => number },
): Ties {
  const { relayHead, face, turn } = conversation;
  if (relayHead !== null || face.task === 'embedding') return NO_TIES;
  const key = conversationKey(conversation.body, [keyId ?? '', name]);
  const at = now();
  // The same first words are no conversation yet: else all who begin alike would be sent to one deployment.
  const stickTo = key !== null && goesOn(conversation.body) ? stickiness.find(key, at) : null;
  const { previous_response_id: previous } = conversation.body;
  // What is kept here goes on anywhere.
  const keeper =
    face.dialect === 'openai-responses' && typeof previous === 'string' && turn === null
      ? stickiness.find(responseKey(previous), at)
      : null;
  return { key, stickTo, boundTo: keeper ?? (stickTo !== null && hasStates(conversation) ? stickTo : null) };
}

/** Remembers who answered. */
export function keepTies(
  { deployment, wire, conversation }: Sending,
  { responseId }: AnswerFacts,
  { key }: Ties,
  { stickiness, now }: { readonly stickiness: Stickiness; readonly now: () => number },
): void {
  if (key !== null) stickiness.keep(key, deployment.id, now());
  const isKeptThere = wire.passes && conversation.face.dialect === 'openai-responses';
  if (isKeptThere && responseId !== null) stickiness.keep(responseKey(responseId), deployment.id, now());
}

const responseKey = (id: string): string => `response ${id.slice(0, MOST_ID_CHARACTERS)}`;

const MOST_ID_CHARACTERS = 200;
/** Of what a conversation begins with, more is not looked at. */
const MOST_CHARACTERS = 16_384;
/** Fields that go before all that is said, in any dialect. */
const INSTRUCTIONS = ['system', 'instructions', 'systemInstruction', 'system_instruction'];
/** Lists of what is said, in any dialect. */
const TURNS = ['messages', 'input', 'contents'];
/** Turns of instructions before the first one of the user. */
const MOST_TURNS = 8;

function turnsOf(body: JsonObject): unknown {
  return TURNS.map((field) => body[field]).find((value) => value !== undefined);
}

/** Whether more is said than what a conversation begins with. */
function goesOn(body: JsonObject): boolean {
  const turns = turnsOf(body);
  return Array.isArray(turns) && turns.length > beginningOf(turns).length;
}

/** What a conversation begins with stays the same however long it goes on; `null`: nothing is said in turns. */
function conversationKey(body: JsonObject, owner: readonly string[]): string | null {
  const turns = turnsOf(body);
  if (turns === undefined) return null;
  const hash = createHash('sha1');
  const beginning = Array.isArray(turns) ? beginningOf(turns) : turns;
  const said = [owner, INSTRUCTIONS.map((field) => body[field] ?? null), beginning];
  addTo(hash, said, MOST_CHARACTERS);
  return hash.digest('base64');
}

/** All up to the first turn of the user. */
function beginningOf(turns: readonly unknown[]): readonly unknown[] {
  const first = turns.findIndex((turn: unknown) => isObject(turn) && (turn['role'] ?? 'user') === 'user');
  return turns.slice(0, Math.min(first < 0 ? MOST_TURNS : first + 1, MOST_TURNS));
}

/** Adds a value as far as there is room, which the rest of is returned. Recursion ends with the room. */
function addTo(hash: Hash, value: unknown, room: number): number {
  if (room <= 0) return 0;
  if (Array.isArray(value)) {
    hash.update('[');
    return value.reduce((left: number, one: unknown) => addTo(hash, one, left), room - 1);
  }
  if (isObject(value)) {
    hash.update('{');
    // Marks for caches move as a conversation goes on.
    const members = Object.entries(value).filter(([name]) => name !== 'cache_control');
    return members.reduce((left, [name, one]) => addTo(hash, one, addTo(hash, name, left)), room - 1);
  }
  const text = String(value).slice(0, room);
  hash.update(`${text.length}:${text}`);
  return room - text.length - 1;
}

/** Whether the request brings back what only its maker can read: encrypted thoughts, signatures of them. */
function hasStates({ head: { bytes } }: Conversation): boolean {
  return STATES.some((mark) => bytes.includes(mark)) || mayCarryState(bytes);
}

const STATES = ['"encrypted_content"', '"thoughtSignature"', '"thought_signature"'];
