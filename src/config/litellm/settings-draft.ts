import type { Strategy } from '../../canonical/strategy.ts';
import { noLimits } from './deployment-draft.ts';
import type { TimeLimits } from './deployment-draft.ts';
import type { FallbackChains } from './fallbacks.ts';
import type { Field } from './field.ts';
import type { NativeMap, Value } from './value.ts';

/** What the three sections of settings say, before the native form is made of it. */
export interface SettingsDraft {
  /** Keys of `routing:`. */
  readonly routing: NativeMap;
  /** Keys of `routing.tags`, of `routing.latency`, of `routing.queue`. */
  readonly tags: NativeMap;
  readonly latency: NativeMap;
  readonly queue: NativeMap;
  /** Keys of `server:`. */
  readonly server: NativeMap;
  readonly limits: TimeLimits;
  readonly chains: Record<ChainKind, FallbackChains | null>;
  readonly aliases: Map<string, GroupAlias>;
  /** Strategies of single groups. */
  readonly groupStrategies: Map<string, Strategy>;
  readonly groupRetryPolicies: Map<string, { readonly retries: NativeMap; readonly field: Field }>;
  /** Parameters of every deployment that does not say otherwise, by key. */
  readonly defaultParams: Map<string, Field>;
  vertexProject: Value | null;
  vertexLocation: Value | null;
  tagFiltering: boolean | null;
  dropParams: boolean | null;
  masterKey: Value | null;
  /** Answers for names that the file does not have. */
  anyName: string | null;
}

export type ChainKind = 'fallbacks' | 'context_fallbacks' | 'content_fallbacks';

export interface GroupAlias {
  readonly target: string;
  readonly isHidden: boolean;
  readonly field: Field;
}

export function newSettingsDraft(): SettingsDraft {
  return {
    routing: {},
    tags: {},
    latency: {},
    queue: {},
    server: {},
    limits: noLimits(),
    chains: { fallbacks: null, context_fallbacks: null, content_fallbacks: null },
    aliases: new Map(),
    groupStrategies: new Map(),
    groupRetryPolicies: new Map(),
    defaultParams: new Map(),
    vertexProject: null,
    vertexLocation: null,
    tagFiltering: null,
    dropParams: null,
    masterKey: null,
    anyName: null,
  };
}
