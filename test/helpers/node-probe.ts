import http from 'node:http';
import https from 'node:https';
import type { Probe, ProbeAnswer, ProbeFailure, ProbeRequest } from '../../src/canonical/probe.ts';

/** A probe on Node's own client, for tests of rooms that are handed one: new connection each time, no redirects. */
export const nodeProbe: Probe = (asked) =>
  new Promise((resolve) => {
    const client = asked.url.startsWith('https:') ? https : http;
    const request = client.request(asked.url, {
      method: asked.method ?? 'GET',
      headers: asked.headers ?? {},
      agent: false,
      rejectUnauthorized: asked.insecureTls !== true,
    });
    const end = (result: ProbeAnswer | ProbeFailure): void => {
      clearTimeout(timer);
      asked.signal?.removeEventListener('abort', onAbort);
      resolve(result);
      request.destroy();
    };
    const onAbort = (): void => end('aborted');
    const timer = setTimeout(() => end('timeout'), asked.connectTimeoutMs + asked.answerTimeoutMs);
    if (asked.signal?.aborted === true) {
      end('aborted');
      return;
    }
    asked.signal?.addEventListener('abort', onAbort, { once: true });
    request.on('error', (error: NodeJS.ErrnoException) => end(failureOf(error)));
    request.on('response', (response) => readAnswer(response, asked, end));
    request.end(asked.body);
  });

function readAnswer(
  response: http.IncomingMessage,
  asked: ProbeRequest,
  end: (result: ProbeAnswer | ProbeFailure) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > asked.maxBytes) end('too_large');
    else chunks.push(chunk);
  });
  response.on('error', () => end('unreachable'));
  response.on('end', () => {
    const headers = Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
    end({ status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString('utf8') });
  });
}

function failureOf(error: NodeJS.ErrnoException): ProbeFailure {
  const code = error.code ?? '';
  if (code === 'ECONNREFUSED') return 'refused';
  if (code.startsWith('HPE_')) return 'not_http';
  return /CERT|TLS|SSL|SELF_SIGNED/.test(code) ? 'tls' : 'unreachable';
}
