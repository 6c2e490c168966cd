import { afterEach, expect, it } from 'vitest';
import { makeHome } from '../helpers/daemon.ts';
import { startFakeUpstream } from '../helpers/fake-upstream.ts';
import { freePort } from '../helpers/upstream-server.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

/** A client that was waiting for the gateway calls in the moment in which it listens. */
it.each([
  ['gpt-4o', '0.00273625', 'a paid model has its price'],
  ['tiny', '0', 'a local model is known already'],
])('the very first request, %s: %s (%s)', async (model, cost) => {
  const fake = await startFakeUpstream({ models: ['tiny:latest'] });
  cleanUp.push(() => fake.close());
  const provider = `openai: {base_url: "${fake.apiBase}", api_key: sk-fake, models: [gpt-4o]}`;
  // Looking for a server takes longer than reading prices, which must not hide behind it.
  const servers = model === 'tiny' ? `[{name: box, base_url: "${fake.apiBase}"}]` : '[]';
  const home = makeHome({
    config: `discovery: {enabled: false}\nproviders: {${provider}}\nservers: ${servers}\n`,
  });
  cleanUp.push(() => home.remove());
  const key = (await home.run(['key', 'show'])).stdout.trim();
  const port = await freePort();
  const program = home.spawn(['start', '--foreground', '--port', String(port)]);
  const answer = await firstAnswer(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [] }),
  });
  expect([answer.status, answer.headers.get('x-llmgw-cost-usd')]).toEqual([200, cost]);
  program.process.kill('SIGINT');
  expect(await program.finished).toMatchObject({ code: 0 });
});

async function firstAnswer(url: string, request: RequestInit): Promise<Response> {
  const until = performance.now() + 10_000;
  for (;;) {
    try {
      return await fetch(url, request);
    } catch (error) {
      // Nobody listens yet.
      if (performance.now() > until) throw error;
    }
  }
}
