import { PREFIX_IN_BASE64, stateOfText, textOfState } from '../../canonical/carried-state.ts';
import type { CarriedState } from '../../canonical/parts.ts';

/**
 * What stands for a signature that nobody has: Gemini 3 refuses a history whose functionCall has none, and documents
 * this word for calls that another model made (ai.google.dev/gemini-api/docs/thought-signatures).
 */
export const NO_SIGNATURE = 'skip_thought_signature_validator';

/** State of any provider for the field `thoughtSignature`, which is bytes on Google's side and base64 in JSON. */
export function signatureOfState(state: CarriedState): string {
  // Python's and Go's SDKs decode the field: what is no base64 would be refused by them.
  return state.origin === 'gemini' ? state.data : Buffer.from(textOfState(state)).toString('base64');
}

/** The state in a `thoughtSignature`, as Gemini or `signatureOfState` wrote it. */
export function stateOfSignature(signature: string | null): CarriedState | null {
  if (signature === null || signature === '' || signature === NO_SIGNATURE) return null;
  const text = signature.startsWith(PREFIX_IN_BASE64) ? Buffer.from(signature, 'base64').toString() : signature;
  const state = stateOfText(text, 'gemini');
  return state?.origin === 'gemini' ? { origin: 'gemini', data: signature } : state;
}
