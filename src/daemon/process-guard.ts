import type { RunningDaemon } from './run.ts';

export interface GuardOptions {
  /** A process of its own, which outlives the terminal that it was started from. */
  readonly detached: boolean;
  /** Called once, when the daemon was told to end by a signal. */
  readonly onDraining: (inFlight: number) => void;
  /** Called when a second Ctrl-C ends it at once. */
  readonly onCutOff: () => void;
}

/** The exit code of a program that Ctrl-C ended: 128 and the signal's number. */
const ENDED_BY_INTERRUPT = 130;
/** npm passes Ctrl-C on to a program that the terminal has told already: one key press is not two. */
const ONE_PRESS_MS = 300;
const FATAL_FLUSH_LIMIT_MS = 2000;

/** Signals end the daemon in order, a second Ctrl-C at once; what nobody caught is logged before the process dies. */
export function guardProcess(daemon: RunningDaemon, options: GuardOptions): void {
  let firstAt: number | null = null;
  const drain = (): void => {
    if (firstAt !== null) return;
    firstAt = Date.now();
    options.onDraining(daemon.inFlight());
    void daemon.stop();
  };
  process.on('SIGINT', () => {
    if (firstAt === null) {
      drain();
      return;
    }
    if (Date.now() - firstAt < ONE_PRESS_MS) return;
    daemon.logger.warn('a second interrupt: ended at once');
    daemon.flushLog();
    options.onCutOff();
    process.exit(ENDED_BY_INTERRUPT);
  });
  process.on('SIGTERM', drain);
  // Without a listener the end of the terminal session would end a daemon that was meant to outlive it.
  process.on('SIGHUP', options.detached ? () => undefined : drain);
  const die = (what: string) => (error: unknown) => {
    void dieOf(daemon, what, error, options.detached);
  };
  process.on('uncaughtException', die('uncaught exception'));
  process.on('unhandledRejection', die('unhandled rejection'));
}

let dying = false;

/** Nothing is known about the state of the program any more: the rows are saved, and it ends. */
async function dieOf(daemon: RunningDaemon, what: string, error: unknown, detached: boolean): Promise<void> {
  if (dying) return;
  dying = true;
  daemon.logger.fatal({ err: error }, `${what}; the daemon ends`);
  daemon.flushLog();
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // The standard error of a process of its own is the log, which has it already.
  if (!detached) process.stderr.write(`llmgw: ${what}: ${text}\nThis is a bug in llmgw.\n`);
  setTimeout(() => process.exit(1), FATAL_FLUSH_LIMIT_MS);
  try {
    await daemon.saveLedger();
  } finally {
    process.exit(1);
  }
}
