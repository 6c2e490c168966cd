import { connect } from 'node:net';
import { isLoopbackHost } from '../std/loopback.ts';

/** `closed`: nobody listens; `silent`: neither yes nor no in time. */
export type Knock = 'open' | 'closed' | 'silent';

/**
 * Tries whether somebody listens, and sends nothing. It costs a twentieth of a request, which is what keeps the polling
 * of a quiet machine cheap, and tells a restarted port from one that was busy.
 */
export function knock(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Knock> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve('silent');
      return;
    }
    const socket = connect({ host, port });
    const end = (result: Knock): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => end('silent');
    const timer = setTimeout(() => end(refusesSlowly(host) ? 'closed' : 'silent'), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => end('open'));
    // Refused, unreachable, no such family or name: for us nobody listens there.
    socket.on('error', () => end('closed'));
  });
}

/** Windows repeats a refused connection for two seconds before it says so, on loopback too. */
function refusesSlowly(host: string): boolean {
  return process.platform === 'win32' && isLoopbackHost(host);
}
