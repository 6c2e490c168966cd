/** What the daemon does on request. The answers are JSON documents of the daemon's. */
export interface Management {
  status(): unknown;
  models(): unknown;
  /** Looks for servers at once. */
  scan(): Promise<unknown>;
  /** Begins to stop; the answer is sent before. */
  shutdown(): void;
}
