import type { DeploymentTerms } from '../canonical/deployment.ts';
import type { GatewayError } from '../canonical/errors.ts';
import type { ConfiguredPrice, DeploymentMode } from '../canonical/model-group.ts';
import type { JsonObject } from '../canonical/parts.ts';
import type { ResiliencePolicy } from '../canonical/resilience.ts';
import type { HedgeRule, QueueRule, StrategyOptions, TagRules } from '../canonical/routing-defaults.ts';
import type { Strategy } from '../canonical/strategy.ts';
import type { Target } from '../canonical/target.ts';
import type { Secret } from '../std/secret.ts';

export type { StrategyOptions, TagRules } from '../canonical/routing-defaults.ts';

/** One place that answers for a name, with all that the choice between several goes by. */
export interface Deployment {
  /** The same for the same place in every table: what is known of its health and load is kept under it. */
  readonly id: string;
  readonly target: Target;
  readonly terms: DeploymentTerms;
  /** What tokens cost here, for comparing; `null`: nobody knows, which is not cheap. Local ones cost 0. */
  readonly price: TokenPrice | null;
  /** Its server has the model in memory; `null`: it does not say, or there is no such thing. */
  readonly isWarm: boolean | null;
  /** What it is asked for; `null`: whatever is asked. */
  readonly mode: DeploymentMode | null;
  /** What is made different in what is sent there; `null`: nothing. */
  readonly changes: RequestChanges | null;
  /** What its calls are booked with instead of what the price data says of its target; `null`: that. */
  readonly billing: DeploymentBilling | null;
  /** What a LiteLLM file says of it for those who ask: nothing goes by it. Absent: nothing. */
  readonly told?: JsonObject;
}

/** What the config makes of a request for one deployment. */
export interface RequestChanges {
  /** Parameters of requests that do not have them, in OpenAI's words. */
  readonly params: JsonObject;
  /** Parameters that are always left out. */
  readonly drop: readonly string[];
  /** Fields that are merged into what is sent. */
  readonly body: JsonObject;
  /** Further headers by their names in lower case; they may hold keys. */
  readonly headers: ReadonlyMap<string, Secret>;
  /** It answers with this text, and nobody is asked; `null`: it is a real one. */
  readonly mock: string | null;
}

export interface DeploymentBilling {
  readonly price: ConfiguredPrice | null;
  /** The model whose price it has, with the id of its provider in the price data; `null`: its own. */
  readonly priceAs: { readonly provider: string; readonly model: string } | null;
}

/** Pico-dollars for a token, as a floating number: good for comparing, never for booking. */
export interface TokenPrice {
  readonly inputPico: number;
  readonly outputPico: number;
}

export const DEFAULT_TAG_RULES: TagRules = { match: 'any', prefix: '', failOpen: false };
export const DEFAULT_STRATEGY_OPTIONS: StrategyOptions = { latencyBuffer: 0.1, latencyTtlMs: 3_600_000 };

/** Several deployments behind one name: LiteLLM's model group. Compiled once, never written. */
export interface Group {
  readonly name: string;
  /** In the order of the file. None where nobody that the name means can be asked now, and its fallbacks answer. */
  readonly deployments: readonly Deployment[];
  /** Why it has none; `null`: it has some. */
  readonly absence: GatewayError | null;
  readonly strategy: Strategy;
  readonly options: StrategyOptions;
  readonly tagRules: TagRules;
  readonly resilience: ResiliencePolicy;
  /** Whether deployments that cannot hold the prompt, or lack tools or vision, are left out before anything is sent. */
  readonly preCallChecks: boolean;
  /** Whether a conversation stays where it was as long as that is healthy. */
  readonly sticky: boolean;
  readonly hedge: HedgeRule;
  /** Whether another deployment goes on with an answer that broke off. */
  readonly continueStreams: boolean;
  /** How many requests may wait for one of its deployments to have room, and how long. */
  readonly queue: QueueRule;
  /** How often a client that waits for a stream is told that it is not forgotten; `null`: never. */
  readonly keepAliveMs: number | null;
  /** Further names for it and for all else that has them, where keys are given rights. */
  readonly accessGroups: readonly string[];
}

/**
 * How many can take the requests of one of its deployments that is left alone: the others of the group, and the groups
 * that it falls back to. 0: leaving it alone would lock everybody out for nothing.
 */
export function othersBesideOne({ deployments, resilience }: Group): number {
  return deployments.length - 1 + resilience.fallbacks.general.length;
}
