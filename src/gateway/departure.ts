import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** One listener for each connection, however many requests were sent on it ahead of their answers. */
const watchers = new WeakMap<Socket, Set<() => void>>();

/** Whether nobody gets this answer any more, or it has left whole. */
export function hasLeft(response: ServerResponse): boolean {
  return response.destroyed || response.req.socket.destroyed;
}

/**
 * Calls `onLeft` when the answer has left whole or its client has gone, perhaps for both. Node tells the first answer
 * of a connection that it is closed; those that wait behind it are never told, so the connection is watched too.
 * Returns what ends the watch.
 */
export function watchDeparture(response: ServerResponse, onLeft: () => void): () => void {
  const { socket } = response.req;
  const watching = watchersOf(socket);
  watching.add(onLeft);
  response.once('close', onLeft);
  return () => {
    watching.delete(onLeft);
    response.off('close', onLeft);
  };
}

function watchersOf(socket: Socket): Set<() => void> {
  const known = watchers.get(socket);
  if (known !== undefined) return known;
  const watching = new Set<() => void>();
  watchers.set(socket, watching);
  socket.once('close', () => {
    for (const onLeft of watching) onLeft();
  });
  return watching;
}
