import type { AnswerEvent } from '../../canonical/answer.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import type { DecodeContext } from '../dialect.ts';
import { AnswerPieces } from './answer-pieces.ts';
import { errorInBody } from './errors.ts';

/** A whole answer, parsed or as text. */
export function decodeAnswer(body: unknown, context: DecodeContext): readonly AnswerEvent[] | GatewayError {
  const object = typeof body === 'string' ? parseJson(body) : body;
  if (!isObject(object)) return noAnswer(context);
  const error = errorInBody(object, context.provider);
  if (error !== null) return error;
  const choices = object['choices'];
  if (!Array.isArray(choices) || choices.length === 0) return noAnswer(context);
  const pieces = new AnswerPieces(context);
  const events = [...pieces.take(object), ...pieces.finish()];
  const last = events.at(-1);
  return last?.type === 'error' ? last.error : events;
}

function noAnswer({ provider }: DecodeContext): GatewayError {
  return new GatewayError('upstream_invalid_answer', `${provider} answered with something that is no chat completion.`);
}
