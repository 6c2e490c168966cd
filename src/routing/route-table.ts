import type { ModelServer, ServedModel } from '../canonical/model.ts';
import type { Endpoint, Target } from '../canonical/target.ts';

/** A name of the user's own, or of the profile, and what it stands for, in order. */
export interface NamedTargets {
  readonly name: string;
  readonly targets: readonly string[];
}

/** A provider as the router sees it: where it is, and the models it is known to have. */
export interface RoutedProvider {
  readonly endpoint: Endpoint;
  /** Whether a request can be sent: a credential was found, or none is needed. */
  readonly usable: boolean;
  /** What to do about it when not, for a person. */
  readonly hint: string;
  readonly models: readonly string[];
}

export interface RouteTableInput {
  readonly profile: string;
  readonly aliases: readonly NamedTargets[];
  readonly models: readonly NamedTargets[];
  /** In order of preference. */
  readonly servers: readonly ModelServer[];
  readonly providers: readonly RoutedProvider[];
  readonly demo: boolean;
  /**
   * Ids that a local server has served before. While none serves them they are not taken for cloud names: when a local
   * `openai/gpt-oss-20b` goes away, its prompts must not start to go to OpenAI.
   */
  readonly knownLocalIds: ReadonlySet<string>;
  /** The provider that makes a model, by the price data: whose `gpt-4o` a bare `gpt-4o` is. */
  readonly makerOf: (model: string) => string | null;
}

/** A model server together with the endpoint that requests for its models go to, one for each locality. */
export interface RoutedServer {
  readonly server: ModelServer;
  readonly local: Endpoint;
  readonly cloud: Endpoint;
}

/** A model on a server, as it is found by its id. */
export interface ServedHere {
  readonly routed: RoutedServer;
  readonly model: ServedModel;
}

/** Compiled once when anything changes, read for every request, never written. */
export interface RouteTable {
  readonly profile: string;
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  readonly models: ReadonlyMap<string, readonly string[]>;
  readonly servers: ReadonlyMap<string, RoutedServer>;
  /** By exact id, the best server first. */
  readonly localModels: ReadonlyMap<string, readonly ServedHere[]>;
  readonly providers: ReadonlyMap<string, RoutedProvider>;
  /** By bare id, in the order of the providers. */
  readonly cloudModels: ReadonlyMap<string, readonly RoutedProvider[]>;
  readonly demo: boolean;
  readonly knownLocalIds: ReadonlySet<string>;
  readonly makerOf: (model: string) => string | null;
  /** Plans made so far: a name is planned once for each table. Bounded. */
  readonly planned: Map<string, readonly Target[]>;
}

export const DEMO_PROVIDER = 'demo';
export const DEMO_MODEL = 'echo';
