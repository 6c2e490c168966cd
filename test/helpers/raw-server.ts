import net from 'node:net';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';

export interface RawServer {
  /** `http://127.0.0.1:41234` */
  readonly origin: string;
  close(): void;
}

/**
 * A server on loopback that answers on bare sockets. `onRequest` gets each socket on which something came, how many
 * times something has come on it, and which connection it is; both counts begin at 1.
 */
export async function startRawServer(
  onRequest: (socket: Socket, count: number, connection: number) => void,
): Promise<RawServer> {
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    const connection = sockets.push(socket);
    let count = 0;
    socket.on('error', () => undefined);
    socket.on('data', () => onRequest(socket, ++count, connection));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
