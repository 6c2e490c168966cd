/** What `GET /llmgw/deployments` answers: how the places are that answer for the names of a profile. */
export interface DeploymentsDocument {
  readonly v: 1;
  readonly profile: string;
  /** Those of the config and of servers, and of providers those that have been used; each once. */
  readonly deployments: readonly DeploymentEntry[];
}

export interface DeploymentEntry {
  /** The first name that it answers for; a wildcard as the config has it. */
  readonly name: string;
  readonly id: string;
  /** Where it is: `openai/gpt-4o`. */
  readonly target: string;
  readonly order: number;
  readonly weight: number | null;
  /** As `UnwellDeployment` has it; `open`: it is well; `hindered`: it has no key, or its server wants one. */
  readonly state: 'open' | 'cooled' | 'trial' | 'down' | 'hindered';
  /** Why it is not `open`; `null`: it is. */
  readonly reason: string | null;
  readonly until: string | null;
  readonly in_flight: number;
  /** In the last minute. */
  readonly requests: number;
  /** How many it takes in a minute; `null`: any number. */
  readonly requests_limit: number | null;
  /** Prompt and answer, in the last minute. */
  readonly tokens: number;
  readonly tokens_limit: number | null;
  /** Mean time to the first token of its last streams; `null`: none was measured lately. */
  readonly first_token_ms: number | null;
}
