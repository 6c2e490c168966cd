import { setTimeout as wait } from 'node:timers/promises';
import { render } from 'ink';
import type { Instance } from 'ink';
import type { DaemonClient } from '../../daemon/client.ts';
import { Problem } from '../../daemon/problem.ts';
import { ledgerPath } from '../../ledger/ledger-path.ts';
import type { Places } from '../../std/places.ts';
import { unreachable } from '../../std/unreachable.ts';
import { findTerminal } from '../render/terminal.ts';
import { App } from './app.tsx';
import type { Follower, Following } from './follow-feed.ts';
import { Frames } from './frames.ts';
import { frameStream, Screen } from './screen.ts';
import { initialState } from './state.ts';
import type { Key, Wish } from './state.ts';
import { Store } from './store.ts';

interface TopOptions {
  readonly places: Places;
  /** How this program is called. */
  readonly command: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/** After events were dropped a fresh snapshot is asked for, but not more often. */
const LEAST_RENEWAL_MS = 5000;
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Shows the screen until somebody quits; resolves with the exit code. The terminal is as before, however it ends. */
export async function runTop(options: TopOptions): Promise<number> {
  const session = new Session(options);
  const restore = (): void => session.restore();
  // An exception that nobody caught prints its stack after this, where it can be read.
  process.once('exit', restore);
  const heard = Object.entries(SIGNALS).map(([signal, code]) => {
    const end = (): void => session.quit(code);
    // Not `once`: a package of ink's ends the process when it finds itself the only one that listens.
    process.on(signal, end);
    return () => process.off(signal, end);
  });
  try {
    return await session.run();
  } finally {
    restore();
    process.off('exit', restore);
    for (const forget of heard) forget();
  }
}

class Session {
  readonly #options: TopOptions;
  readonly #store: Store;
  readonly #screen: Screen;
  readonly #frames: Frames;
  readonly #ending = new AbortController();
  readonly #paint;
  #instance: Instance | null = null;
  #client: DaemonClient | null = null;
  #following: Following | null = null;
  #connectedAt = 0;
  #exitCode = 0;

  constructor(options: TopOptions) {
    this.#options = options;
    const size = sizeOf(options.stdout);
    this.#store = new Store(initialState({ at: Date.now(), command: options.command, ...size }), Date.now);
    this.#screen = new Screen(options.stdout, size);
    this.#frames = new Frames(() => this.#draw());
    this.#paint = findTerminal(options.stdout).paint;
  }

