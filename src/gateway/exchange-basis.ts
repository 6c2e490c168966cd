import type { RoutePlan } from '../routing/route-table.ts';
import type { RequestHead } from '../dialects/request-head.ts';
import type { Conversation } from './conversation.ts';
import type { InferenceCall } from './inference-call.ts';
import { SkippedTargets } from './skipped-targets.ts';

/** What an exchange rests on: filled in step by step before its first attempt, never changed after. */
export interface ExchangeBasis {
  readonly call: InferenceCall;
  /** The one in force for this exchange, whatever is switched to meanwhile. */
  profile: string;
  /** `null`: the body could not be read. */
  conversation: Conversation | null;
  /** `null`: nobody can answer. */
  plan: RoutePlan | null;
  /** Targets of the plan that turned out to be none. */
  readonly skipped: SkippedTargets;
}

export function basisOf(call: InferenceCall): ExchangeBasis {
  return { call, profile: call.profile ?? '', conversation: null, plan: null, skipped: new SkippedTargets() };
}

/** What the head of the body says; `null`: it could not be read. */
export function headOf({ conversation }: ExchangeBasis): RequestHead | null {
  return conversation?.head ?? null;
}
