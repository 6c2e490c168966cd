import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDaemon } from '../../src/daemon/client.ts';
import { daemonFile, readDaemonFile, writeDaemonFile } from '../../src/daemon/daemon-file.ts';
import { loadKeys } from '../../src/daemon/keys.ts';
import { lockFile } from '../../src/daemon/log-file.ts';
import { Problem } from '../../src/daemon/problem.ts';
import { processRuns } from '../../src/daemon/processes.ts';
import { runDaemon } from '../../src/daemon/run.ts';
import { stopDaemon } from '../../src/daemon/stop.ts';
import { acquireDaemonLock } from '../../src/ledger/file-lock.ts';
import { findPlaces, type Places } from '../../src/std/places.ts';

let places: Places;
beforeEach(() => {
  places = findPlaces({ LLMGW_HOME: mkdtempSync(join(tmpdir(), 'llmgw-stale-')) });
  mkdirSync(places.state, { recursive: true });
  writeFileSync(join(places.config, 'config.yaml'), 'discovery: {enabled: false}\n');
});
afterEach(() => rmSync(places.config, { recursive: true, force: true }));

function describeDaemon(pid: number): void {
  const options = {};
  const rest = { version: '0.1.0', startedAt: new Date().toISOString(), instanceId: 'one', command: 'llmgw', options };
  writeDaemonFile(places, { pid, host: '127.0.0.1', port: 9, ...rest });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a daemon in this process that looks for nothing. */
function run(port: number): ReturnType<typeof runDaemon> {
  return runDaemon({ places, env: { LLMGW_HOME: places.config }, start: { port }, command: 'llmgw' });
}

describe('a description whose process id another program has got', () => {
  it('is no reason to end that program', async () => {
    loadKeys(places.data);
    const stranger = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(stranger, 'spawn');
    describeDaemon(stranger.pid ?? 0);
    expect(await stopDaemon(places, () => undefined)).toEqual({ kind: 'not_running' });
    expect(processRuns(stranger.pid ?? 0)).toBe(true);
    expect(readDaemonFile(places)).not.toBeNull();
    stranger.stdin.end();
    await once(stranger, 'exit');
  });

  it('counts as stopped also while somebody else looks', async () => {
    loadKeys(places.data);
    describeDaemon(process.pid);
    const lock = acquireDaemonLock(lockFile(places));
    const found = findDaemon(places);
    setTimeout(() => lock?.release(), 10);
    expect(await found).toEqual({ state: 'stopped' });
  });
});

describe('a daemon that starts', () => {
  it('waits for one who only looks whether there is one', async () => {
    const look = acquireDaemonLock(lockFile(places));
    setTimeout(() => look?.release(), 30);
    const daemon = await run(0);
    await daemon.stop();
  });

  it('closes everything when it cannot say where it is', async () => {
    mkdirSync(join(daemonFile(places), 'something'), { recursive: true });
    const port = await freePort();
    await expect(run(port)).rejects.toMatchObject({ code: expect.stringMatching(/EISDIR|ENOTEMPTY|EEXIST/) as string });
    rmSync(daemonFile(places), { recursive: true });
    // The port and the lock are free again.
    const daemon = await run(port);
    expect(await daemon.stop()).toEqual({ cutOff: 0 });
  });
});

it('a description that is a folder is a known problem', async () => {
  mkdirSync(daemonFile(places));
  const failure: unknown = await findDaemon(places).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Problem);
  expect(failure).toMatchObject({
    kind: 'files',
    message: expect.stringContaining('daemon.json is a folder') as string,
  });
});
