import { createHash } from 'node:crypto';
import type { AnswerEvent } from '../canonical/answer.ts';
import type { DialectId } from '../canonical/dialect-id.ts';
import type { AssistantPart, CarriedState } from '../canonical/parts.ts';
import type { CanonicalRequest, Message } from '../canonical/request.ts';
import type { Target } from '../canonical/target.ts';
import type { StreamDecoder } from '../dialects/dialect.ts';
import type { Secret } from '../std/secret.ts';
import { providerOf } from './answer-headers.ts';

/*
 * A state says what dialect it came in, not from whom, and another provider of the same dialect may refuse it: OpenAI's
 * encrypted thoughts mean nothing to Azure ("invalid_encrypted_content", also from another organisation or region),
 * nobody promises that Gemini's signatures go from one of Google's services to the other, and those of makers who
 * imitate Anthropic's API are no signatures of Anthropic's. Hers are "compatible across platforms (Claude APIs, Amazon
 * Bedrock, and Google Cloud)" (platform.claude.com/docs/en/build-with-claude/extended-thinking), and go wherever her
 * own API is spoken. Between that and Bedrock's Converse they do not: what a client of Anthropic's API sends may be the
 * signature of an imitator, which Converse would refuse, and nothing says that both write encrypted thoughts alike.
 *
 * Which organisation it is depends on the key, and a profile chooses that: a part of its digest is in the name of the
 * owner. Who gets a new key for the same organisation lets the model think anew, once.
 *
 * So what travels through a client of another dialect has its owner before its data. What travels natively has not, as
 * it must reach the provider exactly as it came.
 */

/** No data of any dialect begins so. */
const MARK = '@';
const END = '\n';

/** Who can read the states that come from a target; those who read each other's have one name. */
export function ownerOf(target: Target): string {
  const shared = target.via.kind === 'network' ? target.via.endpoint.quirks.statesOf : null;
  return shared ?? `${providerOf(target)}${keyMarkOf(target)}`;
}

/** Enough for telling keys apart, too little for guessing one. */
const KEY_MARK_CHARACTERS = 6;
/** A digest takes longer than the rest of a short request's translation, and a key stays for long. */
const keyMarks = new WeakMap<Secret, string>();

function keyMarkOf({ via }: Target): string {
  const credential = via.kind === 'network' ? via.endpoint.credential : null;
  if (credential === null) return '';
  const known = keyMarks.get(credential);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(`owner of states/${credential.reveal()}`).digest('base64url');
  const mark = `#${hash.slice(0, KEY_MARK_CHARACTERS)}`;
  keyMarks.set(credential, mark);
  return mark;
}

/** The pieces of an answer, with the owner in what is written where a client of another dialect echoes it. */
export function withOwner(events: readonly AnswerEvent[], owner: string, client: DialectId): readonly AnswerEvent[] {
  if (!events.some((event) => stateOf(event) !== null)) return events;
  return events.map((event) => {
    const state = stateOf(event);
    if (state === null || state.origin === client || (event.type !== 'state' && event.type !== 'tool_call'))
      return event;
    return { ...event, state: { ...state, data: `${MARK}${owner}${END}${state.data}` } };
  });
}

function stateOf(event: AnswerEvent): CarriedState | null {
  return event.type === 'state' || event.type === 'tool_call' ? event.state : null;
}

/** The same of a stream. */
export function owningDecoder(decoder: StreamDecoder, owner: string, client: DialectId): StreamDecoder {
  return {
    push: (chunk) => withOwner(decoder.push(chunk), owner, client),
    end: () => withOwner(decoder.end(), owner, client),
  };
}

/** The request as one can read it who reads the states of this owner: those of others are left out. */
export function statesFor(request: CanonicalRequest, owner: string): CanonicalRequest {
  if (!request.messages.some(hasOwned)) return request;
  const messages = request.messages.map((message): Message => {
    if (message.role !== 'assistant') return message;
    return { ...message, content: message.content.map((part) => readBy(part, owner)) };
  });
  return { ...request, messages };
}

function hasOwned(message: Message): boolean {
  return message.role === 'assistant' && message.content.some((part) => stateIn(part)?.data.startsWith(MARK) === true);
}

function stateIn(part: AssistantPart): CarriedState | null {
  return part.type === 'text' || part.type === 'reasoning' || part.type === 'tool_call' ? part.state : null;
}

function readBy(part: AssistantPart, owner: string): AssistantPart {
  if (part.type !== 'text' && part.type !== 'reasoning' && part.type !== 'tool_call') return part;
  const { state } = part;
  if (state?.data.startsWith(MARK) !== true) return part;
  const end = state.data.indexOf(END);
  const isOwn = end > 0 && state.data.slice(MARK.length, end) === owner;
  return { ...part, state: isOwn ? { ...state, data: state.data.slice(end + END.length) } : null };
}
