import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHome, PROGRAM, startDaemon } from '../../helpers/daemon.ts';
import type { TestHome } from '../../helpers/daemon.ts';
import { startFakeDaemon } from './fake-daemon.ts';
import type { FakeDaemon } from './fake-daemon.ts';
import { attempt, exchange, opened, settled, settledExchange, snapshot } from './feed-samples.ts';
import { HAS_TMUX, openTerminal } from './tmux.ts';
import type { TmuxTerminal } from './tmux.ts';

if (!HAS_TMUX) console.log('skipped: tmux is not installed, so there is no terminal to run `llmgw top` in');

let home: TestHome;
let daemon: FakeDaemon | null = null;
let terminal: TmuxTerminal | null = null;

beforeEach(() => {
  home = makeHome();
});

afterEach(async () => {
  terminal?.close();
  await daemon?.close();
  await home.remove();
  [terminal, daemon] = [null, null];
});

function open(columns: number, rows: number, command = `node ${PROGRAM} top`): TmuxTerminal {
  const env = { ...home.env, LANG: 'C.UTF-8', TERM: 'xterm-256color', SHELL: '/bin/sh' };
  const run = `echo before; ${command}; echo "ended with $?"; stty -a | grep -o -- '-*icanon'; exec cat`;
  terminal = openTerminal(run, { columns, rows, env });
  return terminal;
}

async function daemonHere(): Promise<FakeDaemon> {
  daemon = await startFakeDaemon({ home: home.folder, snapshot: () => snapshot({ at: Date.now() }) });
  return daemon;
}

/** Two in flight and two that have ended, opened now. */
function sendSome(to: FakeDaemon): void {
  const now = Date.now();
  const mine = { opened_at: now, attempts: [attempt({ opened_at: now })] };
  to.send(opened(exchange('first', mine)));
  to.send(opened(exchange('second', { ...mine, requested_model: 'claude-sonnet-4-5' })));
  to.send(settled(settledExchange('third', { opened_at: now - 3000, settled_at: now })));
  to.send(
    settled(
      settledExchange('fourth', {
        opened_at: now - 2000,
        settled_at: now,
        outcome: 'failed',
        status: 503,
        error_code: 'upstream_overloaded',
      }),
    ),
  );
}

