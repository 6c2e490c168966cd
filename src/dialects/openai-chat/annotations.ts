import type { ChatCompletionMessage } from 'openai/resources/chat/completions';
import type { Citation } from '../../canonical/answer.ts';

/** Where a part of the text lies in all of it; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Citations as OpenAI writes them. One that says nothing of its place is of its whole part of the text; one without an
 * address (a page of a document that was sent) cannot be told.
 */
export function annotationsOf(citations: readonly Citation[], part: Span): ChatCompletionMessage.Annotation[] {
  return citations.flatMap(({ url, title, start, end }) => {
    if (url === null) return [];
    const place = {
      start_index: start === null ? part.start : part.start + start,
      end_index: end === null ? part.end : part.start + end,
    };
    return [{ type: 'url_citation', url_citation: { ...place, url, title: title ?? url } } as const];
  });
}
