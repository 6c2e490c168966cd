import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import Database from 'better-sqlite3';
import type { ModelsDocument, ScanDocument, StatusDocument } from '../../src/daemon/status.ts';
import { makeHome, startDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { startFakeOpenAi, type FakeOpenAi } from '../helpers/fake-openai.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

async function fake(hold: boolean): Promise<FakeOpenAi> {
  const server = await startFakeOpenAi({ hold });
  cleanUp.push(() => server.close());
  return server;
}

async function daemonBefore(server: FakeOpenAi): Promise<TestDaemon> {
  const config = `servers: [{name: box, base_url: "${server.url}/v1"}]\ndiscovery: {enabled: false}\n`;
  const daemon = await startDaemon({ config });
  cleanUp.push(() => daemon.remove());
  return daemon;
}

function chat(daemon: TestDaemon, model: string): Promise<Response> {
  return fetch(`${daemon.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello?' }] }),
  });
}

function outcomes(daemon: TestDaemon): unknown[] {
  const database = new Database(join(daemon.home.folder, 'data', 'ledger.sqlite'), { readonly: true });
  try {
    return database.prepare('SELECT outcome FROM attempts ORDER BY exchange_id').pluck().all();
  } finally {
    database.close();
  }
}

describe('the end of the daemon', () => {
  it('lets requests in flight finish, and books them', async () => {
    const server = await fake(true);
    const daemon = await daemonBefore(server);
    const answers = [chat(daemon, 'fake-model'), chat(daemon, 'fake-model')];
    await server.called(2);
    daemon.program.process.kill('SIGTERM');
    await daemon.program.until(/Waiting for 2 requests in flight/);
    expect((await daemon.home.run(['status'])).code).not.toBe(0);
    server.release();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    const finished = await daemon.program.finished;
    expect(finished).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(finished.stdout).toMatch(/llmgw has stopped\.\n$/);
    expect(outcomes(daemon)).toEqual(['answered', 'answered']);
  });

  it('stop waits for requests in flight', async () => {
    const server = await fake(true);
    const daemon = await daemonBefore(server);
    const answer = chat(daemon, 'fake-model');
    await server.called(1);
    const stop = daemon.home.spawn(['stop']);
    await stop.until(/Waiting for 1 request in flight/);
    server.release();
    expect((await answer).status).toBe(200);
    const { code, stdout } = await stop.finished;
    expect(code).toBe(0);
    expect(stdout).toContain(`llmgw (process ${daemon.pid}) has stopped`);
    expect((await daemon.program.finished).code).toBe(0);
  });

  it('comes at once at a second Ctrl-C', async () => {
    const server = await fake(true);
    const daemon = await daemonBefore(server);
    const answer = chat(daemon, 'fake-model').catch((error: unknown) => error);
    await server.called(1);
    daemon.program.process.kill('SIGINT');
    await daemon.program.until(/Waiting for 1 request/);
    // One key press may arrive twice; a person needs longer than that for two.
    await new Promise((resolve) => setTimeout(resolve, 400));
    daemon.program.process.kill('SIGINT');
    expect((await daemon.program.finished).code).toBe(130);
    expect(await answer).toBeInstanceOf(Error);
    const next = await startDaemon({ home: daemon.home });
    expect(await next.manage('/llmgw/status')).toMatchObject({ ledger: { abandoned_at_start: 1 } });
    await next.stop();
    expect(outcomes(daemon)).toEqual(['abandoned']);
  });

  it('leaves nothing behind that the next start stumbles over', async () => {
    const first = await startDaemon();
    cleanUp.push(() => first.remove());
    expect(await first.stop()).toMatchObject({ code: 0, stderr: '' });
    expect(
      readdirSync(join(first.home.folder, 'state')).filter((name) => !/^(daemon\.lock|llmgw\.log)/.test(name)),
    ).toEqual([]);
    const second = await startDaemon({ home: first.home });
    expect(second.key).toBe(first.key);
    expect(second.adminToken).toBe(first.adminToken);
    await second.stop();
  });
});

describe('what it tells', () => {
  it('servers, models and what to try', async () => {
    const server = await fake(false);
    const daemon = await daemonBefore(server);
    const status = (await daemon.manage('/llmgw/status')) as StatusDocument;
    expect(status).toMatchObject({
      try_model: 'fake-model',
      in_flight: 0,
      servers: [{ name: 'box', state: 'ready', from_config: true }],
    });
    expect(status.servers[0]?.models.map(({ id }) => id)).toEqual(['fake-model']);
    const models = (await daemon.manage('/llmgw/models')) as ModelsDocument;
    expect(models.models).toMatchObject([{ name: 'fake-model', group: 'local', targets: ['box/fake-model'] }]);
    const scan = (await daemon.manage('/llmgw/scan', 'POST')) as ScanDocument;
    expect(scan.servers).toEqual(status.servers);
    expect((await daemon.home.run(['scan'])).stdout).toContain('box');
    expect((await daemon.home.run(['models'])).stdout).toContain('fake-model');
    expect((await daemon.home.run(['status'])).stdout).toMatch(/^Address +http/);
  });

  it('nothing of it without the admin token', async () => {
    const daemon = await startDaemon();
    cleanUp.push(() => daemon.remove());
    for (const token of [daemon.key, 'llmgw-admin-wrong']) {
      const answer = await fetch(`${daemon.url}/llmgw/status`, { headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(401);
    }
  });

  it('profiles, and why this one', async () => {
    const home = makeHome({ config: 'profiles: {work: {models: {fast: demo/echo}}}\ndiscovery: {enabled: false}\n' });
    cleanUp.push(() => home.remove());
    const daemon = await startDaemon({ home, args: ['--profile', 'work', '--demo'] });
    expect(daemon.program.stdout()).toMatch(/Profile +work \(chosen by --profile\)/);
    expect(await (await chat(daemon, 'fast')).json()).toMatchObject({ object: 'chat.completion' });
    await daemon.stop();
  });
});

describe('secrets', () => {
  it('are in no file but their own, and in nothing that is printed', async () => {
    const secret = 'sk-proj-planted0123456789abcdef';
    const home = makeHome({
      config:
        'discovery: {enabled: false}\n' +
        'providers:\n' +
        '  corp: {dialect: openai-chat, base_url: "http://127.0.0.1:9/v1", api_key: "${CORP_KEY}", models: [big]}\n',
      env: { CORP_KEY: 'an-odd-shaped-secret', OPENAI_API_KEY: secret, OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' },
    });
    cleanUp.push(() => home.remove());
    const daemon = await startDaemon({ home });
    await chat(daemon, 'corp/big');
    await chat(daemon, 'openai/gpt-4o');
    const printed = await Promise.all([
      home.run(['status']),
      home.run(['status', '--json']),
      home.run(['models']),
      home.run(['logs']),
    ]);
    await daemon.stop();
    const files = readdirSync(home.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !['client-key', 'admin-token'].includes(entry.name))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    const everything = [
      daemon.program.stdout(),
      daemon.program.stderr(),
      ...files,
      ...printed.flatMap(({ stdout, stderr }) => [stdout, stderr]),
    ];
    for (const text of everything) {
      for (const planted of [secret, 'an-odd-shaped-secret', daemon.key, daemon.adminToken])
        expect(text).not.toContain(planted);
    }
    expect(printed[0].stdout).toContain('OPENAI_API_KEY');
  });
});
