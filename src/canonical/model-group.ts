import type { Secret } from '../std/secret.ts';
import type { AutoRule } from './auto-rule.ts';
import type { DeploymentTerms } from './deployment.ts';
import { PLAIN_TERMS } from './deployment.ts';
import type { Capability } from './model.ts';
import type { ExactRate } from './money.ts';
import type { JsonObject } from './parts.ts';
import type { CooldownPolicy, Fallbacks, RetryPolicy } from './resilience.ts';
import type { HedgeRule } from './routing-defaults.ts';
import type { Strategy } from './strategy.ts';

/** A name of the config, and everybody who answers for it. It has deployments or rules, never both. */
export interface ModelGroup {
  /**
   * Each `*` in it stands for any text. With one of them, the text takes the place of every `*` of a target; with
   * several, that of the first takes the place of the target's first, and so on.
   */
  readonly name: string;
  /** In the order of the file. */
  readonly deployments: readonly ConfiguredDeployment[];
  /** They choose another group or model for each request; the first that holds counts. */
  readonly rules: readonly AutoRule[];
  /** `null`: as everywhere. */
  readonly strategy: Strategy | null;
  readonly resilience: GroupResilience;
  /** Whether a conversation stays where it was; `null`: as everywhere. */
  readonly sticky: boolean | null;
  /** `null`: as everywhere. */
  readonly hedge: HedgeRule | null;
  /** Whether another deployment goes on with an answer that broke off; `null`: as everywhere. */
  readonly continueStreams: boolean | null;
  /** It is in no list of models, and answers those who know it. */
  readonly hidden: boolean;
  /** Further names for it and for all else that has them, where keys are given rights. */
  readonly accessGroups: readonly string[];
}

/** Each value of a policy, or `null`: as everywhere. */
export type Overrides<Policy> = { readonly [Key in keyof Policy]: Policy[Key] | null };

/** What a group does otherwise than all others. A policy by kind takes the place of the general one as a whole. */
export interface GroupResilience {
  readonly retry: Overrides<RetryPolicy>;
  readonly cooldown: Overrides<CooldownPolicy>;
  /** An empty list: nobody is asked after this group. */
  readonly fallbacks: Overrides<Fallbacks>;
  readonly deadlineMs: number | null;
}

/** One of the places that answer for a name, as the config has it. */
export interface ConfiguredDeployment {
  /** `null`: made from what it is. */
  readonly id: string | null;
  /** A name, `server/model` or `provider/model`. Its own group's name: the model behind that name. */
  readonly target: string;
  readonly terms: DeploymentTerms;
  /** `null`: as the price data has it. */
  readonly price: ConfiguredPrice | null;
  /** `provider/model` whose price and limits it has; `null`: its own. */
  readonly priceAs: string | null;
  readonly limits: ConfiguredLimits;
  /** All that it can do; `null`: as its server or the price data says. */
  readonly capabilities: readonly Capability[] | null;
  /** What it is asked for; `null`: whatever is asked. */
  readonly mode: DeploymentMode | null;
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
  /** What a LiteLLM file says of it for those who ask (`/model/info`): nothing goes by it. Absent: nothing. */
  readonly told?: JsonObject;
}

/** Of a token each; `null`: none is given. A price of 0 is one; nothing but `null` is a price that nobody knows. */
export interface ConfiguredPrice {
  readonly input: ExactRate | null;
  readonly output: ExactRate | null;
  readonly cachedInput: ExactRate | null;
  readonly cacheWrite: ExactRate | null;
}

/** In tokens; `null`: as its server or the price data says. */
export interface ConfiguredLimits {
  /** The longest prompt. */
  readonly contextTokens: number | null;
  /** The longest answer. */
  readonly maxOutputTokens: number | null;
}

export const DEPLOYMENT_MODES = [
  'chat',
  'completion',
  'embedding',
  'image',
  'speech',
  'transcription',
  'moderation',
  'rerank',
  'other',
] as const;

export type DeploymentMode = (typeof DEPLOYMENT_MODES)[number];

/** What a group does that says nothing: as everywhere. */
export const USUAL_RESILIENCE: GroupResilience = {
  retry: { retries: null, byKind: null, minWaitMs: null },
  cooldown: { allowedFails: null, byKind: null, cooldownMs: null },
  fallbacks: { general: null, contextWindow: null, contentPolicy: null },
  deadlineMs: null,
};

/** The group of a plain list: each target is its own order level, so they are tried one after another. */
export function plainGroup(name: string, targets: readonly string[]): ModelGroup {
  return {
    name,
    deployments: targets.map((target, index) => plainDeployment(target, index + 1)),
    rules: [],
    strategy: 'in-order',
    resilience: USUAL_RESILIENCE,
    sticky: null,
    hedge: null,
    continueStreams: null,
    hidden: false,
    accessGroups: [],
  };
}

/** A target about which nothing more is said. */
export function plainDeployment(target: string, order: number): ConfiguredDeployment {
  return {
    id: null,
    target,
    terms: { ...PLAIN_TERMS, order },
    price: null,
    priceAs: null,
    limits: { contextTokens: null, maxOutputTokens: null },
    capabilities: null,
    mode: null,
    params: {},
    drop: [],
    body: {},
    headers: new Map(),
    mock: null,
  };
}
