import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { makeHome, startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { startFakeUpstream } from '../helpers/fake-upstream.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

/** Passes a request on to a server after a while, as one that is busy. */
async function slowly(target: { readonly port: number }, delayMs: number): Promise<string> {
  const server = http.createServer((request, response) => {
    setTimeout(() => {
      const { url, method, headers } = request;
      const onward = http.request({ port: target.port, host: '127.0.0.1', path: url, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    }, delayMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('waits for a server that answers late before it chooses a profile that costs money', async () => {
  const box = await startFakeUpstream({ models: ['tiny:latest'] });
  cleanUp.push(() => box.close());
  // Longer than a start that has chosen already holds requests back.
  const origin = await slowly(box, 1_700);
  const home = makeHome({
    config: `discovery: {enabled: false}\nservers: [{name: box, base_url: "${origin}/v1", kind: vllm}]\n`,
    env: { OPENAI_API_KEY: 'sk-fake-0123456789abcdef' },
  });
  const daemon: TestDaemon = await startDaemon({ home, profile: null });
  cleanUp.push(() => daemon.remove());
  expect(daemon.program.stdout()).toMatch(/Profile +dev \(a local chat model was found\)/);
});
