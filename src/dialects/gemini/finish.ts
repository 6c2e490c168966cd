import type { Finish, FinishReason } from '../../canonical/answer.ts';

/** `finishReason` of a candidate (API reference), and of a prompt that was blocked its `blockReason`. */
const MEANINGS: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  // More can be asked for with a token that no other dialect has a place for.
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  JAILBREAK: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
};

/** The model wrote something that is no answer; the same request can succeed. */
const FAILURES = new Set([
  ...['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS'],
  ...['MISSING_THOUGHT_SIGNATURE', 'MALFORMED_RESPONSE'],
]);

export function isFailure(finishReason: string): boolean {
  return FAILURES.has(finishReason);
}

/** STOP also ends an answer that calls functions. LANGUAGE, OTHER and what is not known end it like STOP. */
export function finishOf(finishReason: string | null, hasCalls: boolean, message: string | null): Finish {
  const known = finishReason !== null && Object.hasOwn(MEANINGS, finishReason) ? MEANINGS[finishReason] : undefined;
  const meant = known ?? 'stop';
  const reason = meant === 'stop' && hasCalls ? 'tool_calls' : meant;
  return { reason, raw: finishReason, stopSequence: null, detail: reason === 'content_filter' ? message : null };
}

/** The prompt was blocked: there is no candidate. */
export function finishOfBlock(blockReason: string, message: string | null): Finish {
  return {
    reason: 'content_filter',
    raw: blockReason,
    stopSequence: null,
    detail: message ?? `The prompt was blocked: ${blockReason}.`,
  };
}

/** Gemini's own word where the answer came with one that means the same, else the usual one. */
export function finishReasonOf({ reason, raw }: Finish): string {
  if (raw !== null && Object.hasOwn(MEANINGS, raw)) {
    const meant = MEANINGS[raw];
    if (meant === reason || (meant === 'stop' && reason === 'tool_calls')) return raw;
  }
  switch (reason) {
    case 'stop':
      return raw === 'LANGUAGE' || raw === 'OTHER' ? raw : 'STOP';
    case 'tool_calls':
      return 'STOP';
    case 'length':
      return 'MAX_TOKENS';
    case 'content_filter':
      return 'SAFETY';
  }
}
