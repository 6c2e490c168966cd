import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '../std/atomic-write.ts';
import type { Places } from '../std/places.ts';
import type { StartOptions } from './daemon-file.ts';
import { logFile } from './log-file.ts';
import { Problem } from './problem.ts';
import { parseReadiness, problemOf, type Readiness } from './readiness.ts';

export interface SpawnOptions {
  readonly places: Places;
  /** Absolute path of the program, `bin/llmgw.js`. */
  readonly script: string;
  /** How people call the program, for what the daemon says. */
  readonly command: string;
  readonly start: StartOptions;
  readonly env: NodeJS.ProcessEnv;
}

/** A first start on a slow disk with a large ledger to look through. */
const READY_TIMEOUT_MS = 30_000;

/** Starts the daemon as a process of its own; resolves when it listens. What keeps it from it comes as a `Problem`. */
export async function startDetached(options: SpawnOptions): Promise<void> {
  makePrivateFolder(options.places.state);
  // What Node itself prints when it dies goes where people look: into the log.
  const output = openSync(logFile(options.places), 'a', PRIVATE_FILE_MODE);
  let child;
  try {
    const args = ['start', '--foreground', '--detached-child', options.command, ...startArguments(options.start)];
    child = spawn(process.execPath, [options.script, ...args], {
      detached: true,
      windowsHide: true,
      // Not the folder it was typed in, which would be kept from being removed or unmounted.
      cwd: options.places.state,
      env: { ...options.env, ...absoluteHome(options.env) },
      stdio: ['ignore', output, output, 'ipc'],
    });
  } finally {
    closeSync(output);
  }
  try {
    const readiness = await firstWord(child, options.places);
    if (readiness.kind === 'failed') throw problemOf(readiness);
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** A relative LLMGW_HOME means the folder below the one that it was typed in. */
function absoluteHome(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const home = env['LLMGW_HOME'];
  return home === undefined || home === '' ? {} : { LLMGW_HOME: resolve(home) };
}

/** The options as they are typed. */
export function startArguments(options: StartOptions): string[] {
  const { host, port, config, profile, demo, model, alias, apiBase, debug } = options;
  return [
    ...(host === undefined ? [] : ['--host', host]),
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(config === undefined ? [] : ['--config', config]),
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(demo === true ? ['--demo'] : []),
    ...(model === undefined ? [] : ['--model', model]),
    ...(alias === undefined ? [] : ['--alias', alias]),
    ...(apiBase === undefined ? [] : ['--api_base', apiBase]),
    ...(debug === true ? ['--debug'] : []),
  ];
}

function firstWord(child: ChildProcess, places: Places): Promise<Readiness> {
  return new Promise((resolve, reject) => {
    const seeLog = { hint: `${logFile(places)} may tell why.` };
    const limit = setTimeout(() => {
      reject(
        new Problem(
          'failed',
          `The daemon (process ${child.pid ?? '?'}) was not ready after ${READY_TIMEOUT_MS / 1000} s.`,
          seeLog,
        ),
      );
    }, READY_TIMEOUT_MS);
    const settle = (then: () => void): void => {
      clearTimeout(limit);
      then();
    };
    child.on('message', (message) => {
      const readiness = parseReadiness(message);
      if (readiness !== null) settle(() => resolve(readiness));
    });
    child.on('error', (cause) =>
      settle(() => reject(new Problem('failed', `The daemon could not be started: ${cause.message}`, { cause }))),
    );
    child.on('exit', (code, signal) =>
      settle(() =>
        reject(
          new Problem('failed', `The daemon ended at its start (${signal ?? `exit code ${code ?? '?'}`}).`, seeLog),
        ),
      ),
    );
  });
}
