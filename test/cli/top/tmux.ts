import { execFileSync, spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

/** Whether there is a terminal to test in. */
export const HAS_TMUX = spawnSync('tmux', ['-V']).status === 0;

const LOOK_EVERY_MS = 50;
const LIMIT_MS = 10_000;

/** A real terminal of tmux: keys go in, what is on its screen comes out. */
export interface TmuxTerminal {
  /** Names of keys as tmux has them, or characters. */
  press(...keys: readonly string[]): void;
  screen(): string;
  /** Resolves with the screen that matches; fails with the last one. */
  until(pattern: RegExp): Promise<string>;
  resize(columns: number, rows: number): void;
  /** The process that runs in it. */
  pid(): number;
  close(): void;
}

let count = 0;

/** Runs a command line of the shell in a terminal of its own server, so that none of the person's is touched. */
export function openTerminal(command: string, { columns, rows, env }: TerminalOptions): TmuxTerminal {
  const server = `llmgw-test-${process.pid}-${++count}`;
  const tmux = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-L', server, '-f', '/dev/null', ...args], { env, encoding: 'utf8' });
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), command);
  const screen = (): string => tmux('capture-pane', '-p');
  return {
    screen,
    press: (...keys) => void tmux('send-keys', ...keys),
    resize: (width, height) => void tmux('resize-window', '-x', String(width), '-y', String(height)),
    pid: () => Number(tmux('list-panes', '-F', '#{pane_pid}')),
    close: () => void spawnSync('tmux', ['-L', server, 'kill-server']),
    until: async (pattern) => {
      const limit = Date.now() + LIMIT_MS;
      for (;;) {
        const seen = screen();
        if (pattern.test(seen)) return seen;
        if (Date.now() > limit) throw new Error(`${String(pattern)} did not come:\n${seen}`);
        // A screen tells nobody that it has changed.
        await wait(LOOK_EVERY_MS);
      }
    },
  };
}

interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env: NodeJS.ProcessEnv;
}
