import type { FeedEvent } from '../../canonical/feed-events.ts';
import { isObject } from '../../std/is-object.ts';
import { dataOf, SseBlocks } from '../../std/sse-blocks.ts';
import { parseJson } from '../../std/parse-json.ts';

/** One `data` of the feed. `foreign`: of another version of the feed. `unknown`: nothing to act on. */
export type ReadEvent =
  | { readonly kind: 'event'; readonly event: FeedEvent }
  | { readonly kind: 'foreign'; readonly v: unknown }
  | { readonly kind: 'unknown' };

/** The longest event that is waited for: a snapshot with everything in flight. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** Server-sent events from bytes: the JSON value of every event, in order. `push` is `false` when one is too long. */
export class FeedReader {
  readonly #blocks = new SseBlocks(MAX_EVENT_BYTES);

  push(chunk: Buffer, onValue: (value: unknown) => void): boolean {
    return this.#blocks.push(chunk, (block) => {
      const data = dataOf(block.toString('utf8'));
      if (data === null) return;
      onValue(parseJson(data) ?? null);
    });
  }
}

/**
 * What an event is, as far as the screen depends on it. Not with the strict types of `canonical/feed-events.ts`: a
 * newer daemon adds fields and types within version 1, and thousands of events a second have to be read.
 */
export function readEvent(value: unknown): ReadEvent {
  if (!isObject(value)) return { kind: 'unknown' };
  if (value['v'] !== 1) return { kind: 'foreign', v: value['v'] };
  const known = typeof value['at'] === 'number' && isKnown(value);
  return known ? { kind: 'event', event: value as unknown as FeedEvent } : { kind: 'unknown' };
}

function isKnown(value: Record<string, unknown>): boolean {
  switch (value['type']) {
    case 'snapshot':
      return (
        isText(value['version']) &&
        isText(value['instance_id']) &&
        isText(value['profile']) &&
        isListOf(value['profiles'], isText) &&
        isTextOrNull(value['config_problem']) &&
        isListOf(value['in_flight'], isExchange) &&
        isListOf(value['servers'], isServer)
      );
    case 'exchange.opened':
      return isExchange(value['exchange']);
    case 'exchange.first_token':
      return isText(value['exchange']) && isCount(value['number']);
    case 'exchange.progress':
      return isText(value['exchange']) && isCount(value['output_tokens']) && isTextOrNull(value['cost_usd']);
    case 'exchange.settled':
      return isSettled(value['exchange']);
    case 'attempt.failed':
      return isText(value['exchange']) && isAttempt(value['attempt']) && isText(value['next']);
    case 'server.changed':
      return isServer(value['server']);
    case 'profile.changed':
      return isText(value['profile']) && isText(value['before']);
    case 'config.rejected':
      return isTextOrNull(value['problem']);
    case 'dropped':
      return isCount(value['count']);
    default:
      return false;
  }
}

function isExchange(value: unknown): boolean {
  return (
    isObject(value) &&
    isText(value['exchange']) &&
    isCount(value['opened_at']) &&
    isText(value['endpoint']) &&
    isTextOrNull(value['requested_model']) &&
    isText(value['profile']) &&
    isTextOrNull(value['client']) &&
    isTextOrNull(value['key_id']) &&
    isText(value['route']) &&
    isListOf(value['attempts'], isAttempt) &&
    isUsage(value['usage']) &&
    isTextOrNull(value['cost_usd'])
  );
}

function isSettled(value: unknown): boolean {
  return (
    isExchange(value) &&
    isObject(value) &&
    isCount(value['settled_at']) &&
    isText(value['outcome']) &&
    isCountOrNull(value['status']) &&
    isTextOrNull(value['error_code']) &&
    isTextOrNull(value['saved_usd'])
  );
}

function isAttempt(value: unknown): boolean {
  return (
    isObject(value) &&
    isCount(value['number']) &&
    isText(value['target']) &&
    isText(value['provider']) &&
    isCount(value['opened_at']) &&
    isCountOrNull(value['first_token_at']) &&
    isTextOrNull(value['outcome']) &&
    isCountOrNull(value['status']) &&
    isTextOrNull(value['error_code'])
  );
}

const CLASSES = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens', 'reasoning_tokens'];

function isUsage(value: unknown): boolean {
  return isObject(value) && CLASSES.every((name) => isCountOrNull(value[name]));
}

function isServer(value: unknown): boolean {
  return (
    isObject(value) &&
    ['name', 'kind', 'origin', 'state'].every((name) => isText(value[name])) &&
    isCount(value['models']) &&
    isListOf(value['loaded'], isText)
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}

function isCountOrNull(value: unknown): boolean {
  return value === null || isCount(value);
}

function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}
