import type { RedactedThinkingBlock, ThinkingBlock } from '@anthropic-ai/sdk/resources/messages';
import { stateOfText, textOfState } from '../../canonical/carried-state.ts';
import type { DialectId } from '../../canonical/dialect-id.ts';
import type { CarriedState } from '../../canonical/parts.ts';

/** What this folder's states, foreign parts and extras say of where they come from. */
export const ORIGIN = 'anthropic-messages' satisfies DialectId;

/**
 * The data of this dialect's states is the `signature` of a thinking block as it came, or this and the `data` of a
 * `redacted_thinking` block. Signatures are base64, which has no colon.
 */
const REDACTED = 'redacted:';

/** `null`: an empty signature, which servers write that sign nothing (llama.cpp), or one of ours that says as much. */
export function stateOfSignature(signature: string | null): CarriedState | null {
  if (signature === null || signature === '') return null;
  return stateOfText(signature, ORIGIN) === null ? null : { origin: ORIGIN, data: signature };
}

/** The same for a signature that a client sent back: it may be one of ours with a state of another dialect in it. */
export function stateOfEchoedSignature(signature: string | null): CarriedState | null {
  return signature === null || signature === '' ? null : stateOfText(signature, ORIGIN);
}

export function stateOfRedacted(data: string): CarriedState {
  return { origin: ORIGIN, data: `${REDACTED}${data}` };
}

export interface OwnState extends CarriedState {
  readonly origin: typeof ORIGIN;
}

export function isOwn(state: CarriedState | null): state is OwnState {
  return state?.origin === ORIGIN;
}

/** A thought with its state, or with the state of another dialect where clients send it back as it came. */
export function thinkingBlock(text: string, state: CarriedState | null): ThinkingBlock | RedactedThinkingBlock {
  const redacted = redactedData(state);
  if (redacted !== null) return { type: 'redacted_thinking', data: redacted };
  return { type: 'thinking', thinking: text, signature: signatureOf(state) };
}

/** The `data` of a `redacted_thinking` block; `null`: the state is a signature, or another dialect's, or none. */
export function redactedData(state: CarriedState | null): string | null {
  return isOwn(state) && state.data.startsWith(REDACTED) ? state.data.slice(REDACTED.length) : null;
}

export function signatureOf(state: CarriedState | null): string {
  return isOwn(state) ? state.data : textOfState(state);
}
