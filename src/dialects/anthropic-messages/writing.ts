import type { ToolNames } from '../tool-names.ts';
import type { EncodeTarget } from '../dialect.ts';
import type { ModelTraits } from './models.ts';

/** What the encoders of one request share, and what they note down besides the body. */
export interface Writing {
  readonly target: EncodeTarget;
  readonly traits: ModelTraits;
  readonly names: ToolNames;
  /** What of the request is left out, by the names that the client is told. */
  readonly dropped: Set<string>;
  /** What is sent otherwise than it was asked for, by the same names. */
  readonly clamped: Set<string>;
  /** Values of `anthropic-beta` without which the body is refused. */
  readonly betas: Set<string>;
}
