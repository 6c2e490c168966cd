import type { AnswerEvent } from '../../canonical/answer.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';
import type { DecodeContext } from '../dialect.ts';
import { errorInAnswer } from './errors.ts';
import { MessageReader } from './message-reader.ts';

/** The pieces of a whole answer, which is an object of type `message`. */
export function decodeAnswer(body: unknown, context: DecodeContext): readonly AnswerEvent[] | GatewayError {
  const error = errorInAnswer(context.provider, body);
  if (error !== null) return error;
  if (!isObject(body) || !Array.isArray(body['content'])) {
    return new GatewayError(
      'upstream_invalid_answer',
      `${context.provider} answered with something else than a message.`,
    );
  }
  const reader = new MessageReader(context);
  const blocks = (body['content'] as unknown[]).filter(isObject);
  return [
    ...reader.start(body),
    ...blocks.flatMap((block, index) => [...reader.blockStart(index, block), ...reader.blockStop(index)]),
    ...reader.delta(body, null),
    ...reader.stop(),
  ];
}
