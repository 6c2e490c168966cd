import type { CanonicalRequest } from '../../canonical/request.ts';
import { roomForAnswer } from '../answer-room.ts';
import type { EncodeTarget } from '../dialect.ts';
import { openAiModel } from '../openai-models.ts';
import { NOTHING, written } from './written.ts';
import type { Written } from './written.ts';

/**
 * The limit of the answer's tokens, which agents set as high as their own model's (Claude Code: 32,000) and which
 * upstreams refuse where their model or its context has less.
 */
export function encodeTokenLimit(request: CanonicalRequest, target: EncodeTarget): Written {
  const asked = request.maxOutputTokens;
  if (asked === null) return NOTHING;
  const isReasoning = openAiModel(target.model).kind === 'reasoning';
  const field = isReasoning ? 'max_completion_tokens' : target.quirks.maxTokensField;
  return written({
    [field]: Math.min(asked, target.maxOutputTokens ?? Infinity, roomForAnswer(request, target.contextTokens, asked)),
  });
}
