import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeDaemonFile, writeDaemonFile } from '../../src/daemon/daemon-file.ts';
import { loadKeys } from '../../src/daemon/keys.ts';
import { lockFile } from '../../src/daemon/log-file.ts';
import { processRuns } from '../../src/daemon/processes.ts';
import type { StatusDocument } from '../../src/daemon/status.ts';
import { acquireDaemonLock } from '../../src/ledger/file-lock.ts';
import { findPlaces } from '../../src/std/places.ts';
import { statusDocument } from '../helpers/status-document.ts';
import { makeHome, type TestHome } from '../helpers/daemon.ts';

let home: TestHome;
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());

async function statusOf(of: TestHome): Promise<StatusDocument> {
  return JSON.parse((await of.run(['status', '--json'])).stdout) as StatusDocument;
}

async function holdPort(
  answer: (path: string) => { body: string; headers?: Record<string, string> },
): Promise<Server & { port: number }> {
  const server = createServer((request, response) => {
    const { body, headers } = answer(request.url ?? '');
    response.writeHead(200, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

describe('start and stop', () => {
  it('starts a process of its own, which answers when start returns and is gone when stop returns', async () => {
    const started = await home.run(['start', '--port', '0']);
    expect(started).toMatchObject({ code: 0, stderr: '' });
    const url = /is running at (http:\/\/127\.0\.0\.1:\d+)/.exec(started.stdout)?.[1] ?? '';
    expect(await (await fetch(`${url}/health/liveliness`)).json()).toBe("I'm alive!");
    const status = await statusOf(home);
    expect(status).toMatchObject({ v: 1, running: true, address: url, profile: { name: 'prod' }, demo: false });
    expect(processRuns(status.pid)).toBe(true);

    const stopped = await home.run(['stop']);
    expect(stopped).toMatchObject({ code: 0, stderr: '' });
    expect(stopped.stdout).toMatch(
      new RegExp(`^llmgw \\(process ${status.pid}\\) has stopped( after \\d+\\.\\d s)?\\.\\n$`),
    );
    expect(processRuns(status.pid)).toBe(false);
    expect(existsSync(join(home.folder, 'state', 'daemon.json'))).toBe(false);
    expect((await home.run(['status'])).code).toBe(3);
  });

  it('keeps its files for their owner alone', async () => {
    await home.run(['start', '--port', '0']);
    const mode = (name: string): string => (statSync(join(home.folder, name)).mode & 0o777).toString(8);
    for (const folder of ['data', 'state', 'cache'])
      expect({ folder, mode: mode(folder) }).toEqual({ folder, mode: '700' });
    const files = [
      'data/client-key',
      'data/admin-token',
      'data/ledger.sqlite',
      'state/daemon.json',
      'state/daemon.lock',
      'state/llmgw.log',
    ];
    for (const file of files) expect({ file, mode: mode(file) }).toEqual({ file, mode: '600' });
  });

  it('is no error when it runs already, and says what is otherwise than asked for', async () => {
    const first = await home.run(['start', '--port', '0']);
    const { pid, port } = await statusOf(home);
    const again = await home.run(['start', '--port', '0']);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toBe(`llmgw is already running (process ${pid}).\n\n${first.stdout}`);

    const other = await home.run(['start', '--port', '1', '--demo']);
    expect(other.code).toBe(0);
    expect(other.stdout).toContain(`its port is ${port}, not 1; it has no demo model.`);
    expect(other.stdout).toContain('restart`');
    const inForeground = await home.run(['start', '--foreground']);
    expect(inForeground).toMatchObject({ code: 0, stdout: again.stdout });
    expect((await statusOf(home)).pid).toBe(pid);
  });

  it('gives two that start at once one daemon', async () => {
    const both = await Promise.all([home.run(['start', '--port', '0']), home.run(['start', '--port', '0'])]);
    expect(both.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(2).fill({ code: 0, stderr: '' }));
    const { pid } = await statusOf(home);
    const addresses = both.map(({ stdout }) => /is running at (\S+)/.exec(stdout)?.[1]);
    expect(addresses[0]).toBe(addresses[1]);
    expect(
      both.filter(({ stdout }) => stdout.startsWith(`llmgw is already running (process ${pid})`)).length,
    ).toBeLessThanOrEqual(1);
  });

  it('starts over what kill -9 left behind', async () => {
    await home.run(['start', '--port', '0']);
    const killed = await statusOf(home);
    process.kill(killed.pid, 'SIGKILL');
    while (processRuns(killed.pid)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(existsSync(join(home.folder, 'state', 'daemon.json'))).toBe(true);
    expect((await home.run(['status'])).code).toBe(3);
    expect((await home.run(['start', '--port', String(killed.port)])).code).toBe(0);
    const next = await statusOf(home);
    expect(next.pid).not.toBe(killed.pid);
    expect(next.port).toBe(killed.port);
  });

  it('outlives the terminal that it was started from', async (context) => {
    if (process.platform === 'win32') {
      console.log('Windows has no SIGHUP: not tried here');
      context.skip();
    }
    await home.run(['start', '--port', '0']);
    const { pid, in_flight: before } = await statusOf(home);
    process.kill(pid, 'SIGHUP');
    expect(await statusOf(home)).toMatchObject({ pid, in_flight: before });
    process.kill(pid, 'SIGTERM');
    while (processRuns(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(home.read('state/llmgw.log')).toMatch(/"msg":"stopped"}\n$/);
  });

  it('restarts as it was, but for what is said otherwise', async () => {
    await home.run(['start', '--port', '0', '--demo']);
    const before = await statusOf(home);
    const { code, stdout } = await home.run(['restart', '--port', String(before.port)]);
    expect(code).toBe(0);
    expect(stdout).toContain(`llmgw (process ${before.pid}) has stopped`);
    const after = await statusOf(home);
    expect(after).toMatchObject({ port: before.port, demo: true });
    expect(after.instance_id).not.toBe(before.instance_id);
  });

  it('offers a restart when the daemon is of another version', async () => {
    // A daemon of another version is one that says so: this one is the test itself.
    const { adminToken } = loadKeys(join(home.folder, 'data'));
    const document = statusDocument({ version: '9.9.9', pid: process.pid });
    const old = createServer((request, response) => {
      const known = request.headers.authorization === `Bearer ${adminToken.reveal()}`;
      response.writeHead(known ? 200 : 401).end(JSON.stringify(document));
    });
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
    const { port } = old.address() as AddressInfo;
    const places = findPlaces({ LLMGW_HOME: home.folder });
    const startedAt = new Date().toISOString();
    const description = {
      pid: process.pid,
      host: '127.0.0.1',
      port,
      version: '9.9.9',
      startedAt,
      instanceId: 'x',
      command: 'llmgw',
      options: {},
    };
    writeDaemonFile(places, description);
    const lock = acquireDaemonLock(lockFile(places));
    try {
      const status = await home.run(['status']);
      expect(status.code).toBe(0);
      expect(status.stderr).toMatch(
        /the daemon is version 9\.9\.9, this program is \d+\.\d+\.\d+.*: `.* restart` brings it up to date\./,
      );
      const start = await home.run(['start']);
      expect(start.code).toBe(0);
      expect(start.stdout).toMatch(/already running[\s\S]*the daemon is version 9\.9\.9/);
    } finally {
      old.close();
      lock?.release();
      removeDaemonFile(places, 'x');
    }
  });
});

describe('what keeps it from starting', () => {
  it('a busy port: names the process and the way out', async () => {
    const holder = await holdPort(() => ({ body: 'hello' }));
    try {
      for (const args of [['start'], ['start', '--foreground']]) {
        const { code, stdout, stderr } = await home.run([...args, '--port', String(holder.port)]);
        expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
        expect(stderr).toContain(`Port ${holder.port} on 127.0.0.1 is taken by `);
        if (process.platform === 'linux') expect(stderr).toContain(`(process ${process.pid})`);
        expect(stderr).toContain(`--port ${holder.port + 1}`);
        expect(stderr).not.toContain('gateway');
        expect(stderr).not.toMatch(/^ +at /m);
      }
      expect((await home.run(['status'])).code).toBe(3);
    } finally {
      holder.close();
    }
  });

  it('a busy port: says when another gateway has it', async () => {
    const holder = await holdPort((path) => ({ body: path === '/health/liveliness' ? '"I\'m alive!"' : '' }));
    try {
      const { code, stderr } = await home.run(['start', '--port', String(holder.port)]);
      expect(code).toBe(4);
      expect(stderr).toContain('another LLM gateway: LiteLLM');
    } finally {
      holder.close();
    }
  });

  it('a busy port: says when it is an llmgw of another folder', async () => {
    const other = makeHome();
    try {
      await other.run(['start', '--port', '0']);
      const { port } = await statusOf(other);
      const { code, stderr } = await home.run(['start', '--port', String(port)]);
      expect(code).toBe(4);
      expect(stderr).toContain('another LLM gateway: llmgw, of another folder or user');
    } finally {
      await other.remove();
    }
  });

  it.each([
    ['an address of another machine', ['--host', '192.0.2.1'], 4, /no address 192\.0\.2\.1/],
    [
      'an unknown profile',
      ['--profile', 'prdo'],
      5,
      /There is no profile prdo\. Known: dev, prod\..*Did you mean prod\?/,
    ],
    ['a config file that is not there', ['--config', 'nowhere.yaml'], 5, /nowhere\.yaml: there is no such file/],
  ])('%s', async (_what, args, exit, message) => {
    writeFileSync(join(home.folder, 'config.yaml'), 'discovery: {enabled: false}\n');
    const { code, stdout, stderr } = await home.run(['start', '--port', '0', ...args]);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
  });

  it('a mistake in the config, with its place', async () => {
    writeFileSync(join(home.folder, 'config.yaml'), 'discovery:\n  enbled: false\n');
    const { code, stderr } = await home.run(['start', '--port', '0']);
    expect(code).toBe(5);
    expect(stderr).toMatch(/config\.yaml:2:3: .*enabled/);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('no key asked for on an address that others can reach', async () => {
    writeFileSync(join(home.folder, 'config.yaml'), 'server: {auth: open}\ndiscovery: {enabled: false}\n');
    const { code, stderr } = await home.run(['start', '--port', '0', '--host', '0.0.0.0']);
    expect({ code, stderr: /server\.auth: open/.test(stderr) }).toEqual({ code: 5, stderr: true });
  });

  it('a place that is no folder', async () => {
    const { code, stderr } = await home.run(['start', '--port', '0'], {
      env: { LLMGW_HOME: join(home.folder, 'config.yaml') },
    });
    expect(code).toBe(6);
    expect(stderr).toMatch(/config\.yaml.* cannot be used: ENOTDIR/);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('a key file that holds none', async () => {
    await home.run(['key', 'show']);
    writeFileSync(join(home.folder, 'data', 'client-key'), '');
    const { code, stderr } = await home.run(['start', '--port', '0']);
    expect(code).toBe(6);
    expect(stderr).toContain('does not hold a key');
  });
});
