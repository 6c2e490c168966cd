/** What the counting thread is asked. The bytes are moved to it, not copied. */
export interface TokenJob {
  readonly id: number;
  readonly model: string;
  /** The body of the request as the client sent it. */
  readonly request: Uint8Array;
  /** The answer as it came, whole or as far as it came. */
  readonly answer: Uint8Array;
  readonly answerKind: 'json' | 'sse' | 'text';
}

/** Estimated tokens; `null`: they cannot be counted (images, a body of another form). */
export interface TokenCounts {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

export interface TokenJobResult extends TokenCounts {
  readonly id: number;
}
