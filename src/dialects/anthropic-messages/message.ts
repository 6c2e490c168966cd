import type { Message } from '@anthropic-ai/sdk/resources/messages';
import type { AnswerContext } from '../dialect.ts';
import type { AnswerBlock } from './answer-blocks.ts';

/** The SDK's type for a message, with the blocks that are written here. */
export type WrittenMessage = Omit<Message, 'content' | 'stop_reason' | 'stop_sequence' | 'stop_details'> & {
  readonly content: readonly AnswerBlock[];
} & Pick<Message, 'stop_reason' | 'stop_sequence' | 'stop_details'>;

/** How a message ended; all `null` where it goes on. */
export type Stop = Pick<WrittenMessage, 'stop_reason' | 'stop_sequence' | 'stop_details'>;

/**
 * A message: a whole answer, or the `message_start` of a stream. Field by field: put together by spreading, it would
 * take three times as long to write, which is a fifth of what the translation of a short chat takes.
 */
export function writeMessage(
  model: string | null,
  { exchangeId, model: targetModel }: AnswerContext,
  { content, usage, stop }: Pick<WrittenMessage, 'content' | 'usage'> & { readonly stop: Stop },
): WrittenMessage {
  return {
    id: `msg_${exchangeId.replaceAll('-', '')}`,
    type: 'message',
    role: 'assistant',
    model: model ?? targetModel,
    container: null,
    diagnostics: null,
    content,
    stop_reason: stop.stop_reason,
    stop_sequence: stop.stop_sequence,
    stop_details: stop.stop_details,
    usage,
  };
}
