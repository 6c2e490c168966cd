import { setTimeout as wait } from 'node:timers/promises';
import type { StartOptions } from '../daemon/daemon-file.ts';
import { keepHeapSmall } from '../daemon/heap.ts';
import { asProblem } from '../daemon/known-problems.ts';
import { Problem } from '../daemon/problem.ts';
import { guardProcess } from '../daemon/process-guard.ts';
import { reportReadiness, type Readiness } from '../daemon/readiness.ts';
import { runDaemon, type RunningDaemon } from '../daemon/run.ts';
import { findPlaces, type Places } from '../std/places.ts';
import { findLaunch, type Launch } from './launch.ts';
import { counted } from './render/text.ts';
import { reportError } from './report-error.ts';
import { isWorthWaiting, runningDaemon, showBanner, showRunning, startedMeanwhile } from './start.ts';

const BANNER_ASK_MS = 20;

/**
 * Is the daemon until it ends. `detachedAs`: started by `start` as a process of its own, which is told when it listens
 * and how the program is called; `null`: in a terminal.
 */
export async function runInForeground(options: StartOptions, detachedAs: string | null): Promise<void> {
  keepHeapSmall();
  const places = findPlaces();
  const launch = findLaunch();
  if (detachedAs === null) {
    const found = await runningDaemon(places);
    if (found !== null) {
      showRunning(found, options, launch);
      return;
    }
  }
  const daemon = await begin(places, options, detachedAs ?? launch.command, detachedAs !== null);
  if (daemon === null) {
    showRunning(await startedMeanwhile(places, alreadyRunning()), options, launch);
    return;
  }
  guardProcess(daemon, {
    detached: detachedAs !== null,
    onDraining: (inFlight) =>
      say(
        inFlight === 0
          ? 'Stopping.'
          : `Waiting for ${counted(inFlight, 'request')} in flight (30 s at most; Ctrl-C again ends at once).`,
      ),
    onCutOff: () => say('Ended at once; requests in flight were cut off.'),
  });
  if (detachedAs === null) await showBannerWhenFound(daemon, launch);
  else await reportReadiness({ kind: 'ready' });
  const { cutOff } = await daemon.ended;
  if (detachedAs === null)
    say(
      cutOff === 0 ? 'llmgw has stopped.' : `llmgw has stopped; ${counted(cutOff, 'request')} did not finish in time.`,
    );
  process.exit(0);
}

/** `null`: another one runs already, which in a terminal is no error. */
async function begin(
  places: Places,
  start: StartOptions,
  command: string,
  detached: boolean,
): Promise<RunningDaemon | null> {
  try {
    return await runDaemon({ places, env: process.env, start, command });
  } catch (error) {
    const problem = asProblem(error);
    if (!detached && problem?.kind === 'already_running') return null;
    // Who started it prints what it is told; a process of its own has nobody else to tell.
    if (detached) await reportReadiness(failureOf(problem, error));
    process.exit(detached ? 1 : await reportError(error));
  }
}

function failureOf(problem: Problem | null, error: unknown): Readiness {
  if (problem !== null) return { kind: 'failed', problem: problem.kind, message: problem.message, hint: problem.hint };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: 'failed', problem: 'failed', message, hint: 'This is a bug in llmgw.' };
}

function alreadyRunning(): Problem {
  return new Problem('already_running', 'A daemon of this data folder runs already.');
}

async function showBannerWhenFound(daemon: RunningDaemon, launch: Launch): Promise<void> {
  const startedAt = Date.now();
  while (!daemon.ending() && isWorthWaiting(daemon.status(), Date.now() - startedAt)) await wait(BANNER_ASK_MS);
  if (!daemon.ending()) showBanner(daemon.status(), launch, true);
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}
