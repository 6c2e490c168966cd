import type { Locality } from '../canonical/model.ts';
import type { PicoUsd } from '../canonical/money.ts';
import type { Outcome } from '../canonical/outcome.ts';
import type { Usage } from '../canonical/usage.ts';

/** What is known when an attempt is about to be sent. A row before the request leaves. Times: UTC milliseconds. */
export interface AttemptOpening {
  /** UUIDv7, the one in `x-llmgw-request-id`. */
  readonly exchangeId: string;
  /** 1 for the first attempt; 0 for an exchange refused before any. */
  readonly number: number;
  readonly openedAt: number;
  /** Path without `/v1`: `chat/completions`. */
  readonly endpoint: string;
  /** `provider/model`; `null` when the exchange ended before one was chosen. */
  readonly target: string | null;
  readonly provider: string | null;
  readonly locality: Locality | null;
  /** As the client wrote it; `null` when the body had none. */
  readonly requestedModel: string | null;
  readonly stream: boolean;
  /** Family of the User-Agent: `openai-python`, `curl`. */
  readonly client: string | null;
  /** The id of the client key, never its text. `null`: keyless. */
  readonly keyId: string | null;
  readonly profile: string;
  readonly demo: boolean;
}

/** How an attempt ended. */
export interface AttemptSettlement {
  readonly exchangeId: string;
  readonly number: number;
  readonly outcome: Outcome;
  /** Whether the exchange ended with it (no further attempt follows). */
  readonly final: boolean;
  /** The upstream's HTTP status; `null` when none was received. For a refused exchange: the one we answered. */
  readonly status: number | null;
  readonly errorCode: string | null;
  /** The model that the upstream says it answered with. */
  readonly actualModel: string | null;
  readonly upstreamRequestId: string | null;
  readonly upstreamResponseId: string | null;
  readonly firstTokenAt: number | null;
  readonly settledAt: number;
  readonly usage: Usage;
  /** Tokens were counted here, not by the upstream. */
  readonly estimated: boolean;
  /** 0 for a local model; `null`: unknown (then `unpriced` tells whether for want of a price). */
  readonly costPico: PicoUsd | null;
  readonly unpriced: boolean;
  /** Which price was used, e.g. `genai-prices 0.1.8 openai/gpt-4o`. */
  readonly priceVersion: string | null;
  /** The cloud model that a local one stood in for, and what the same tokens would have cost there. */
  readonly stoodInFor: string | null;
  readonly savedPico: PicoUsd | null;
}

/** Called once when the turn's batch is in the file, or could not be written. */
export type OnCommitted = (failure: Error | null) => void;

export interface LedgerStatus {
  readonly path: string;
  readonly writable: boolean;
  /** Why it is not, in a sentence. */
  readonly problem: string | null;
  /** Rows that could not be written since the start: local calls that went on without a ledger. */
  readonly lostRows: number;
  /** A file that was damaged and kept aside at this start. */
  readonly keptAside: string | null;
  /** Rows of a crash that this start settled as abandoned. */
  readonly abandonedAtStart: number;
}

/** Where exchanges are recorded. One implementation now (SQLite); a team's server can bring another. */
export interface Ledger {
  /** Queues the row. `onCommitted(null)` runs once it is in the file, before which the attempt must not be sent. */
  open(opening: AttemptOpening, onCommitted: OnCommitted): void;
  /** Queues the end of an attempt. Never throws; a failed write is counted in `status()`. */
  settle(settlement: AttemptSettlement): void;
  /** Queues a row that is settled already: of an exchange refused before any attempt (number 0), of one not made. */
  refuse(opening: AttemptOpening, settlement: AttemptSettlement): void;
  /** Resolves when everything queued so far is in the file. */
  flush(): Promise<void>;
  status(): LedgerStatus;
  /** Writes what is queued, closes the file. */
  close(): Promise<void>;
}
