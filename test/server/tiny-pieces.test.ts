import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { GatewayError } from '../../src/canonical/errors.ts';
import { CollectedBody } from '../../src/gateway/whole-answer.ts';
import { readBody } from '../../src/server/read-body.ts';
import { SseBlocks } from '../../src/std/sse-blocks.ts';
import { heldHeapBytes } from '../helpers/held-heap.ts';

const PIECES = 400_000;
/** Kept as a Buffer each, the pieces take ten times as much. */
const MOST_HEAP_BYTES = 4 * 1024 * 1024;
const CHUNKS = '1\r\nx\r\n'.repeat(PIECES);

describe('a body in chunks of one byte costs no more heap than its bytes', () => {
  it('from a client', async () => {
    let body: Promise<Buffer | GatewayError> | undefined;
    let received = 0;
    const server = http.createServer((request) => {
      body = new Promise((resolve) => {
        readBody(request, PIECES, resolve);
      });
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received === PIECES) server.emit('received');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const before = heldHeapBytes();
    const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    socket.write(CHUNKS);
    await once(server, 'received');
    expect(heldHeapBytes() - before).toBeLessThan(MOST_HEAP_BYTES);
    socket.write('0\r\n\r\n');
    expect((await body)?.toString()).toBe('x'.repeat(PIECES));
    socket.destroy();
    server.close();
  });

  it('from an upstream, whole or in an event', () => {
    const body = new CollectedBody(PIECES);
    const blocks = new SseBlocks(PIECES);
    const before = heldHeapBytes();
    for (let count = 0; count < PIECES; count++) {
      body.push(Buffer.from('x'));
      blocks.push(Buffer.from('x'), () => undefined);
    }
    expect(heldHeapBytes() - before).toBeLessThan(MOST_HEAP_BYTES);
    expect(body.take().toString()).toBe('x'.repeat(PIECES));
    expect(blocks.rest()?.toString()).toBe('x'.repeat(PIECES));
  });
});
