import { GatewayError } from '../canonical/errors.ts';
import { picoUsd } from '../canonical/money.ts';
import type { PicoUsd } from '../canonical/money.ts';
import type { Target } from '../canonical/target.ts';
import { FREE_ADMISSION } from '../limits/limits.ts';
import type { Admission, AdmissionRequest } from '../limits/limits.ts';
import { parameterName } from '../dialects/parameter-names.ts';
import { isFreeCall } from '../pricing/free-calls.ts';
import type { Conversation } from './conversation.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { fetchFor, knownFetchFailure, needsFetchFor } from './fetch-for.ts';
import { wireTo } from './wire.ts';
import type { Wire } from './wire.ts';

/** What an attempt costs that was never sent, or that its upstream refused. */
export const NOTHING = picoUsd(0);

/** A target that the limits let an attempt through to, and the hold on what they set aside for it. */
export interface Admitted {
  readonly target: Target;
  readonly targetIndex: number;
  readonly hold: AdmissionHold;
  /** What is to be sent. A promise where an image has to be fetched first; it rejects with a `GatewayError`. */
  readonly wire: Wire | Promise<Wire>;
}

/** Settles an admission once: by whoever knows first what the attempt cost. */
export class AdmissionHold {
  #admission: Admission | null;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  /** `null`: nobody knows what it cost. `at`: UTC milliseconds. */
  settle(costPico: PicoUsd | null, at: number): void {
    const admission = this.#admission;
    this.#admission = null;
    admission?.settle(costPico, at);
  }
}

/**
 * The first target of the plan, from this index on, that can be asked this and that the limits let through; else why
 * the best one was not. `exceededContextTokens`: of a context that proved too small for the request at the first.
 */
export function admitFrom(
  basis: ExchangeBasis,
  gateway: GatewayDependencies,
  from: number,
  exceededContextTokens: number | null = null,
): Admitted | GatewayError {
  const { profile, conversation, plan } = basis;
  if (conversation === null || plan === null) throw new Error('an attempt was to be made without a plan');
  const { targets } = plan;
  let refusal: GatewayError | null = null;
  for (let targetIndex = from; targetIndex < targets.length; targetIndex++) {
    const target = targets[targetIndex];
    if (target === undefined) break;
    const ready = askable(basis, conversation, target, gateway, targetIndex === from ? exceededContextTokens : null);
    if (ready instanceof GatewayError) {
      basis.skipped.add(target, ready);
      refusal ??= ready;
      continue;
    }
    try {
      const attempt = new PlannedAttempt({ profile, target, at: gateway.now() }, conversation);
      const admission = isFree(conversation, target) ? FREE_ADMISSION : gateway.limits.admit(attempt);
      // Nothing is fetched for what the limits refuse.
      return { target, targetIndex, hold: new AdmissionHold(admission), wire: ready() };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      refusal ??= error;
    }
  }
  if (refusal === null) throw new Error('an attempt was to be admitted without a target');
  return refusal;
}

/** What the target is sent, once somebody wants it; why it cannot be asked this. */
function askable(
  basis: ExchangeBasis,
  conversation: Conversation,
  target: Target,
  gateway: GatewayDependencies,
  exceededContextTokens: number | null,
): (() => Wire | Promise<Wire>) | GatewayError {
  const wishes = { marksPrompts: gateway.marksPrompts(), exceededContextTokens };
  try {
    if (!needsFetchFor(conversation, target)) {
      const wire = checked(wireTo(conversation, target, wishes), conversation, gateway);
      return () => wire;
    }
    const failure = knownFetchFailure(conversation, target);
    if (failure !== null) return failure;
    return async () => {
      await fetchFor(basis, conversation, target, gateway);
      return checked(wireTo(conversation, target, wishes), conversation, gateway);
    };
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

/** What costs nothing has no price to be looked up. */
function isFree({ face }: Conversation, { via }: Target): boolean {
  if (face.relay === null || via.kind === 'demo' || via.endpoint.priceProvider === null) return false;
  return isFreeCall(via.endpoint.priceProvider, face.relay);
}

/** What a model does not have is left out, or where the user wants it so, refused. */
function checked(wire: Wire, conversation: Conversation, { dropsParams }: GatewayDependencies): Wire {
  const first = wire.dropped.find((name) => !wire.clamped.includes(name));
  if (first === undefined || dropsParams()) return wire;
  const { face, body } = conversation;
  const param = face.front === null ? first : parameterName(first, face.front.parameters, body);
  const message = `The model that answers does not have \`${param}\`, and drop_params is false.`;
  throw new GatewayError('unsupported_parameter', message, { param });
}

class PlannedAttempt implements AdmissionRequest {
  readonly profile: string;
  readonly target: Target;
  readonly at: number;
  readonly #conversation: Conversation;

  constructor(
    { profile, target, at }: Pick<AdmissionRequest, 'profile' | 'target' | 'at'>,
    conversation: Conversation,
  ) {
    this.profile = profile;
    this.target = target;
    this.at = at;
    this.#conversation = conversation;
  }

  get body(): Uint8Array {
    return this.#conversation.promptBytes;
  }

  get choiceCount(): number {
    return this.#conversation.head.writtenCount;
  }

  /** The body is only searched for it where there is a limit that asks. */
  get maxOutputTokens(): number | null {
    return this.#conversation.maxOutputTokens();
  }
}
