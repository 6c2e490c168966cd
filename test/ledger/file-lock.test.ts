import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireDaemonLock } from '../../src/ledger/file-lock.ts';
import { temporaryFolder } from './attempts.ts';
import { ended, nextMessage, startChild } from './children.ts';

describe('the lock of the daemon', () => {
  it('is held by one at a time, and can be taken again once it is released', () => {
    const path = join(temporaryFolder(), 'state', 'daemon.lock');
    const lock = acquireDaemonLock(path);
    expect(lock).not.toBeNull();
    expect(acquireDaemonLock(path)).toBeNull();
    lock?.release();
    lock?.release();
    const again = acquireDaemonLock(path);
    expect(again).not.toBeNull();
    again?.release();
  });

  it('is free at once when its holder is killed', async () => {
    const path = join(temporaryFolder(), 'daemon.lock');
    const child = await startChild('lock-child.ts', [path]);
    expect(await nextMessage(child)).toBe(true);
    expect(acquireDaemonLock(path)).toBeNull();
    child.kill('SIGKILL');
    await ended(child);
    const lock = acquireDaemonLock(path);
    expect(lock).not.toBeNull();
    lock?.release();
  });

  it('is not lost by asking for it twice in the process that has it', async () => {
    const path = join(temporaryFolder(), 'daemon.lock');
    const lock = acquireDaemonLock(path);
    expect(acquireDaemonLock(path)).toBeNull();
    const child = await startChild('lock-child.ts', [path]);
    expect(await nextMessage(child)).toBe(false);
    lock?.release();
  });

  it('does not mind what was written into its file', () => {
    const path = join(temporaryFolder(), 'daemon.lock');
    writeFileSync(path, '12345\n'.repeat(100));
    const lock = acquireDaemonLock(path);
    expect(lock).not.toBeNull();
    lock?.release();
  });

  it.runIf(process.platform !== 'win32')("is its owner's alone", () => {
    const path = join(temporaryFolder(), 'daemon.lock');
    const lock = acquireDaemonLock(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    lock?.release();
  });
});
