import type { OpenAiRequest } from '../dialects/openai-chat/decode-request.ts';
import type { RoutePlan } from '../routing/route-table.ts';
import type { InferenceCall } from './inference-call.ts';

/** What an exchange rests on: filled in step by step before its first attempt, never changed after. */
export interface ExchangeBasis {
  readonly call: InferenceCall;
  /** The one in force for this exchange, whatever is switched to meanwhile. */
  profile: string;
  /** `null`: the body could not be read. */
  request: OpenAiRequest | null;
  /** `null`: nobody can answer. */
  plan: RoutePlan | null;
}

export function basisOf(call: InferenceCall): ExchangeBasis {
  return { call, profile: call.profile ?? '', request: null, plan: null };
}
