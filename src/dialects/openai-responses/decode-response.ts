import type { AnswerEvent } from '../../canonical/answer.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import type { DecodeContext } from '../dialect.ts';
import { ThinkTags } from '../think-tags.ts';
import { AnswerItems } from './answer-items.ts';
import { errorInside } from './errors.ts';
import { decodeEnd } from './finish.ts';

/** A whole response as the events that its stream would have had. */
export function decodeAnswer(body: unknown, context: DecodeContext): readonly AnswerEvent[] | GatewayError {
  if (!isObject(body)) return noAnswer(context);
  const failure = failureOf(body, context.provider);
  if (failure !== null) return failure;
  if (!Array.isArray(body['output'])) return noAnswer(context);
  const items = new AnswerItems(context);
  items.start(textOrNull(body['id']), textOrNull(body['model']));
  for (const item of body['output'] as unknown[]) if (isObject(item)) items.done(items.newItem(), item);
  const events = [...items.events, ...decodeEnd(body, context.request, items.hasCalls)];
  if (!context.quirks.thinkTags) return events;
  const tags = new ThinkTags();
  return events.flatMap((event) => tags.take(event));
}

/** The error that a response is instead of an answer; `null`: it is an answer, as far as it goes. */
export function failureOf(response: JsonObject, provider: string): GatewayError | null {
  const { error, status } = response;
  if ((error ?? null) !== null) return errorInside(error, provider);
  if (status !== 'failed' && status !== 'cancelled') return null;
  return new GatewayError('upstream_error', `${provider} answered with a response that is ${status}.`);
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function noAnswer({ provider }: DecodeContext): GatewayError {
  return new GatewayError('upstream_invalid_answer', `${provider} answered with something that is no response.`);
}
