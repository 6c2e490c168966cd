import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/problem.ts';
import { findDaemon } from '../../src/daemon/client.ts';
import {
  readDaemonFile,
  removeDaemonFile,
  writeDaemonFile,
  type DaemonDescription,
} from '../../src/daemon/daemon-file.ts';
import { loadKeys } from '../../src/daemon/keys.ts';
import { asProblem } from '../../src/daemon/known-problems.ts';
import { lockFile } from '../../src/daemon/log-file.ts';
import { Problem } from '../../src/daemon/problem.ts';
import { processRuns, waitForEnd } from '../../src/daemon/processes.ts';
import { acquireDaemonLock } from '../../src/ledger/file-lock.ts';
import { LedgerTooNewError, NativeBindingMissingError } from '../../src/ledger/ledger-errors.ts';
import { findPlaces, type Places } from '../../src/std/places.ts';

let places: Places;
beforeEach(() => {
  places = findPlaces({ LLMGW_HOME: mkdtempSync(join(tmpdir(), 'llmgw-problems-')) });
  mkdirSync(places.state, { recursive: true });
});
afterEach(() => rmSync(places.config, { recursive: true, force: true }));

function description(changes: Partial<DaemonDescription> = {}): DaemonDescription {
  return {
    pid: process.pid,
    host: '127.0.0.1',
    port: 9,
    version: '0.1.0',
    startedAt: '2026-11-20T10:00:00.000Z',
    instanceId: 'one',
    command: 'llmgw',
    options: {},
    ...changes,
  };
}

describe('known problems', () => {
  it('are sentences without a stack; the rest is a bug', () => {
    const native = asProblem(new NativeBindingMissingError('/somewhere', new Error('no binding')));
    expect(native).toMatchObject({ kind: 'files' });
    expect(native?.message).toMatch(
      /^The compiled part of better-sqlite3 .*`npm rebuild better-sqlite3` in \/somewhere\.$/,
    );
    expect(asProblem(new LedgerTooNewError('/x/ledger.sqlite', 9, 1))).toMatchObject({ kind: 'files' });
    const config = new ConfigError([{ file: 'config.yaml', line: 2, column: 3, path: 'servers', message: 'is wrong' }]);
    expect(asProblem(config)).toMatchObject({
      kind: 'config',
      message: expect.stringContaining('config.yaml:2:3: servers: is wrong') as string,
    });
    expect(asProblem(new Problem('address', 'x'))).toMatchObject({ kind: 'address', message: 'x' });
    expect(asProblem(Object.assign(new Error('denied'), { code: 'EACCES', path: '/root/x' }))).toMatchObject({
      kind: 'files',
    });
    expect(asProblem(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))).toBeNull();
    expect(asProblem(new TypeError('x is not a function'))).toBeNull();
    expect(asProblem('text')).toBeNull();
  });
});

describe('the description of the daemon', () => {
  it('is read as it was written', () => {
    const written = description({ options: { port: 4001, demo: true, profile: 'work' } });
    writeDaemonFile(places, written);
    expect(readDaemonFile(places)).toEqual(written);
  });

  it.each(['', '{', 'null', '[]', '{"pid":1}', '{"pid":"1","port":2}'])('counts as none when it is %j', (text) => {
    writeFileSync(join(places.state, 'daemon.json'), text);
    expect(readDaemonFile(places)).toBeNull();
  });

  it('is removed by the daemon that it describes, not by one that has been followed by another', () => {
    writeDaemonFile(places, description({ instanceId: 'two' }));
    removeDaemonFile(places, 'one');
    expect(readDaemonFile(places)?.instanceId).toBe('two');
    removeDaemonFile(places, 'two');
    expect(readDaemonFile(places)).toBeNull();
    removeDaemonFile(places, 'two');
  });
});

describe('finding the daemon', () => {
  it('tells one that is not there from one that does not answer', async () => {
    expect(await findDaemon(places)).toEqual({ state: 'stopped' });
    loadKeys(places.data);
    const ended = spawn(process.execPath, ['-e', '']);
    await once(ended, 'exit');
    writeDaemonFile(places, description({ pid: ended.pid ?? 0 }));
    expect(await findDaemon(places)).toEqual({ state: 'stopped' });
    // After a crash another program may have got the process id: it does not hold the lock.
    writeDaemonFile(places, description());
    expect(await findDaemon(places)).toEqual({ state: 'stopped' });
    const lock = acquireDaemonLock(lockFile(places));
    const found = await findDaemon(places);
    lock?.release();
    expect(found).toMatchObject({
      state: 'silent',
      problem: { message: 'The daemon at http://127.0.0.1:9 refuses the connection.' },
    });
  });
});

describe('processes', () => {
  it('run until they have ended', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    expect(processRuns(pid)).toBe(true);
    expect(await waitForEnd(pid, 30)).toBe(false);
    child.stdin.end();
    expect(await waitForEnd(pid, 10_000)).toBe(true);
    expect(processRuns(pid)).toBe(false);
    expect(processRuns(process.pid)).toBe(true);
  });
});
