import type { AnswerEvent } from '../../canonical/answer.ts';
import { AnswerReader } from './answer-reader.ts';
import { decodeError } from './errors.ts';
import type { DecodeContext } from '../dialect.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';

/** A whole answer: the same object as the last line of a stream, with everything in it. */
export function decodeAnswer(body: unknown, context: DecodeContext): readonly AnswerEvent[] | GatewayError {
  const { provider } = context;
  if (isObject(body) && body['error'] !== undefined && body['error'] !== null) {
    return decodeError({ provider, status: 200, retryAfter: null, body: JSON.stringify(body) });
  }
  const reader = new AnswerReader(context);
  // It is all there is, whatever an emulation of Ollama says or does not say of that.
  const events = reader.read(isObject(body) ? { ...body, done: true } : body);
  const says = isObject(body) && (isObject(body['message']) || typeof body['response'] === 'string');
  if (says) return events;
  return new GatewayError('upstream_invalid_answer', `${provider} answered with something that is no chat answer.`);
}
