import http from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StatusDocument } from '../../src/daemon/status.ts';
import { beginEvents, chatEvents, eventText } from '../helpers/fake-answers.ts';
import type { FakeCall } from '../helpers/fake-upstream.ts';
import { eventually, exchangeIdOf, only, setStage, type Stage } from './stage.ts';

const MEGABYTE = 1024 * 1024;
const OFFERED_BYTES = 200 * MEGABYTE;
/** What the buffers of two connections, the kernel's and Node's, may hold between upstream and client. */
const BUFFERED_BYTES = 40 * MEGABYTE;
/** The memory of a daemon that held the stream would grow by all of it. */
const GROWTH_BYTES = 80 * MEGABYTE;

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

/** Sends as fast as it is let, and knows how much was taken from it. */
class Flood {
  sentBytes = 0;
  blocked = false;

  play(response: http.ServerResponse, call: FakeCall): void {
    beginEvents(response);
    const [, piece] = chatEvents(call) as [unknown, { choices: [{ delta: { content: string } }] }];
    piece.choices[0].delta.content = 'x'.repeat(64 * 1024);
    const event = Buffer.from(eventText(piece));
    const pump = (): void => {
      this.blocked = false;
      while (this.sentBytes < OFFERED_BYTES) {
        this.sentBytes += event.length;
        if (response.write(event)) continue;
        this.blocked = true;
        response.once('drain', pump);
        return;
      }
      for (const last of [...chatEvents(call).slice(-2), '[DONE]']) response.write(eventText(last));
      response.end();
    };
    pump();
  }
}

async function memoryBytes(): Promise<number> {
  return ((await stage.daemon.manage('/llmgw/status')) as StatusDocument).memory.rss_bytes;
}

it('a client that stops reading stops the upstream, and the memory of the daemon stays bounded', async () => {
  const flood = new Flood();
  stage.openai.play('flood', (response, call) => {
    flood.play(response, call);
  });
  const before = await memoryBytes();
  const request = http.request(`${stage.daemon.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stage.daemon.key}`, 'content-type': 'application/json' },
  });
  request.end(JSON.stringify({ model: 'openai/flood', messages: [], stream: true }));
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  // Nobody reads. The upstream is blocked for good when it was twice, a second apart, at the same byte.
  let sentBefore = -1;
  await eventually('the upstream is held back', async () => {
    const sent = flood.sentBytes;
    const isStill = flood.blocked && sent === sentBefore;
    sentBefore = sent;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return isStill && flood.sentBytes === sent ? true : null;
  });
  expect(flood.sentBytes).toBeLessThan(BUFFERED_BYTES);
  expect((await memoryBytes()) - before).toBeLessThan(GROWTH_BYTES);

  // Whoever reads on gets all of it.
  let receivedBytes = 0;
  let end = '';
  answer.on('data', (chunk: Buffer) => {
    receivedBytes += chunk.length;
    end = (end + chunk.subarray(-300).toString('latin1')).slice(-300);
  });
  await once(answer, 'end');
  expect(flood.sentBytes).toBeGreaterThanOrEqual(OFFERED_BYTES);
  expect(receivedBytes).toBeGreaterThanOrEqual(flood.sentBytes);
  expect(end).toMatch(/"finish_reason":"stop"[^\n]*\n\ndata: \[DONE\]\n\n$/);
  expect((await memoryBytes()) - before).toBeLessThan(GROWTH_BYTES);
  const headers = new Headers({ 'x-llmgw-request-id': String(answer.headers['x-llmgw-request-id']) });
  expect(only(await stage.rows(exchangeIdOf(headers)))).toMatchObject({ outcome: 'answered', input_tokens: 1117 });
}, 60_000);
