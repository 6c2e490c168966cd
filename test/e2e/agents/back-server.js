import { createServer } from 'node:http';
import { answerTo } from './model.js';
import { Refusal } from './backs/refuse.js';

/**
 * A provider on loopback that plays the scripted model; `calls` are what arrived: `{url, body, asked | refused}`.
 * `passes`: the agent speaks its dialect, so that its mistakes are its own.
 */
export async function startBack(back, { passes }) {
  const calls = [];
  const server = createServer((request, response) => {
    receive(request)
      .then((text) => reply(response, text, request))
      .catch((error) => response.destroy(error));
  });

  function reply(response, text, { url, method, headers }) {
    if (method !== 'POST') return sendJson(response, 404, { error: { message: `no such address: ${url}` } });
    const call = { url, body: JSON.parse(text), headers, passes };
    calls.push(call);
    try {
      call.asked = back.read(call);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      call.refused = error.message;
      return sendJson(response, 400, { error: { message: error.message, type: 'invalid_request_error', code: 400 } });
    }
    const said = call.asked.counts ? null : answerTo(call.asked);
    const { json, events } = back.answer(said ?? {}, call.asked, calls.length);
    if (json !== undefined) return sendJson(response, 200, json);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events) response.write(event);
    return response.end();
  }

  return { calls, ...(await listening(server)) };
}

/**
 * Stands between an agent and the gateway. Bytes go through as they are. `exchanges`: what both said, each as
 * `{method, url, headers, body, status, dropped, answer}`.
 */
export async function startRecorder(gatewayUrl) {
  const exchanges = [];
  const server = createServer((request, response) => {
    receive(request)
      .then((text) => forward(response, text, request))
      .catch((error) => response.destroy(error));
  });

  async function forward(response, body, { method, url, headers }) {
    const exchange = { method, url, headers, body, status: null, dropped: null, answer: '' };
    exchanges.push(exchange);
    const { host, connection, 'content-length': length, 'transfer-encoding': encoding, ...kept } = headers;
    void [host, connection, length, encoding];
    const stop = new AbortController();
    response.once('close', () => stop.abort());
    const sent = method === 'GET' || method === 'HEAD' ? {} : { body };
    const answer = await fetch(`${gatewayUrl}${url}`, { method, headers: kept, ...sent, signal: stop.signal });
    exchange.status = answer.status;
    exchange.dropped = answer.headers.get('x-llmgw-dropped');
    // `fetch` has taken the encoding off.
    const answerHeaders = [...answer.headers].filter(([name]) => name !== 'content-encoding');
    response.writeHead(answer.status, Object.fromEntries(answerHeaders));
    const decoder = new TextDecoder();
    for await (const bytes of answer.body ?? []) {
      exchange.answer += decoder.decode(bytes, { stream: true });
      response.write(bytes);
    }
    response.end();
  }

  return { exchanges, ...(await listening(server)) };
}

async function listening(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

async function receive(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
