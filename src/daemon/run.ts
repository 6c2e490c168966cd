import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { acquireDaemonLock, type DaemonLock } from '../ledger/file-lock.ts';
import type { Logger } from '../std/log.ts';
import { OLLAMA_DOOR_HOST, OllamaDoorFailure } from '../server/server.ts';
import type { Places } from '../std/places.ts';
import { uuid7 } from '../std/uuid7.ts';
import { VERSION } from '../std/version.ts';
import { assemble, type Assembly } from './assemble.ts';
import { removeDaemonFile, writeDaemonFile } from './daemon-file.ts';
import { prepareFolders } from './folders.ts';
import { loadKeys, type Keys } from './keys.ts';
import { logNotes } from './lite-llm-notes.ts';
import { lockFile, logFile } from './log-file.ts';
import { openLog, type Log } from './log.ts';
import type { RunOptions } from './parts.ts';
import { Problem } from './problem.ts';
import { explainListenFailure } from './port-holder.ts';
import { readStartSettings } from './start-settings.ts';
import type { StatusDocument } from './status.ts';

export interface Ended {
  /** Requests that were cut off because they did not finish in time. */
  readonly cutOff: number;
}

export interface RunningDaemon {
  readonly logger: Logger;
  status(): StatusDocument;
  inFlight(): number;
  /** It was told to end. */
  ending(): boolean;
  /** Lets requests in flight finish, closes everything. Calling it again is waiting for the same end. */
  stop(): Promise<Ended>;
  /** Resolves when everything is closed. */
  readonly ended: Promise<Ended>;
  /** For a program that dies: what was logged and what was booked are in their files. */
  flushLog(): void;
  saveLedger(): Promise<void>;
}

/** How long requests in flight may go on after the daemon was told to end. */
const DRAIN_LIMIT_MS = 30_000;
const LOCK_ATTEMPTS = 8;
const LOCK_RETRY_MS = 25;

/**
 * Starts the daemon in this process; resolves when it listens. Model servers and lists of models are looked for
 * afterwards. Throws a `Problem` of kind `already_running` when another process is the daemon of these places, and what
 * `asProblem` knows for the rest.
 */
export async function runDaemon(options: RunOptions): Promise<RunningDaemon> {
  const started = readStartSettings(options.places, options.env, options.start);
  const folderWarnings = prepareFolders(options.places);
  // The lock comes before the log, which only one process may rotate.
  const lock = await takeLock(options.places);
  let log: Log | null = null;
  let assembly: Assembly | null = null;
  try {
    const keys = loadKeys(options.places.data);
    const warnings = [...folderWarnings, ...keys.warnings];
    log = beginLog(options, keys, [...started.warnings, ...warnings]);
    logNotes(log.logger, started.liteLlm);
    const instanceId = uuid7();
    const opened = log;
    const onShutdown = (): void => void daemon.stop();
    assembly = await listening(options, started.settings.server, () =>
      assemble({ ...options, started, keys, log: opened, warnings, instanceId, startedAt: new Date(), onShutdown }),
    );
    const daemon = createRunning(options, { assembly, lock, log, instanceId });
    announce(options, assembly, instanceId, log.logger);
    return daemon;
  } catch (error) {
    log?.logger.error({ err: error }, 'the daemon could not be started');
    try {
      await assembly?.close(0);
    } finally {
      log?.close();
      lock.release();
    }
    throw error;
  }
}

/** A command that looks whether a daemon runs holds the lock for a moment: it is asked for a few times. */
async function takeLock(places: Places): Promise<DaemonLock> {
  const path = lockFile(places);
  for (let attempt = 1; attempt <= LOCK_ATTEMPTS; attempt++) {
    const lock = acquireDaemonLock(path);
    if (lock !== null) return lock;
    await wait(LOCK_RETRY_MS);
  }
  throw new Problem('already_running', `Another process is the daemon of this folder: it holds ${path}.`);
}

function beginLog(options: RunOptions, keys: Keys, warnings: readonly string[]): Log {
  const log = openLog({ file: logFile(options.places), level: logLevel(options) });
  log.know(keys.clientKey.secret);
  log.know(keys.adminToken);
  log.logger.info({ version: VERSION, pid: process.pid, node: process.version, ...options.start }, 'starting');
  for (const warning of warnings) log.logger.warn(warning);
  return log;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * `LLMGW_LOG_LEVEL`, for looking into something, else `--debug`, else LiteLLM's variable; what is none of pino's levels
 * means the usual one.
 */
function logLevel({ env, start }: RunOptions): string {
  const asked = [env['LLMGW_LOG_LEVEL'], start.debug === true ? 'debug' : '', env['LITELLM_LOG']?.toLowerCase()];
  return asked.find((level) => level !== undefined && LOG_LEVELS.includes(level)) ?? 'info';
}

/** Runs what ends in listening, and explains why it could not. */
async function listening<Result>(
  options: RunOptions,
  address: { readonly host: string; readonly port: number },
  begin: () => Promise<Result>,
): Promise<Result> {
  try {
    return await begin();
  } catch (error) {
    if (!(error instanceof OllamaDoorFailure)) {
      throw (await explainListenFailure(error, { ...address, setting: 'server.port', flag: '--port' })) ?? error;
    }
    const door = { host: OLLAMA_DOOR_HOST, port: error.port, setting: 'ollama.port', flag: null };
    throw (await explainListenFailure(error.cause, door)) ?? error;
  }
}

function announce(options: RunOptions, assembly: Assembly, instanceId: string, logger: Logger): void {
  const { address, startedAt } = assembly;
  writeDaemonFile(options.places, {
    pid: process.pid,
    host: address.host,
    port: address.port,
    version: VERSION,
    startedAt: startedAt.toISOString(),
    instanceId,
    command: options.command,
    options: options.start,
  });
  logger.info({ host: address.host, port: address.port, tookMs: Math.round(performance.now()) }, 'listening');
}

interface Parts {
  readonly assembly: Assembly;
  readonly lock: DaemonLock;
  readonly log: Log;
  readonly instanceId: string;
}

function createRunning(options: RunOptions, { assembly, lock, log, instanceId }: Parts): RunningDaemon {
  let stopping: Promise<Ended> | null = null;
  let finish: (ended: Ended) => void = () => undefined;
  const ended = new Promise<Ended>((resolve) => (finish = resolve));
  const end = async (): Promise<Ended> => {
    log.logger.info({ inFlight: assembly.inFlight() }, 'stopping');
    try {
      const cutOff = await assembly.close(DRAIN_LIMIT_MS);
      log.logger.info({ cutOff }, 'stopped');
      return { cutOff };
    } finally {
      try {
        removeDaemonFile(options.places, instanceId);
      } finally {
        lock.release();
        log.close();
      }
    }
  };
  return {
    logger: log.logger,
    status: () => assembly.status(),
    inFlight: () => assembly.inFlight(),
    ending: () => stopping !== null,
    stop: () => {
      if (stopping === null) {
        stopping = end();
        void stopping.then(finish);
      }
      return stopping;
    },
    ended,
    flushLog: () => log.flush(),
    saveLedger: () => assembly.saveLedger(),
  };
}