describe.skipIf(!HAS_TMUX)('llmgw top in a terminal', () => {
  it.each([
    [80, 24],
    [160, 50],
  ])('shows, goes through and leaves everything at %i×%i', async (columns, rows) => {
    const fake = await daemonHere();
    const on = open(columns, rows);
    await on.until(/● connected/);
    sendSome(fake);
    const live = await on.until(/✗ 503/);
    expect(live).toMatch(/IN FLIGHT 2[^]*gpt-4o +(→ )?ollama\/qwen3:32b[^]*ENDED 2/);
    expect(live.trimEnd().split('\n')).toHaveLength(rows);
    on.press('j', 'j', 'Enter');
    await on.until(/EXCHANGE second[^]*Asked for +claude-sonnet-4-5/);
    on.press('Escape');
    await on.until(/▸ ○ wait claude/);
    on.press('/', '5', '0', '3', 'Enter');
    await on.until(/Nothing matches[^]*ENDED 1/);
    on.press('Escape');
    await on.until(/ENDED 2/);
    on.press('2');
    await on.until(/SPENT +TODAY/);
    on.press('3');
    await on.until(/\[3 Models\]/);
    on.press('Tab');
    await on.until(/CREDENTIALS/);
    on.press('?');
    await on.until(/KEYS[^]*quit; the daemon goes on/);
    on.press('?');
    on.press('q');
    const left = await on.until(/ended with 0/);
    expect(left).toMatch(/^before\n+ended with 0\nicanon/);
    expect(fake.asked).not.toContain('POST /llmgw/shutdown');
  });

  it('switches the profile of the daemon', async () => {
    const fake = await daemonHere();
    const on = open(80, 24);
    await on.until(/profile dev/);
    on.press('p');
    await on.until(/PROFILES 2/);
    on.press('j', 'Enter');
    const seen = await on.until(/profile prod +cap \$12\.40 of \$50\/month/);
    expect(fake.asked).toContain('POST /llmgw/profiles/prod/use');
    expect(seen).toContain('The profile is `prod` now; it was `dev`.');
  });

  it('keeps up with the size of the terminal', async () => {
    const fake = await daemonHere();
    const on = open(160, 50);
    await on.until(/● connected/);
    sendSome(fake);
    await on.until(/TARGET/);
    on.resize(80, 24);
    const small = await on.until(/^(?![^]*TARGET)[^]*ENDED 2[^]*q quit/);
    expect(small.match(/IN FLIGHT/g)).toHaveLength(1);
    expect(small.match(/q quit/g)).toHaveLength(1);
    on.resize(40, 10);
    await on.until(/too small: 40×10/);
    on.resize(200, 60);
    const large = await on.until(/TARGET[^]*q quit/);
    expect(large.match(/IN FLIGHT/g)).toHaveLength(1);
    expect(large).not.toContain('too small');
  });

  it('waits for a daemon, and finds the next one', async () => {
    const on = open(80, 24);
    await on.until(/llmgw is not running\.[^]*top|start/);
    await daemonHere();
    await on.until(/● connected/);
    await daemon?.close();
    await on.until(/○ not running[^]*The daemon is gone since/);
    daemon = await startFakeDaemon({ home: home.folder, snapshot: () => snapshot({ instance_id: 'instance-2' }) });
    await on.until(/● connected[^]*The daemon was restarted/);
  });

  it('lets nothing of a name steer the terminal', async () => {
    const fake = await daemonHere();
    const on = open(80, 24);
    await on.until(/● connected/);
    const evil = '\u001b[2J\u001b]0;owned\u0007\u001b[10;1Hevil\u202e\u009b5m';
    fake.send(opened(exchange('a', { opened_at: Date.now(), requested_model: evil, client: evil })));
    const seen = await on.until(/IN FLIGHT 1/);
    expect(seen.split('\n')[4]).toMatch(/○ wait \[2J\]0;owned/);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('leaves the terminal as it was on %s', async (signal, code) => {
    await daemonHere();
    const pidFile = join(home.folder, 'pid');
    const on = open(80, 24, `sh -c 'echo $$ > ${pidFile}; exec node ${PROGRAM} top'`);
    await on.until(/● connected/);
    process.kill(Number(readFileSync(pidFile, 'utf8')), signal);
    const left = await on.until(/ended with \d+[^]*icanon/);
    expect(left).toMatch(new RegExp(`^before\\n+ended with ${code}\\nicanon`));
  });
});

describe.skipIf(!HAS_TMUX)('llmgw top in an interactive shell', () => {
  it.each(['Ctrl-Z', 'SIGTSTP'])('gives the terminal back on %s, and takes it again', async (how) => {
    const fake = await daemonHere();
    const pidFile = join(home.folder, 'pid');
    const env = { ...home.env, LANG: 'C.UTF-8', TERM: 'xterm-256color', SHELL: '/bin/sh' };
    // A history would be written while the home is removed.
    terminal = openTerminal("exec env 'PS1=shell> ' HISTFILE= bash --norc --noprofile -i", {
      columns: 80,
      rows: 24,
      env,
    });
    const on = terminal;
    await on.until(/shell>$/m);
    on.press(`sh -c 'echo $$ > ${pidFile}; exec node ${PROGRAM} top'`, 'Enter');
    await on.until(/● connected/);
    for (const round of ['first', 'second']) {
      if (how === 'Ctrl-Z') on.press('C-z');
      else process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTSTP');
      await on.until(/Stopped[^]*shell>$/m);
      on.press(`echo mode: $(stty -a | grep -ow -e '-*icanon' -e '-*echo') ${round}`, 'Enter');
      const given = await on.until(new RegExp(`^mode: .* ${round}$`, 'm'));
      expect(given).toContain(`\nmode: icanon echo ${round}\n`);
      fake.send(opened(exchange(round, { opened_at: Date.now(), requested_model: `model-${round}` })));
      on.press('clear; fg', 'Enter');
      await on.until(new RegExp(`● connected[^]*model-${round}`));
      on.press('2');
      await on.until(/SPENT +TODAY/);
      on.press('1');
      await on.until(/IN FLIGHT/);
    }
    on.press('q');
    await on.until(/shell>$/m);
    on.press('echo ended with $?', 'Enter');
    const left = await on.until(/^ended with 0$/m);
    expect(left).not.toContain('IN FLIGHT');
  });

  it('goes on where no shell could continue it', async () => {
    await daemonHere();
    const on = open(80, 24);
    await on.until(/● connected/);
    on.press('C-z', '2');
    await on.until(/SPENT +TODAY/);
    on.press('q');
    await on.until(/ended with 0/);
  });
});

describe.skipIf(!HAS_TMUX)('llmgw top beside the real daemon', () => {
  it('shows a request to the demo model, its price and its sum, and ends without ending the daemon', async () => {
    const real = await startDaemon({ home, args: ['--demo'] });
    try {
      const on = open(80, 24);
      await on.until(/● connected[^]*Nothing at the moment/);
      const answer = await fetch(`${real.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${real.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'demo/echo',
          stream: true,
          messages: [{ role: 'user', content: 'SECRET WORDS' }],
        }),
      });
      expect(await answer.text()).toContain('[DONE]');
      const live = await on.until(/ENDED 1[^]*✓ 200 +demo\/echo/);
      expect(live).not.toContain('SECRET');
      on.press('Enter');
      const opened = await on.until(/Outcome +answered, status 200[^]*1 +demo\/echo +answered 200/);
      expect(opened).not.toContain('SECRET');
      on.press('Escape', '2');
      await on.until(/SPENT +TODAY.*1 to demo left out/);
      on.press('3');
      await on.until(/demo +demo\/echo +- +\S+\/\S+ +1 /);
      on.press('q');
      await on.until(/ended with 0/);
      expect(await real.manage('/llmgw/status')).toMatchObject({ running: true });
    } finally {
      await real.stop();
    }
  });
});

describe('llmgw top without a terminal', () => {
  it('says what it needs, and what there is instead', async () => {
    const { code, stderr, stdout } = await home.run(['top']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/needs a terminal[^]*top --once[^]*top --json/);
  });

  it.each(['--once', '--json'])('%s needs a daemon', async (option) => {
    const { code, stderr } = await home.run(['top', option]);
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('is not running') as string });
  });

  it('prints one frame, as wide as COLUMNS', async () => {
    daemon = await startFakeDaemon({ home: home.folder, snapshot: () => snapshot({ in_flight: [exchange('a')] }) });
    const { code, stdout, stderr } = await home.run(['top', '--once'], { env: { COLUMNS: '100' } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^ llmgw top {2}● connected {2}profile dev[^]*IN FLIGHT 1[^]*○ wait gpt-4o → ollama\/qwen3:32b/,
    );
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBe(100);
    expect(stdout).not.toContain('\u001b');
  });

  it('streams events as lines of JSON until Ctrl-C', async () => {
    const fake = await daemonHere();
    const program = home.spawn(['top', '--json']);
    await program.until(/snapshot/);
    fake.send(opened(exchange('a')));
    fake.send({ v: 1, at: 1, type: 'moon.risen', phase: 'full' });
    const text = await program.until(/moon\.risen.*\n/);
    program.process.kill('SIGINT');
    expect(await program.finished).toMatchObject({ code: 0, stderr: '' });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ type }) => type)).toEqual(['snapshot', 'exchange.opened', 'moon.risen']);
    expect(lines[2]).toEqual({ v: 1, at: 1, type: 'moon.risen', phase: 'full' });
  });

  it('ends quietly when nobody reads any more', async () => {
    const fake = await daemonHere();
    const program = home.spawn(['top', '--json']);
    await program.until(/snapshot/);
    program.process.stdout?.destroy();
    const sending = setInterval(() => fake.send(opened(exchange('a'))), 20);
    const { code, stderr } = await program.finished;
    clearInterval(sending);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