  async run(): Promise<number> {
    const { stdout, places } = this.#options;
    const { signal } = this.#ending;
    this.#screen.enter();
    this.#draw();
    stdout.on('resize', this.#resized);
    process.on('SIGTSTP', this.#suspended);
    process.on('SIGCONT', this.#continued);
    try {
      // What talks to the daemon is loaded while the first frame is already there to be seen.
      const [{ followFeed }, { keepAsking }] = await Promise.all([
        import('./follow-feed.ts'),
        import('./questions.ts'),
      ]);
      this.#following = followFeed(places, this.#follower(), signal);
      const asking = keepAsking(
        {
          store: this.#store,
          client: () => this.#client,
          ledgerPath: ledgerPath(places),
          timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          changed: () => this.#frames.calm(),
        },
        (ms) => paused(ms, signal),
      );
      await Promise.race([this.#quitOrFailed(), this.#following.ended, asking]);
      return this.#exitCode;
    } finally {
      this.#ending.abort();
      this.#frames.stop();
      stdout.off('resize', this.#resized);
      process.off('SIGTSTP', this.#suspended);
      process.off('SIGCONT', this.#continued);
      this.restore();
    }
  }

  quit(exitCode: number): void {
    this.#exitCode = exitCode;
    this.#ending.abort();
  }

  restore(): void {
    const instance = this.#instance;
    this.#instance = null;
    instance?.unmount();
    this.#screen.leave();
  }

  /** Ends with the signal, or with what a component has thrown. */
  async #quitOrFailed(): Promise<void> {
    const { signal } = this.#ending;
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([ended, this.#instance?.waitUntilExit()]);
  }

  #draw(): void {
    const store = this.#store;
    store.catchUp();
    this.#renewWhereIncomplete();
    const app = <App state={store.state} paint={this.#paint} onKey={this.#onKey} />;
    if (this.#instance !== null) {
      this.#instance.rerender(app);
      return;
    }
    const { stdin } = this.#options;
    // Every commit is one whole frame as text: what is written of it, and how, is the screen's to decide.
    this.#instance = render(app, {
      stdout: frameStream(
        (frame) => this.#screen.paint(frame),
        () => store.state.ui.columns,
      ),
      stdin,
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
      isScreenReaderEnabled: false,
    });
  }

  readonly #onKey = (key: Key): void => {
    this.#store.dispatch({ type: 'key', key });
    const { wish } = this.#store.state.ui;
    if (wish !== null) this.#grant(wish);
    this.#frames.urgent();
  };

  #grant(wish: Wish): void {
    this.#store.dispatch({ type: 'wish_granted' });
    switch (wish.kind) {
      case 'quit':
        this.quit(0);
        return;
      case 'suspend': {
        // To the whole job, as the terminal does it where the key is its own: a script around this stops too.
        if (process.platform !== 'win32') process.kill(0, 'SIGTSTP');
        return;
      }
      case 'use_profile': {
        void this.#useProfile(wish.name);
        return;
      }
      default:
        unreachable(wish);
    }
  }

  async #useProfile(name: string): Promise<void> {
    const store = this.#store;
    try {
      const profiles = await this.#client?.useProfile(name);
      if (profiles !== undefined) store.dispatch({ type: 'profiles', profiles });
    } catch (error) {
      const text = error instanceof Problem ? error.message : String(error);
      store.dispatch({ type: 'notice', kind: 'warning', text: `The profile was not switched: ${text}` });
    }
    this.#frames.urgent();
  }

  #follower(): Follower {
    return {
      now: Date.now,
      onConnection: (connection, client) => {
        this.#client = client;
        if (connection.kind === 'connected') this.#connectedAt = Date.now();
        const before = this.#store.state.data.connection;
        // How long it is gone is told from when it went.
        if (before.kind === connection.kind && connection.kind !== 'connected') return;
        this.#store.dispatch({ type: 'connection', connection });
        this.#frames.urgent();
      },
      onEvent: (event) => {
        this.#store.add(event);
        // The first picture of a daemon is waited for.
        if (event.type === 'snapshot') this.#frames.urgent();
        else this.#frames.calm();
      },
    };
  }

  #renewWhereIncomplete(): void {
    if (!this.#store.state.data.incomplete || Date.now() - this.#connectedAt < LEAST_RENEWAL_MS) return;
    this.#connectedAt = Date.now();
    this.#following?.renew();
  }

  readonly #resized = (): void => {
    const size = sizeOf(this.#options.stdout);
    this.#screen.resize(size);
    this.#store.dispatch({ type: 'resize', ...size });
    this.#frames.urgent();
  };

  /**
   * Gives the terminal back to the shell, and stops as a program does that does not listen to the signal. Where no
   * shell could continue it, the system does not stop it, and it goes on at once.
   */
  readonly #suspended = (): void => {
    this.#screen.leave();
    this.#options.stdin.setRawMode(false);
    process.off('SIGTSTP', this.#suspended);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', this.#suspended);
    this.#continued();
  };

  /** The shell has used the terminal in the meantime, and may have set it as it likes. */
  readonly #continued = (): void => {
    const { stdin } = this.#options;
    // Node sets no mode that it thinks is set already.
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    this.#screen.enter();
    this.#resized();
  };
}

/** Some terminals do not know how large they are, and say 0. */
function sizeOf(stdout: NodeJS.WriteStream): { columns: number; rows: number } {
  return { columns: stdout.columns > 0 ? stdout.columns : 80, rows: stdout.rows > 0 ? stdout.rows : 24 };
}

/** `false`: it has ended in the meantime. */
async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return false;
    throw error;
  }
}
