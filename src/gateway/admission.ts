import { GatewayError } from '../canonical/errors.ts';
import { picoUsd } from '../canonical/money.ts';
import type { PicoUsd } from '../canonical/money.ts';
import type { Target } from '../canonical/target.ts';
import { FREE_ADMISSION } from '../limits/limits.ts';
import type { Admission, AdmissionRequest } from '../limits/limits.ts';
import { parameterName } from '../dialects/parameter-names.ts';
import { isFreeCall } from '../pricing/free-calls.ts';
import type { Deployment, Group } from '../routing/group.ts';
import type { FallbackTarget } from '../routing/progress.ts';
import type { Conversation } from './conversation.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { fetchFor, knownFetchFailure, needsFetchFor } from './fetch-for.ts';
import { HealthCall } from './health-call.ts';
import type { RequestWishes } from './request-wishes.ts';
import { wireTo } from './wire.ts';
import type { Wire } from './wire.ts';

/** What an attempt costs that was never sent, or that its upstream refused. */
export const NOTHING = picoUsd(0);

/** An attempt that the steps of an exchange ask for. */
export interface Planned {
  readonly deployment: Deployment;
  readonly group: Group;
  /** By which fallback the exchange came to the group; `null`: it was asked for. */
  readonly fallback: FallbackTarget | null;
  /** What is asked there: what the client asks, or what its fallback says instead. */
  readonly conversation: Conversation;
  readonly wishes: RequestWishes;
  /** UTC milliseconds: when the answer must have begun. */
  readonly deadlineAt: number;
  /** It is the one before, sent again, on a new connection. */
  readonly resent: boolean;
  /** Tokens of a context that proved too small for it there; `null`: none did. */
  readonly exceededContextTokens: number | null;
}

/** An attempt that the limits let through, with what it holds until it is settled. */
export interface Admitted extends Planned {
  readonly target: Target;
  /** What the limits set aside for it. */
  readonly hold: AdmissionHold;
  /** Its room at the deployment. */
  readonly call: HealthCall;
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

/** An attempt with what is set aside for it; why the deployment cannot be asked this, or why the limits refuse it. */
export function admit(basis: ExchangeBasis, gateway: GatewayDependencies, planned: Planned): Admitted | GatewayError {
  const { deployment, group, fallback, conversation, wishes, deadlineAt, resent, exceededContextTokens } = planned;
  const { target } = deployment;
  const ready = askable(basis, gateway, planned);
  if (ready instanceof GatewayError) {
    basis.skipped.add(target, ready);
    return ready;
  }
  try {
    const { profile } = basis;
    const attempt = new PlannedAttempt(
      { profile, target, billing: deployment.billing, at: gateway.now() },
      conversation,
    );
    const admission = isFree(conversation, deployment) ? FREE_ADMISSION : gateway.limits.admit(attempt);
    const hold = new AdmissionHold(admission);
    const call = new HealthCall(gateway, group, deployment, promptTokensFor(planned));
    if (group.strategy === 'round-robin') gateway.health.tookTurn(group.name);
    // Nothing is fetched for what the limits refuse. Not by spreading, which takes its time on every request's path.
    const how = ready();
    return {
      deployment,
      group,
      fallback,
      conversation,
      wishes,
      deadlineAt,
      resent,
      exceededContextTokens,
      target,
      hold,
      call,
      wire: how,
    };
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

/** What the deployment is sent, once somebody wants it; why it cannot be asked this. */
function askable(
  basis: ExchangeBasis,
  gateway: GatewayDependencies,
  { deployment: { target, changes }, conversation, exceededContextTokens }: Planned,
): (() => Wire | Promise<Wire>) | GatewayError {
  const wishes = { marksPrompts: gateway.marksPrompts(), exceededContextTokens, changes };
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

/** Working it out takes longer than all else here, so it is only done where something goes by it. */
function promptTokensFor({ deployment: { terms }, group: { strategy }, conversation }: Planned): number {
  if (terms.tokensPerMinute === null && strategy !== 'usage') return 0;
  const { contextTokens, answerTokens } = conversation.needs();
  return Math.max(0, contextTokens - answerTokens);
}

/** What costs nothing has no price to be looked up. */
function isFree({ face }: Conversation, { target: { via }, changes, billing }: Deployment): boolean {
  if (changes !== null && changes.mock !== null) return true;
  if (face.relay === null || via.kind === 'demo' || via.endpoint.priceProvider === null) return false;
  return (billing?.price ?? null) === null && isFreeCall(via.endpoint.priceProvider, face.relay);
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
  readonly billing: AdmissionRequest['billing'];
  readonly at: number;
  readonly #conversation: Conversation;

  constructor(
    { profile, target, billing, at }: Pick<AdmissionRequest, 'profile' | 'target' | 'billing' | 'at'>,
    conversation: Conversation,
  ) {
    this.profile = profile;
    this.target = target;
    this.billing = billing;
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
