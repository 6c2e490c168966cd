import diagnostics from 'node:diagnostics_channel';
import type { LookupFunction, Socket } from 'node:net';
import { buildConnector, Pool } from 'undici';
import { limitedLookup } from './limited-lookup.ts';

/** llama-server, vLLM and the other uvicorn ones close an idle connection after 5 s, most without saying so. */
const LOCAL_KEEP_ALIVE_MS = 4_000;
/** A new TLS connection costs a cloud call 100 ms and more. */
const CLOUD_KEEP_ALIVE_MS = 60_000;
const MAX_CONNECTIONS = 1_024;

export interface PoolOptions {
  readonly isLocal: boolean;
  readonly connectTimeoutMs: number;
  readonly insecureTls: boolean;
  /** One connection for each request, none kept: for sending again after a kept one was found dead. */
  readonly keepAlive: boolean;
  readonly lookUp: LookupFunction;
}

/** A pool of connections to one origin. */
export function openPool(origin: string, options: PoolOptions): Pool {
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    rejectUnauthorized: !options.insecureTls,
    autoSelectFamily: true,
    lookup: options.isLocal ? options.lookUp : limitedLookup(options.lookUp, options.connectTimeoutMs),
  });
  const keepAliveMs = options.isLocal ? LOCAL_KEEP_ALIVE_MS : CLOUD_KEEP_ALIVE_MS;
  return new Pool(origin, {
    connections: MAX_CONNECTIONS,
    pipelining: options.keepAlive ? 1 : 0,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    connect: (target, callback) => {
      connect(target, (...result) => {
        // After a failure undici gives no socket at all, whatever its types say.
        const socket: Socket | null | undefined = result[1];
        if (socket) markErrorsOfReuse(socket);
        callback(...result);
      });
    },
  });
}

const requestsSentOn = new WeakMap<Socket, number>();
const errorsOfReuse = new WeakSet();

diagnostics.subscribe('undici:client:sendHeaders', (message) => {
  const { socket } = message as { socket: Socket };
  requestsSentOn.set(socket, (requestsSentOn.get(socket) ?? 0) + 1);
});

/** Remembers which errors came from a connection that had carried an earlier request. */
function markErrorsOfReuse(socket: Socket): void {
  socket.prependListener('error', (error) => {
    if ((requestsSentOn.get(socket) ?? 0) > 1) errorsOfReuse.add(error);
  });
}

/** Whether an error broke a connection that was kept from an earlier request. */
export function brokeReusedConnection(error: Error): boolean {
  return errorsOfReuse.has(error);
}
