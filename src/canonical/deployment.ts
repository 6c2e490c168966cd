/** Limits of one call that a deployment may have of its own, in milliseconds; `null`: as everywhere. */
export interface DeploymentTimeouts {
  readonly connectMs: number | null;
  /** From the request's last byte to the answer's first. */
  readonly firstByteMs: number | null;
  /** The first byte of a streamed answer, where it differs. */
  readonly streamFirstByteMs: number | null;
  /** Between two pieces of an answer. */
  readonly idleMs: number | null;
  /** The whole call. */
  readonly totalMs: number | null;
}

export const NO_TIMEOUTS: DeploymentTimeouts = {
  connectMs: null,
  firstByteMs: null,
  streamFirstByteMs: null,
  idleMs: null,
  totalMs: null,
};

/** When a deployment that fails is left alone, and how long; `null` each: as its group says. */
export interface CooldownTerms {
  /** Failures within a minute that it may have; the next one cools it down. */
  readonly allowedFails: number | null;
  /** 0: never. */
  readonly cooldownMs: number | null;
}

/** What the choice between several places that answer for one name goes by. */
export interface DeploymentTerms {
  /** Lower ones are tried first; those of one order share the load. */
  readonly order: number;
  /** Its share of the load; `null`: none is given, which is 1 where no other has one, else 0. */
  readonly weight: number | null;
  readonly requestsPerMinute: number | null;
  /** Input and output together. */
  readonly tokensPerMinute: number | null;
  /** Requests at once; further ones go elsewhere or wait. */
  readonly maxParallel: number | null;
  /** What it is allowed for or good for: `pii`, `eu`, `default`. */
  readonly tags: readonly string[];
  /** Where it computes: `eu`, `us-east-1`. */
  readonly region: string | null;
  /** How often one request may be sent again after a failure here; `null`: as its group says. */
  readonly retries: number | null;
  readonly timeouts: DeploymentTimeouts;
  readonly cooldown: CooldownTerms;
}

export const PLAIN_TERMS: DeploymentTerms = {
  order: 1,
  weight: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
  maxParallel: null,
  tags: [],
  region: null,
  retries: null,
  timeouts: NO_TIMEOUTS,
  cooldown: { allowedFails: null, cooldownMs: null },
};
