import type { FeedEvent } from '../canonical/feed-events.ts';

/** Keeps a quiet connection alive: a comment, no event. */
export const HEARTBEAT = ':\n\n';
/** How long a client waits before it connects again. */
export const RETRY = 'retry: 1000\n\n';

/** An event as it stands in the stream. JSON has no line break in it. */
export function feedBlock(id: number, event: FeedEvent): string {
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
