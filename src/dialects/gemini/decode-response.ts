import type { AnswerEvent } from '../../canonical/answer.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';
import type { DecodeContext } from '../dialect.ts';
import { AnswerReader } from './answer-reader.ts';
import { decodeErrorBody, errorIn } from './errors.ts';

/**
 * A whole answer. A list of chunks, which is what an upstream gives that streams although it was not asked to, is read
 * as one.
 */
export function decodeAnswer(body: unknown, context: DecodeContext): readonly AnswerEvent[] | GatewayError {
  const error = errorIn(body);
  if (error !== null) return decodeErrorBody(error, context.provider);
  const chunks = (Array.isArray(body) ? (body as unknown[]) : [body]).filter(isObject);
  const isAnswer = chunks.some((chunk) => Array.isArray(chunk['candidates']) || isObject(chunk['promptFeedback']));
  if (!isAnswer) return invalid(context, 'an answer without candidates');
  const reader = new AnswerReader(context);
  const events = chunks.flatMap((chunk) => reader.take(chunk));
  const failure = events.find((event) => event.type === 'error');
  if (failure !== undefined) return failure.error;
  return reader.isOver ? events : [...events, ...reader.finish()];
}

function invalid({ provider }: DecodeContext, what: string): GatewayError {
  return new GatewayError('upstream_invalid_answer', `${provider} sent ${what}.`);
}
