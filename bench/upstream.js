// The mock upstream, a process of its own: `node bench/upstream.js --port N [--chunks 100] [--max-open 4096]`.
// It answers OpenAI's chat and Anthropic's messages (whole and streamed), embeddings and the model list from prepared bytes.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import {
  chatAnswer,
  embeddingsAnswer,
  messagesAnswer,
  messagesEvents,
  modelsAnswer,
  streamedEvents,
} from './canned.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    chunks: { type: 'string', default: '100' },
    'max-open': { type: 'string', default: '4096' },
  },
});
const maxBodyBytes = 1024 * 1024;
const maxChunks = 100_000;

const server = createServer(answer);
server.keepAliveTimeout = 60_000;
server.maxConnections = Number(values['max-open']);
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(JSON.stringify({ port: server.address().port }));
});

/** Streams that still have events to send; each turn of the event loop gives every one of them its next event. */
const open = new Set();
/** Prepared events by number of chunks, dialect and usage: building them per request would measure us, not the gateway. */
const prepared = new Map();

function answer(request, response) {
  const path = request.url.split('?', 1)[0];
  if (path.endsWith('/models')) return sendJson(response, modelsAnswer);
  const parts = [];
  let bytes = 0;
  request.on('data', (part) => {
    bytes += part.length;
    if (bytes > maxBodyBytes) request.destroy();
    else parts.push(part);
  });
  request.on('end', () => {
    if (path.endsWith('/embeddings')) return sendJson(response, embeddingsAnswer);
    const isMessages = path.endsWith('/messages');
    if (!isMessages && !path.endsWith('/chat/completions')) {
      return sendJson(response, '{"error":{"message":"not found"}}', 404);
    }
    const body = parse(Buffer.concat(parts));
    if (body === null) return sendJson(response, '{"error":{"message":"the body is not JSON"}}', 400);
    if (body.stream === true) return stream(response, body, isMessages);
    return sendJson(response, isMessages ? messagesAnswer : chatAnswer);
  });
}

function parse(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function sendJson(response, text, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function stream(response, body, isMessages) {
  const chunks = Math.min(Number(body.max_tokens ?? values.chunks), maxChunks);
  const events = eventsFor(chunks, isMessages, body.stream_options?.include_usage === true);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  const one = { response, events, next: 0, waiting: false };
  response.on('drain', () => (one.waiting = false));
  response.on('close', () => open.delete(one));
  open.add(one);
  if (open.size === 1) setImmediate(turn);
}

function eventsFor(chunks, isMessages, withUsage) {
  const key = `${chunks} ${isMessages} ${withUsage}`;
  let events = prepared.get(key);
  if (events === undefined) {
    const texts = isMessages ? messagesEvents({ chunks }) : streamedEvents({ chunks, withUsage });
    events = texts.map((text) => Buffer.from(text));
    if (prepared.size < 16) prepared.set(key, events);
  }
  return events;
}

/**
 * One event per stream, each in a write of its own, then a new turn of the event loop: a gateway that keeps up gets
 * every event in a read of its own, as from a real model, and the streams cannot run together into a few large reads.
 */
function turn() {
  for (const one of open) {
    if (one.waiting) continue;
    one.waiting = !one.response.write(one.events[one.next]);
    one.next += 1;
    if (one.next === one.events.length) {
      one.response.end();
      open.delete(one);
    }
  }
  if (open.size > 0) setImmediate(turn);
}
