import type { CarriedState } from '../../canonical/parts.ts';
import type { ConverseModel } from './models.ts';
import type { ReasoningBlock } from './wire.ts';

export const ORIGIN = 'bedrock-converse';
const SIGNATURE = 's:';
const REDACTED = 'r:';

/**
 * Converse has two kinds of state: the signature of a reasoning text, and reasoning that is encrypted as a whole
 * (base64). The signatures of Claude on Bedrock are Anthropic's; they keep this origin, whose form they have.
 */
export function signatureState(signature: string): CarriedState {
  return { origin: ORIGIN, data: SIGNATURE + signature };
}

export function isOwn(state: CarriedState | null): boolean {
  return state?.origin === ORIGIN;
}

export function redactedState(base64: string): CarriedState {
  return { origin: ORIGIN, data: REDACTED + base64 };
}

/** Whose models give, and take back, which kind. `other`: a profile that does not say whose model it is. */
const SIGNING: readonly ConverseModel['family'][] = ['claude', 'other'];
const ENCRYPTING: readonly ConverseModel['family'][] = ['claude', 'gpt', 'other'];

/** The block that a state came in, with its text; `null`: it came in another dialect, or is none for this model. */
export function blockOfState(state: CarriedState | null, text: string, model: ConverseModel): ReasoningBlock | null {
  if (state?.origin !== ORIGIN) return null;
  const { data } = state;
  if (data.startsWith(REDACTED) && ENCRYPTING.includes(model.family))
    return { reasoningContent: { redactedContent: data.slice(REDACTED.length) } };
  if (!data.startsWith(SIGNATURE) || !SIGNING.includes(model.family)) return null;
  return { reasoningContent: { reasoningText: { text, signature: data.slice(SIGNATURE.length) } } };
}
