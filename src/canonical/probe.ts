/** What a probe got back. `body` is text. */
export interface ProbeAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ProbeRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  /** JSON text of a POST. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly maxBytes: number;
  /** Accept a certificate that no authority signed. */
  readonly insecureTls?: boolean;
  readonly signal?: AbortSignal;
}

/** Why nothing usable came back. */
export type ProbeFailure = 'refused' | 'timeout' | 'unreachable' | 'not_http' | 'too_large' | 'tls' | 'aborted';

/**
 * One small request to the outside that never throws and follows no redirect.
 * `upstream` implements it; `discovery` uses it; the daemon wires them together.
 */
export type Probe = (request: ProbeRequest) => Promise<ProbeAnswer | ProbeFailure>;
