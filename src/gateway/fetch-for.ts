import { GatewayError } from '../canonical/errors.ts';
import type { Target } from '../canonical/target.ts';
import type { FetchMedia } from '../upstream/fetch-media.ts';
import type { Conversation } from './conversation.ts';
import { hasLeft, watchDeparture } from './departure.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { needsFetching, placesToFetch, withFetchedMedia } from './fetch-request-media.ts';
import type { FetchesItself } from './fetch-request-media.ts';
import type { MediaHold, MediaRoom, Patience } from './media-room.ts';
import { wayTo } from './way.ts';
import { isTranslated, quirksOf } from './wire.ts';

/** What providers take of one image or document, and of a request. */
const MAX_BYTES = 20 * 1024 * 1024;
const MAX_TOTAL_BYTES = 50 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

/**
 * Whether a request names images or files by addresses from which the target does not fetch. Throws a `GatewayError`
 * when the request cannot be read.
 */
export function needsFetchFor(conversation: Conversation, target: Target): boolean {
  if (conversation.face.front === null || !isTranslated(conversation, target)) return false;
  return needsFetching(conversation.request, fetchesOf(target, conversation));
}

/** What the target fetches itself. What neither it nor we can fetch is refused by who writes the request. */
function fetchesOf(target: Target, conversation: Conversation): FetchesItself {
  const { images } = quirksOf(target);
  if (images === 'none') return () => true;
  if (images === 'inline') return (url) => !/^https?:/i.test(url);
  // Anthropic fetches over HTTPS alone; a plain address it answers with 400.
  if (wayTo(target, conversation.face, conversation).address.dialect !== 'anthropic-messages') return () => true;
  return (url) => !/^http:/i.test(url);
}

/** Why what the request names for this target cannot be had, as was found out for another; `null`: nobody has tried. */
export function knownFetchFailure(conversation: Conversation, target: Target): GatewayError | null {
  const { fetchFailure } = conversation;
  if (fetchFailure === null) return null;
  const wanted = placesToFetch(conversation.request, fetchesOf(target, conversation));
  return wanted.some((place) => place === fetchFailure.param) ? fetchFailure : null;
}

/**
 * Puts into the conversation what the request names by its address and the target does not fetch. Whoever calls this
 * waits for it: it rejects with a `GatewayError`, also when the client leaves. The room that it takes in memory is
 * counted until the answer has left.
 */
export async function fetchFor(
  { call }: ExchangeBasis,
  conversation: Conversation,
  target: Target,
  { fetchMedia, mediaRoom }: Pick<GatewayDependencies, 'fetchMedia' | 'mediaRoom'>,
): Promise<void> {
  const departure = new AbortController();
  const leave = (): void => {
    departure.abort(new GatewayError('client_left', 'The client left.'));
  };
  if (hasLeft(call.response)) leave();
  const stopWatching = watchDeparture(call.response, leave);
  const { signal } = departure;
  const { request } = conversation;
  const fetchesItself = fetchesOf(target, conversation);
  try {
    const most = Math.min(MAX_TOTAL_BYTES, placesToFetch(request, fetchesItself).length * MAX_BYTES);
    // What another target wanted is in the request now.
    const before = conversation.mediaHold?.bytes ?? 0;
    const hold = await holdFor(call, conversation, mediaRoom, most, { timeoutMs: TIMEOUT_MS, signal });
    let bytes = before;
    const counted: FetchMedia = async (url, limits) => {
      const result = await fetchMedia(url, limits);
      if (result.kind === 'fetched') bytes += result.bytes.length;
      return result;
    };
    const limits = { maxBytes: MAX_BYTES, maxTotalBytes: MAX_TOTAL_BYTES, timeoutMs: TIMEOUT_MS, fetchesItself };
    try {
      conversation.mediaFetched(await withFetchedMedia(request, counted, { ...limits, signal }));
      hold.keep(bytes);
    } catch (error) {
      hold.keep(before);
      throw error;
    }
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'media_not_fetched') conversation.mediaNotFetched(error);
    throw error;
  } finally {
    stopWatching();
  }
}

/** Room for so many bytes more, until the answer has left. */
async function holdFor(
  { response }: ExchangeBasis['call'],
  conversation: Conversation,
  room: MediaRoom,
  bytes: number,
  patience: Patience,
): Promise<MediaHold> {
  const own = conversation.mediaHold;
  if (own !== null) {
    await own.add(bytes, patience);
    return own;
  }
  const hold = await room.take(bytes, patience);
  conversation.mediaHold = hold;
  const stopHolding = watchDeparture(response, () => {
    stopHolding();
    hold.release();
  });
  return hold;
}
