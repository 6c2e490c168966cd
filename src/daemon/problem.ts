/**
 * What kind of thing went wrong, which decides the exit code: `usage` of a command, no daemon where one is needed, an
 * address that cannot be listened on, a mistake in the config, a file of ours that cannot be used, anything else known.
 */
export type ProblemKind = 'failed' | 'usage' | 'not_running' | 'already_running' | 'address' | 'config' | 'files';

/** A failure that is understood: a person is told the sentence and the hint, never a stack. */
export class Problem extends Error {
  readonly kind: ProblemKind;
  /** What to do now, in a sentence, where the message does not say it already. */
  readonly hint: string | null;

  constructor(kind: ProblemKind, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.kind = kind;
    this.hint = options.hint ?? null;
  }
}

/** The `code` that Node and the operating system put on their errors: `EADDRINUSE`. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
