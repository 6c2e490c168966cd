import { GatewayError } from '../canonical/errors.ts';
import type { Target } from '../canonical/target.ts';
import type { Conversation } from './conversation.ts';
import { hasLeft, watchDeparture } from './departure.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { needsFetching, withFetchedMedia } from './fetch-request-media.ts';
import { isTranslated, quirksOf, wireTo } from './wire.ts';
import type { Wire } from './wire.ts';

/** What providers take of one image or document, and of a request. */
const MAX_BYTES = 20 * 1024 * 1024;
const MAX_TOTAL_BYTES = 50 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

/**
 * Whether a target takes the bytes of images only, and the request names some by their addresses. Throws a
 * `GatewayError` when the request cannot be read.
 */
export function needsFetchFor(conversation: Conversation, target: Target): boolean {
  if (conversation.face.front === null || !isTranslated(conversation, target)) return false;
  return needsFetching(conversation.request, quirksOf(target).images);
}

/**
 * What is sent to such a target, once what the request names by its address was fetched. Whoever calls this waits for
 * it: it rejects with a `GatewayError`, also when the client leaves.
 */
export function fetchFor(
  { call }: ExchangeBasis,
  conversation: Conversation,
  target: Target,
  { fetchMedia }: Pick<GatewayDependencies, 'fetchMedia'>,
): Promise<Wire> {
  const departure = new AbortController();
  const leave = (): void => {
    departure.abort(new GatewayError('client_left', 'The client left.'));
  };
  if (hasLeft(call.response)) leave();
  const stopWatching = watchDeparture(call.response, leave);
  const limits = { maxBytes: MAX_BYTES, maxTotalBytes: MAX_TOTAL_BYTES, timeoutMs: TIMEOUT_MS };
  return withFetchedMedia(conversation.request, fetchMedia, { ...limits, signal: departure.signal })
    .then((request) => {
      conversation.mediaFetched(request);
      return wireTo(conversation, target);
    })
    .finally(stopWatching);
}
