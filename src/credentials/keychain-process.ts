import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { entryUrl } from '../std/entry-url.ts';
import type { KeychainAnswer, KeychainCaller, KeychainQuestion, KeychainReply } from './keychain-messages.ts';
import { findSessionBus, systemSigns } from './surroundings.ts';

/** How long the process stays for a next question. */
const IDLE_MS = 2000;
/** Questions that may wait for their turn. */
const MAX_WAITING = 256;

export interface KeychainProcess extends KeychainCaller {
  /** Ends the process, in the middle of a call if need be. */
  close(): void;
}

/**
 * Asks the keychain through a process of its own (keychain-child.ts says why), which is started at the first question.
 * When a limit passes the process is ended, and only then the next question begins, in a new one.
 */
export function openKeychainProcess(env: NodeJS.ProcessEnv): KeychainProcess {
  return new Caller(env);
}

class Caller implements KeychainProcess {
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: NodeJS.Timeout | undefined;
  readonly #endChild = (): void => this.close();

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  async ask(question: KeychainQuestion, limitMs: number): Promise<KeychainAnswer> {
    if (this.#waiting >= MAX_WAITING) return { kind: 'refused', message: 'too many questions at once' };
    this.#waiting++;
    clearTimeout(this.#idle);
    const turn = this.#last.then(() => this.#askNow(question, limitMs));
    this.#last = turn;
    try {
      return await turn;
    } finally {
      this.#waiting--;
      if (this.#waiting === 0) this.#idle = setTimeout(this.#endChild, IDLE_MS).unref();
    }
  }

  close(): void {
    clearTimeout(this.#idle);
    process.removeListener('exit', this.#endChild);
    const child = this.#child;
    this.#child = null;
    // A call that waits for a person hears no other signal.
    child?.kill('SIGKILL');
  }

  #askNow(question: KeychainQuestion, limitMs: number): Promise<KeychainAnswer> {
    const child = (this.#child ??= this.#start());
    return new Promise((resolve) => {
      const settle = (answer: KeychainAnswer): void => {
        clearTimeout(limit);
        child.removeListener('message', heard);
        child.removeListener('error', failed);
        child.removeListener('exit', ended);
        resolve(answer);
      };
      const heard = (reply: unknown): void => settle(reply as KeychainReply);
      const failed = (error: Error): void => {
        this.close();
        settle({ kind: 'refused', message: `its process could not be asked: ${error.message}` });
      };
      const ended = (): void => {
        this.close();
        settle({ kind: 'refused', message: 'its process ended in the middle of a call' });
      };
      const limit = setTimeout(() => {
        this.close();
        settle({ kind: 'timed_out', limitMs });
      }, limitMs);
      child.on('message', heard);
      child.once('error', failed);
      child.once('exit', ended);
      child.send(question, (error) => {
        if (error !== null) failed(error);
      });
    });
  }

  #start(): ChildProcess {
    // Our own end, by whatever door, must not leave it waiting for a person.
    process.once('exit', this.#endChild);
    const child = spawn(process.execPath, [fileURLToPath(entryUrl('keychain'))], {
      env: keychainEnvironment(this.#env),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      windowsHide: true,
    });
    // It fails the question that is asked; between two questions nobody waits for it.
    child.on('error', () => undefined);
    child.once('exit', () => {
      if (this.#child === child) this.close();
    });
    return child;
  }
}

/** What a keychain needs to find the user and the screen, and nothing else: no key and no password of ours. */
const KEPT = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'XDG_RUNTIME_DIR',
  'XDG_DATA_HOME',
  'XDG_CURRENT_DESKTOP',
  'TMPDIR',
  'SystemRoot',
  'USERPROFILE',
  'USERNAME',
  'APPDATA',
  'LOCALAPPDATA',
  'TEMP',
  'TMP',
];

function keychainEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const name of KEPT) if (env[name] !== undefined) kept[name] = env[name];
  const bus = findSessionBus(systemSigns(env));
  return bus === null ? kept : { ...kept, DBUS_SESSION_BUS_ADDRESS: bus };
}
