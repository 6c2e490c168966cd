export interface RouteRequest {
  readonly model: string;
  /** `null`: the active one. */
  readonly profile: string | null;
  /** The rest of the query, as it was sent. */
  readonly query: Readonly<Record<string, unknown>>;
}

/** What the daemon does on request. The answers are JSON documents of the daemon's; a profile's name is a known one. */
export interface Management {
  status(): unknown;
  models(profile: string | null): unknown;
  /** How the places are that answer for the names of a profile. */
  deployments(profile: string | null): unknown;
  profiles(): unknown;
  useProfile(name: string): unknown;
  route(request: RouteRequest): unknown;
  /** Reads the credentials again from where they are kept. */
  reloadCredentials(): Promise<unknown>;
  /** Reads the client keys again. */
  reloadKeys(): unknown;
  /** Looks for servers at once. */
  scan(): Promise<unknown>;
  /** Begins to stop; the answer is sent before. */
  shutdown(): void;
}
