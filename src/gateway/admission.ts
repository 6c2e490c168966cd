import { GatewayError } from '../canonical/errors.ts';
import { picoUsd } from '../canonical/money.ts';
import type { PicoUsd } from '../canonical/money.ts';
import type { Target } from '../canonical/target.ts';
import { maxOutputTokensOf } from '../dialects/openai-chat/request-needs.ts';
import type { OpenAiEndpoint } from '../dialects/openai-chat/endpoints.ts';
import type { OpenAiRequest } from '../dialects/openai-chat/decode-request.ts';
import type { Admission, AdmissionRequest } from '../limits/limits.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';

/** What an attempt costs that was never sent, or that its upstream refused. */
export const NOTHING = picoUsd(0);

/** A target that the limits let an attempt through to, and the hold on what they set aside for it. */
export interface Admitted {
  readonly target: Target;
  readonly targetIndex: number;
  readonly hold: AdmissionHold;
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

/** The first target of the plan, from this index on, that the limits let through; else why the best one was not. */
export function admitFrom(
  { call, profile, request, plan }: ExchangeBasis,
  { limits, now }: GatewayDependencies,
  from: number,
): Admitted | GatewayError {
  if (request === null || plan === null) throw new Error('an attempt was to be made without a plan');
  const { targets } = plan;
  let refusal: GatewayError | null = null;
  for (let targetIndex = from; targetIndex < targets.length; targetIndex++) {
    const target = targets[targetIndex];
    if (target === undefined) break;
    try {
      const admission = limits.admit(new PlannedAttempt({ profile, target, at: now() }, request, call.endpoint));
      return { target, targetIndex, hold: new AdmissionHold(admission) };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      refusal ??= error;
    }
  }
  if (refusal === null) throw new Error('an attempt was to be admitted without a target');
  return refusal;
}

class PlannedAttempt implements AdmissionRequest {
  readonly profile: string;
  readonly target: Target;
  readonly at: number;
  readonly #request: OpenAiRequest;
  readonly #endpoint: OpenAiEndpoint;

  constructor(
    { profile, target, at }: Pick<AdmissionRequest, 'profile' | 'target' | 'at'>,
    request: OpenAiRequest,
    endpoint: OpenAiEndpoint,
  ) {
    this.profile = profile;
    this.target = target;
    this.at = at;
    this.#request = request;
    this.#endpoint = endpoint;
  }

  get body(): Uint8Array {
    return this.#request.bytes;
  }

  get choiceCount(): number {
    return this.#request.writtenCount;
  }

  /** The body is only searched for it where there is a limit that asks. */
  get maxOutputTokens(): number | null {
    return this.#endpoint === 'embeddings' ? 0 : maxOutputTokensOf(this.#request);
  }
}
