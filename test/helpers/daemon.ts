import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program as it is installed; `npm run check` builds it before the tests. */
export const PROGRAM = fileURLToPath(new URL('../../bin/llmgw.js', import.meta.url));

/** No test waits longer for a program to begin or to end. */
const LIMIT_MS = 15_000;

/** Nothing of the machine is found by accident: neither its model servers nor its keys. */
const DEFAULT_CONFIG = 'discovery: {enabled: false}\n';

export interface Finished {
  /** `null`: ended by a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A place of its own for the program's files, and the program run in it. */
export interface TestHome {
  readonly folder: string;
  /** What the program sees: PATH, this place, and what the test adds. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Starts a command and leaves it running. */
  spawn(args: readonly string[], options?: RunOptions): RunningProgram;
  read(name: string): string;
  /** Ends a daemon that is still there, then removes the folder. */
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

export interface RunningProgram {
  readonly process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the whole output when it has matched; fails when the program ends before. */
  until(pattern: RegExp): Promise<string>;
  readonly finished: Promise<Finished>;
}

export interface HomeOptions {
  /** Text of config.yaml. */
  readonly config?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export function makeHome(options: HomeOptions = {}): TestHome {
  const folder = mkdtempSync(join(tmpdir(), 'llmgw-home-'));
  writeFileSync(join(folder, 'config.yaml'), options.config ?? DEFAULT_CONFIG, { mode: 0o600 });
  const env = { ...bareEnvironment(folder), ...options.env };
  const spawnHere = (args: readonly string[], { env: extra, cwd }: RunOptions = {}): RunningProgram =>
    follow(
      spawn(process.execPath, [PROGRAM, ...args], {
        env: { ...env, ...extra },
        cwd: cwd ?? folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  return {
    folder,
    env,
    spawn: spawnHere,
    run: (args, runOptions) => withLimit(spawnHere(args, runOptions), args),
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    remove: async () => {
      await endDaemonOf(folder);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export interface DaemonOptions extends HomeOptions {
  /** A home that is there already, as for a second start. */
  readonly home?: TestHome;
  /** Further arguments of `start`: `['--demo']`. */
  readonly args?: readonly string[];
  /** The profile to start in; `null`: whichever it chooses. Left out: `prod`, in which every name is itself. */
  readonly profile?: string | null;
}

/** The real program in the foreground, as a child process, on a free port. */
export interface TestDaemon {
  readonly home: TestHome;
  /** `http://127.0.0.1:41234`, without `/v1`. */
  readonly url: string;
  /** The client key. */
  readonly key: string;
  readonly adminToken: string;
  readonly pid: number;
  readonly program: RunningProgram;
  /** Asks a management address with the admin token: `/llmgw/status`. */
  manage(path: string, method?: 'GET' | 'POST'): Promise<unknown>;
  /** Ends it as Ctrl-C does and waits for it. The home stays. */
  stop(): Promise<Finished>;
  /** `kill -9`. The home stays. */
  kill(): Promise<void>;
  /** Stops it and removes its home. */
  remove(): Promise<void>;
}

/** Resolves when the daemon has printed its banner: it answers, and has looked for servers once. */
export async function startDaemon(options: DaemonOptions = {}): Promise<TestDaemon> {
  const home = options.home ?? makeHome(options);
  const { args = [], profile = 'prod' } = options;
  const inProfile = profile === null || args.includes('--profile') ? [] : ['--profile', profile];
  const program = home.spawn(['start', '--foreground', '--port', '0', ...inProfile, ...args]);
  const banner = await program.until(/is running at (http:\/\/\S+)[\s\S]*ends it\./);
  const url = /is running at (http:\/\/\S+)/.exec(banner)?.[1] ?? '';
  const adminToken = home.read('data/admin-token').trim();
  const stop = async (): Promise<Finished> => {
    program.process.kill('SIGINT');
    return withLimit(program, ['start']);
  };
  return {
    home,
    url,
    key: home.read('data/client-key').trim(),
    adminToken,
    pid: program.process.pid ?? 0,
    program,
    manage: async (path, method = 'GET'): Promise<unknown> => {
      const answer = await fetch(url + path, { method, headers: { authorization: `Bearer ${adminToken}` } });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      const document: unknown = await answer.json();
      return document;
    },
    stop,
    kill: async () => {
      program.process.kill('SIGKILL');
      await program.finished;
    },
    remove: async () => {
      if (program.process.exitCode === null && program.process.signalCode === null) await stop();
      await home.remove();
    },
  };
}

function bareEnvironment(folder: string): NodeJS.ProcessEnv {
  const kept = ['PATH', 'Path', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'COMSPEC', 'TZ'];
  const entries = kept.map((name) => [name, process.env[name]] as const).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(entries), HOME: folder, USERPROFILE: folder, LLMGW_HOME: folder };
}

function follow(child: ChildProcess): RunningProgram {
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  const heard = (): void => watchers.forEach((watch) => watch());
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    heard();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard();
  });
  const finished = once(child, 'close').then(([code, signal]): Finished => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
  }));
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const give = (settle: () => void): void => {
        clearTimeout(limit);
        watchers.delete(look);
        settle();
      };
      const look = (): void => {
        if (pattern.test(stdout)) give(() => resolve(stdout));
      };
      const fail = (why: string) => (): void =>
        give(() => reject(new Error(`${why} before ${String(pattern)}:\n${stdout}\n${stderr}`)));
      const limit = setTimeout(fail('the time was up'), LIMIT_MS);
      watchers.add(look);
      void finished.then(fail('the program ended'));
      look();
    });
  return { process: child, stdout: () => stdout, stderr: () => stderr, until, finished };
}

async function withLimit(program: RunningProgram, args: readonly string[]): Promise<Finished> {
  const limit = setTimeout(() => program.process.kill('SIGKILL'), LIMIT_MS);
  const finished = await program.finished;
  clearTimeout(limit);
  if (finished.signal === 'SIGKILL')
    throw new Error(`llmgw ${args.join(' ')} did not end:\n${finished.stdout}\n${finished.stderr}`);
  return finished;
}

/** A daemon that was started as a process of its own is known by its file only. */
async function endDaemonOf(folder: string): Promise<void> {
  const file = join(folder, 'state', 'daemon.json');
  if (!existsSync(file)) return;
  const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  // Its files are free for removal once it is gone; a zombie holds none.
  await new Promise((resolve) => setTimeout(resolve, 50));
}
