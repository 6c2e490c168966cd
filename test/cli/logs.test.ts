import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDaemon, type TestDaemon } from '../helpers/daemon.ts';

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await startDaemon();
});
afterEach(() => daemon.remove());

describe('llmgw logs', () => {
  it('prints the log for people, or as it is', async () => {
    const shown = await daemon.home.run(['logs']);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d info {2}starting version=/);
    expect(shown.stdout).toMatch(/ info {2}listening host=127\.0\.0\.1 port=\d+/);
    const raw = await daemon.home.run(['logs', '--json']);
    expect(raw.stdout).toBe(daemon.home.read('state/llmgw.log'));
    expect((await daemon.home.run(['logs', '--json', '-n', '1'])).stdout.trim().split('\n')).toHaveLength(1);
    expect((await daemon.home.run(['logs', '-n', '0'])).stdout).toBe('');
  });

  it('-f goes on until Ctrl-C', async () => {
    const following = daemon.home.spawn(['logs', '-f']);
    await following.until(/listening/);
    await daemon.stop();
    await following.until(/ info {2}stopped/);
    following.process.kill('SIGINT');
    const { code, stdout, stderr } = await following.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const raw = daemon.home.read('state/llmgw.log').trim().split('\n');
    expect(stdout.trim().split('\n')).toHaveLength(raw.length);
  });
});
