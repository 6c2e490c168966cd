// A proxy in Node with nothing in it, the floor for a gateway written in Node:
// `node bench/bare-proxy.js --port N --canned PORT --streaming PORT`. Paths under /streaming/ go to the second.
import { Agent, createServer, request as send } from 'node:http';
import { pipeline } from 'node:stream';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { port: { type: 'string' }, canned: { type: 'string' }, streaming: { type: 'string' } },
});
const agent = new Agent({ keepAlive: true, maxSockets: 1024, maxFreeSockets: 1024 });
const prefix = '/streaming';

createServer((incoming, outgoing) => {
  const streaming = incoming.url.startsWith(`${prefix}/`);
  const upstream = send({
    agent,
    host: '127.0.0.1',
    port: Number(streaming ? values.streaming : values.canned),
    method: incoming.method,
    path: streaming ? incoming.url.slice(prefix.length) : incoming.url,
    headers: incoming.headers,
  });
  upstream.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    // A client that leaves in the middle ends both sides; there is nobody left to tell.
    pipeline(answer, outgoing, () => {});
  });
  upstream.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  });
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) upstream.destroy();
  });
  incoming.pipe(upstream);
}).listen(Number(values.port), '127.0.0.1');
