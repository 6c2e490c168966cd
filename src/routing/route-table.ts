import type { ModelGroup } from '../canonical/model-group.ts';
import type { ModelFacts, ModelServer, ServedModel } from '../canonical/model.ts';
import type { Allowed, NamedTargets, StandIn } from '../canonical/profile.ts';
import type { RoutingDefaults } from '../canonical/routing-defaults.ts';
import type { Endpoint, Target } from '../canonical/target.ts';
import type { Memory } from './context-memory.ts';
import type { Group, TokenPrice } from './group.ts';
import type { NameBook } from './name-book.ts';

/** A provider as the router sees it: where it is, and the models it is known to have. */
export interface RoutedProvider {
  readonly endpoint: Endpoint;
  /** Whether a request can be sent: a credential was found, or none is needed. */
  readonly usable: boolean;
  /** What to do about it when not, for a person. */
  readonly hint: string;
  readonly models: readonly string[];
  /** What is known of one of its models, by its list, by the price data or by its name. */
  readonly factsOf: (model: string) => ModelFacts;
}

export interface RouteTableInput {
  readonly profile: string;
  /** Where requests may go: a target beyond the wall is never part of a plan. */
  readonly allow: Allowed;
  readonly standIn: StandIn;
  readonly aliases: readonly NamedTargets[];
  readonly models: readonly ModelGroup[];
  readonly routing: RoutingDefaults;
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
  /** What a model costs for comparing, by the price data with the id of its provider there; `null`: nobody knows. */
  readonly priceOf: (priceProvider: string, model: string) => TokenPrice | null;
  /** Of this machine. */
  readonly memory: Memory;
}

/** A model server together with the endpoint that requests for its models go to, one for each locality. */
export interface RoutedServer {
  readonly server: ModelServer;
  readonly local: Endpoint;
  readonly cloud: Endpoint;
  /** Of the machine that it runs on; `null`: that is another one. */
  readonly memory: Memory | null;
}

/** A model on a server, as it is found by its id. */
export interface ServedHere {
  readonly routed: RoutedServer;
  readonly model: ServedModel;
}

/** Compiled once when anything changes, read for every request, never written. */
export interface RouteTable {
  readonly profile: string;
  readonly allow: Allowed;
  readonly standIn: StandIn;
  readonly aliases: NameBook;
  readonly models: NameBook;
  readonly routing: RoutingDefaults;
  readonly servers: ReadonlyMap<string, RoutedServer>;
  /** By exact id, the best server first. */
  readonly localModels: ReadonlyMap<string, readonly ServedHere[]>;
  readonly providers: ReadonlyMap<string, RoutedProvider>;
  /** Local models that may chat or complete, in the order of the servers: who can stand in. */
  readonly localChat: readonly ServedHere[];
  /** Context lengths of those, ascending: needs between two of them make no difference. */
  readonly localContexts: readonly number[];
  /** By bare id, in the order of the providers. */
  readonly cloudModels: ReadonlyMap<string, readonly RoutedProvider[]>;
  readonly demo: boolean;
  readonly knownLocalIds: ReadonlySet<string>;
  readonly makerOf: (model: string) => string | null;
  readonly priceOf: RouteTableInput['priceOf'];
  /** Plans made so far, of names whose plan is the same for every request. Bounded. */
  readonly planned: Map<string, RoutePlan>;
  /** Those of names that rules chose. Bounded. */
  readonly ruled: Map<string, RoutePlan>;
  /** Those of names that another model stands in for, by name and by the needs that its choice depends on. Bounded. */
  readonly stoodIn: Map<string, RoutePlan>;
}

/** Who answers for a name. */
export interface RoutePlan {
  readonly group: Group;
  /** Those of the group, or of the first fallback where it has none, in static order; at least one. */
  readonly targets: readonly Target[];
  /** How it came to this, in printable ASCII of at most some hundred characters, for `x-llmgw-route`. */
  readonly note: string;
  /** The cloud name that a local model answers for; `null`: the model that was asked for answers. */
  readonly standsInFor: string | null;
  /** Which rule of the name that was asked for chose the group, and why: `rule 2: tools`; `null`: the name has none. */
  readonly rule: string | null;
}

export const DEMO_PROVIDER = 'demo';
export const DEMO_MODEL = 'echo';
