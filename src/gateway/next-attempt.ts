import { GatewayError } from '../canonical/errors.ts';
import { toldPromptTokens } from '../dialects/context-overflow.ts';
import { nextStepAfter } from '../routing/next-step.ts';
import { admitFrom } from './admission.ts';
import type { AttemptEnd } from './attempt-end.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { Next, Sending } from './sending.ts';
import type { Wire } from './wire.ts';

export type FailedEnd = Extract<AttemptEnd, { readonly kind: 'failed' }>;

/** What comes after a failure; `null`: nothing, or nothing that the limits let through. */
export function nextAfter(
  basis: ExchangeBasis,
  gateway: GatewayDependencies,
  { target, targetIndex, resent, wire }: Sending,
  { error, staleConnection, committed }: FailedEnd,
): Next | null {
  const { plan, call } = basis;
  const targetsLeft = (plan?.targets.length ?? 0) - targetIndex - 1;
  const exceeded = exceededContext(wire, error);
  const canGrow = exceeded !== null && exceeded < (target.limits.contextTokens ?? Infinity);
  const step = nextStepAfter({ error, staleConnection, resent, committed, targetsLeft, canGrow });
  if (step === 'give_up') return null;
  const from = step === 'resend' ? targetIndex : targetIndex + 1;
  const isTooSmall = step === 'resend' && !staleConnection;
  const admitted = admitFrom(basis, gateway, from, isTooSmall ? exceeded : null);
  if (!(admitted instanceof GatewayError)) {
    return { ...admitted, resent: step === 'resend' && admitted.targetIndex === from };
  }
  const { code } = admitted;
  gateway.logger.warn({ exchange: call.exchangeId, code }, 'no further target can be asked, or the limits let none');
  return null;
}

/** The context that proved too small, or how much of one the prompt takes where the upstream has counted it. */
function exceededContext({ contextTokens }: Wire, { message }: GatewayError): number | null {
  return contextTokens === null ? null : Math.max(contextTokens, toldPromptTokens(message) ?? 0);
}
