import type { Capability } from '../../canonical/model.ts';
import type { Field } from './field.ts';
import type { NativeMap, Value } from './value.ts';

/** What an entry of `model_list` says, before it is known where that is in the native form. */
export interface DeploymentDraft {
  readonly connection: Connection;
  /** Keys of a deployment that mean the same there. */
  readonly native: NativeMap;
  readonly limits: TimeLimits;
  /** Dollars per million tokens. */
  readonly price: NativeMap;
  /** It costs something by a unit that the native form does not have. */
  hasOtherPrice: boolean;
  /** Defaults of parameters, in OpenAI's words. */
  readonly params: NativeMap;
  /** Defaults of parameters that only its server knows. */
  readonly serverParams: NativeMap;
  readonly body: NativeMap;
  readonly drop: string[];
  readonly tags: string[];
  readonly accessGroups: string[];
  /** What the file says that the model can or cannot do. */
  readonly can: Map<Capability, boolean>;
  /** Where it is to be loaded; `null`: everywhere. */
  environments: readonly string[] | null;
  isHidden: boolean;
  isBlocked: boolean;
  baseModel: Value | null;
  /** How a router that chooses a group by the prompt is set up, by key. */
  readonly autoRouter: Map<string, Field>;
  /** Free-form keys of `model_info`, which `/model/info` shows. */
  readonly info: NativeMap;
}

/** All that tells one account or server from another. */
export interface Connection {
  model: Value | null;
  /** LiteLLM's name of the provider, where the file forces it. */
  provider: string | null;
  apiKey: Value | null;
  apiBase: Value | null;
  apiVersion: Value | null;
  /** One deployment for each. */
  organizations: readonly Value[];
  readonly headers: Map<string, Value>;
  region: Value | null;
  awsRegion: Value | null;
  /** By their names in the native form. */
  readonly aws: Map<string, Value>;
  vertexProject: Value | null;
  vertexLocation: Value | null;
  vertexCredentials: Value | null;
  insecureTls: boolean;
  /** Needs a credential of a kind that llmgw cannot use: which. */
  foreignCredential: string | null;
}

/** Milliseconds; `null`: not said. */
export interface TimeLimits {
  wholeMs: number | null;
  streamMs: number | null;
  firstTokenMs: number | null;
  idleMs: number | null;
}

export function newDeploymentDraft(): DeploymentDraft {
  return {
    connection: newConnection(),
    native: {},
    limits: noLimits(),
    price: {},
    hasOtherPrice: false,
    params: {},
    serverParams: {},
    body: {},
    drop: [],
    tags: [],
    accessGroups: [],
    can: new Map(),
    environments: null,
    isHidden: false,
    isBlocked: false,
    baseModel: null,
    autoRouter: new Map(),
    info: {},
  };
}

export function noLimits(): TimeLimits {
  return { wholeMs: null, streamMs: null, firstTokenMs: null, idleMs: null };
}

function newConnection(): Connection {
  return {
    model: null,
    provider: null,
    apiKey: null,
    apiBase: null,
    apiVersion: null,
    organizations: [],
    headers: new Map(),
    region: null,
    awsRegion: null,
    aws: new Map(),
    vertexProject: null,
    vertexLocation: null,
    vertexCredentials: null,
    insecureTls: false,
    foreignCredential: null,
  };
}
