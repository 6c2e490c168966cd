import type { ServerResponse } from 'node:http';
import type { Face, PathFacts } from '../dialects/face.ts';

/** A request that was let in, with its body read. */
export interface InferenceCall {
  /** UUIDv7. */
  readonly exchangeId: string;
  /** When the request arrived, in milliseconds of `performance.now()`. */
  readonly startedAtMs: number;
  readonly face: Face;
  readonly path: PathFacts;
  /** Name, value, name, value. */
  readonly clientHeaders: readonly string[];
  readonly body: Buffer;
  /** The profile that the caller chose or is bound to; `null`: the active one. */
  readonly profile: string | null;
  /** `null`: keyless. */
  readonly keyId: string | null;
  /** Family of the User-Agent. */
  readonly client: string | null;
  readonly response: ServerResponse;
  /** Headers of every answer to this caller (CORS): name, value, name, value. */
  readonly answerHeaders: readonly string[];
  /** The config in force when it came is a file of LiteLLM's: its clients get LiteLLM's headers and errors. */
  readonly asLiteLlm: boolean;
}
