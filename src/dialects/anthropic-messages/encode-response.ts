import type { CanonicalAnswer } from '../../canonical/answer.ts';
import type { AnswerContext } from '../dialect.ts';
import { writeBlock } from './answer-blocks.ts';
import { writeMessage } from './message.ts';
import { stopFields } from './stop-reasons.ts';
import { writeUsage } from './usage.ts';

/** A whole answer: an object of type `message`. */
export function encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): string {
  const hasRefusal = answer.content.some(({ part }) => part.type === 'refusal');
  const content = answer.content.flatMap(writeBlock);
  const stop = stopFields(answer.finish, hasRefusal);
  return JSON.stringify(writeMessage(answer.model, context, { content, stop, usage: writeUsage(answer.usage) }));
}
