import http from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** Sends a request as it is told, with headers that `fetch` would not: Host, Origin, Content-Length. */
export function ask(url: string, request: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { method = 'POST', path = '/v1/chat/completions', headers = {}, body } = request;
    const sent = http.request(new URL(path, url), { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** The `error` of an answer in OpenAI's shape; fails when it is not in it. */
export function errorOf(answer: RawAnswer): { message: string; type: string; param: string | null; code: string } {
  const { error, ...rest } = JSON.parse(answer.text) as { error: Record<string, unknown> };
  const names = Object.keys(error).toSorted().join();
  if (Object.keys(rest).length > 0 || names !== 'code,message,param,type') throw new Error(answer.text);
  return error as { message: string; type: string; param: string | null; code: string };
}
