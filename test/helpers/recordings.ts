import { readFileSync } from 'node:fs';

/** The real servers whose answers are recorded in test/fixtures/real-servers. */
export const RECORDED_SERVERS = [
  'llama-cpp-python',
  'llama.cpp',
  'ollama-0.24.0',
  'ollama-0.34.0',
  'transformers',
  'vllm',
] as const;

export type RecordedServer = (typeof RECORDED_SERVERS)[number];

export interface Recording {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** One recorded answer: after the request (lines with `> `) come the status line, the headers and the body. */
export function recording(server: RecordedServer, name: string): Recording {
  const path = new URL(`../fixtures/real-servers/${server}/${name}.txt`, import.meta.url);
  const answer = readFileSync(path, 'utf8').replace(/^(?:> .*\n)+/, '');
  const split = answer.indexOf('\n\n');
  const [statusLine = '', ...headerLines] = answer.slice(0, split).split('\n');
  const headers = headerLines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const body = answer.slice(split + 2).replace(/\n$/, '');
  return { status: Number(statusLine.split(' ')[1]), headers: Object.fromEntries(headers), body: Buffer.from(body) };
}

/** The bytes of a recorded stream. The line ends behind its last event were cut off when it was recorded. */
export function recordedStream(server: RecordedServer, name: string): Buffer {
  const { body } = recording(server, name);
  if (body.length === 0) return body;
  const lineEnd = body.includes('\r\n') ? '\r\n' : '\n';
  return Buffer.from(body.toString('utf8').trimEnd() + lineEnd + lineEnd);
}
