import { DIALECT_IDS } from './dialect-id.ts';
import type { DialectId } from './dialect-id.ts';
import type { CarriedState } from './parts.ts';

/**
 * State of one provider travels through a client that knows another dialect in a field which that client sends back as
 * it came: the id of a tool call (all of them), the `signature` of Anthropic's thinking, the `encrypted_content` of
 * OpenAI's reasoning. What is written there is ours to read again: nothing has to be remembered between two requests,
 * and a gateway that was restarted still knows it.
 */
const PREFIX = 'llmgw1';
/** In an id: the characters that every provider allows there. */
const IN_ID = `__${PREFIX}_`;

const shortNames: Readonly<Record<DialectId, string>> = {
  'openai-chat': 'oc',
  'openai-responses': 'or',
  'anthropic-messages': 'am',
  gemini: 'ge',
  ollama: 'ol',
  'bedrock-converse': 'bc',
};

/** How such a state begins where a field holds base64, as Gemini's `thoughtSignature` does: whatever follows it. */
export const PREFIX_IN_BASE64 = Buffer.from(PREFIX).toString('base64');

/**
 * Whether a body may hold such a state, which a provider of the client's own dialect refuses; looks at no field. A text
 * that merely names the prefix holds none: what is written begins a value, or stands in an id.
 */
export function mayCarryState(bytes: Buffer): boolean {
  return bytes.includes(IN_ID) || bytes.includes(`"${PREFIX}:`) || bytes.includes(PREFIX_IN_BASE64);
}

/** The id of a tool call with the state in it; the id as it is where there is none. */
export function idWithState(id: string, state: CarriedState | null): string {
  if (state === null) return id;
  return `${id}${IN_ID}${shortNames[state.origin]}_${Buffer.from(state.data).toString('base64url')}`;
}

/** The two apart again. An id without state, or with one that cannot be read, is returned as it is. */
export function stateOfId(text: string): { readonly id: string; readonly state: CarriedState | null } {
  const at = text.indexOf(IN_ID);
  if (at < 0) return { id: text, state: null };
  const rest = text.slice(at + IN_ID.length);
  const origin = originOf(rest.slice(0, 2));
  if (origin === null || rest[2] !== '_') return { id: text, state: null };
  return { id: text.slice(0, at), state: { origin, data: Buffer.from(rest.slice(3), 'base64url').toString() } };
}

/** The text for a field of another dialect that is sent back as it came. */
export function textOfState(state: CarriedState): string {
  return `${PREFIX}:${shortNames[state.origin]}:${Buffer.from(state.data).toString('base64url')}`;
}

/** The state in such a text; the field's own (`origin`) where it is none of ours. */
export function stateOfText(text: string, origin: DialectId): CarriedState {
  const [prefix, name = '', data] = text.split(':', 3);
  const carried = prefix === PREFIX ? originOf(name) : null;
  if (carried === null || data === undefined) return { origin, data: text };
  return { origin: carried, data: Buffer.from(data, 'base64url').toString() };
}

function originOf(name: string): DialectId | null {
  return DIALECT_IDS.find((id) => shortNames[id] === name) ?? null;
}
