import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { assemble, type Assembly } from '../../src/daemon/assemble.ts';
import { prepareFolders } from '../../src/daemon/folders.ts';
import { loadKeys } from '../../src/daemon/keys.ts';
import { openLog } from '../../src/daemon/log.ts';
import { readStartSettings } from '../../src/daemon/start-settings.ts';
import { findPlaces, type Places } from '../../src/std/places.ts';

/** Without a space, of which a tokenizer makes its hardest work. */
const SLOW_TEXT = 'ab'.repeat(500_000);

/** A model server that does not say how many tokens it used. */
async function startServerWithoutUsage(): Promise<string> {
  const message = { role: 'assistant', content: SLOW_TEXT };
  const answer = { id: 'x', object: 'chat.completion', model: 'm', choices: [{ index: 0, message }] };
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.method === 'POST' ? answer : { object: 'list', data: [{ id: 'm' }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

function assembleAt(places: Places): Promise<Assembly> {
  const env = { LLMGW_HOME: places.config };
  const start = { port: 0 };
  prepareFolders(places);
  return assemble({
    places,
    env,
    start,
    command: 'llmgw',
    started: readStartSettings(places, env, start),
    keys: loadKeys(places.data),
    log: openLog({ file: join(places.state, 'llmgw.log'), level: 'info' }),
    instanceId: 'one',
    startedAt: new Date(),
    warnings: [],
    onShutdown: () => undefined,
  });
}

it('tokens that are still to be counted do not hold the end up longer than its limit', async () => {
  const places = findPlaces({ LLMGW_HOME: mkdtempSync(join(tmpdir(), 'llmgw-end-')) });
  onTestFinished(() => rmSync(places.config, { recursive: true, force: true }));
  const url = await startServerWithoutUsage();
  const config = `servers: [{name: box, base_url: "${url}"}]\ndiscovery: {enabled: false}\n`;
  writeFileSync(join(places.config, 'config.yaml'), config);
  const assembly = await assembleAt(places);
  const calls = Array.from({ length: 8 }, async () => {
    const answer = await fetch(`http://127.0.0.1:${assembly.address.port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${loadKeys(places.data).clientKey.secret.reveal()}` },
      body: JSON.stringify({ model: 'box/m', messages: [{ role: 'user', content: SLOW_TEXT }] }),
    });
    return (await answer.text()).length;
  });
  for (const length of await Promise.all(calls)) expect(length).toBeGreaterThan(SLOW_TEXT.length);
  expect(assembly.inFlight()).toBeGreaterThan(0);
  const startedAt = performance.now();
  await assembly.close(300);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  const rows = new Database(join(places.data, 'ledger.sqlite'), { readonly: true });
  onTestFinished(() => void rows.close());
  expect(rows.prepare("SELECT count(*) FROM attempts WHERE outcome = 'answered'").pluck().get()).toBe(8);
});
