import { setTimeout as wait } from 'node:timers/promises';
import { findDaemon, type FoundDaemon } from '../daemon/client.ts';
import type { StartOptions } from '../daemon/daemon-file.ts';
import { Problem } from '../daemon/problem.ts';
import { waitForEnd } from '../daemon/processes.ts';
import { startDetached } from '../daemon/spawn.ts';
import { readStartSettings } from '../daemon/start-settings.ts';
import type { StatusDocument } from '../daemon/status.ts';
import { stopDaemon } from '../daemon/stop.ts';
import { findPlaces, type Places } from '../std/places.ts';
import { findLaunch, type Launch } from './launch.ts';
import { versionNotice, type RunningDaemonFound } from './our-daemon.ts';
import { renderBanner } from './render/banner.ts';
import { describeStop, describeWaiting } from './render/stop.ts';
import { findTerminal } from './render/terminal.ts';

/** How long the banner waits for the first look around: what a dead address on the network takes is not waited for. */
const FIRST_ROUND_LIMIT_MS = 700;
const FIRST_ROUND_ASK_MS = 40;
/** How long it waits for the choice of a profile, and for a keychain that is locked. */
const FIRST_CHOICE_LIMIT_MS = 16_000;
/** How long another `start` that is under way is given. */
const OTHER_START_LIMIT_MS = 10_000;
/** Longer than requests in flight may go on when a daemon stops. */
const OTHER_STOP_LIMIT_MS = 35_000;

/** Starts the daemon as a process of its own and returns when it answers. One that runs already is no error. */
export async function startInBackground(options: StartOptions): Promise<void> {
  const places = findPlaces();
  const launch = findLaunch();
  const running = await runningDaemon(places);
  if (running !== null) {
    showRunning(running, options, launch);
    return;
  }
  try {
    await startDetached({ places, script: launch.script, command: launch.command, start: options, env: process.env });
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== 'already_running') throw error;
    showRunning(await startedMeanwhile(places, error), options, launch);
    return;
  }
  const found = await findDaemon(places);
  if (found.state !== 'running')
    throw new Problem('failed', 'The daemon started and is gone again.', { hint: `See \`${launch.command} logs\`.` });
  showBanner(await afterFirstRound(found), launch, false);
}

/** Stops the daemon, if one runs, and starts it as it was, but for the options given now. */
export async function restart(options: StartOptions): Promise<void> {
  const places = findPlaces();
  const found = await findDaemon(places);
  const before = found.state === 'stopped' ? {} : optionsBefore(found);
  // A mistake in the config is found while the daemon still runs: it must not be the end of it.
  const next = togetherWith(before, options);
  readStartSettings(places, process.env, next);
  const report = await stopDaemon(places, (inFlight) => process.stdout.write(describeWaiting(inFlight)));
  process.stdout.write(describeStop(report));
  await startInBackground(next);
}

/** A config takes the place of a single model, and a model that of a config. */
function togetherWith(before: StartOptions, options: StartOptions): StartOptions {
  const overtaken = options.config !== undefined ? OF_ONE_MODEL : options.model !== undefined ? ['config'] : [];
  const kept = Object.entries(before).filter(([name]) => !overtaken.includes(name));
  return { ...Object.fromEntries(kept), ...options };
}

const OF_ONE_MODEL = ['model', 'alias', 'apiBase'];

/** What it was started with; a profile that was switched to since is the newer wish, and is remembered. */
function optionsBefore(found: Exclude<FoundDaemon, { state: 'stopped' }>): StartOptions {
  const { options } = found.description;
  if (found.state !== 'running' || options.profile === found.status.profile.name) return options;
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'profile'));
}

/** Says that a daemon runs, what of the options is otherwise, and the same banner as at its start. */
export function showRunning({ status }: RunningDaemonFound, asked: StartOptions, launch: Launch): void {
  const restart = `\`${launch.command} restart\``;
  const notices = [`llmgw is already running (process ${status.pid}).\n`];
  const version = versionNotice(status.version, launch.command);
  if (version !== null) notices.push(version);
  const different = differences(asked, status);
  if (different.length > 0)
    notices.push(
      `It runs otherwise than asked for now: ${different.join('; ')}. ${restart} with these options changes it.\n`,
    );
  process.stdout.write(`${notices.join('')}\n`);
  showBanner(status, launch, false);
}

export function showBanner(status: StatusDocument, launch: Launch, foreground: boolean): void {
  process.stdout.write(renderBanner({ status, launch, foreground, terminal: findTerminal() }));
}

/** What was asked for and is not so, in words. */
export function differences(asked: StartOptions, status: StatusDocument): string[] {
  const found: string[] = [];
  if (asked.port !== undefined && asked.port !== 0 && asked.port !== status.port) {
    found.push(`its port is ${status.port}, not ${asked.port}`);
  }
  if (asked.host !== undefined && asked.host !== status.host)
    found.push(`its host is ${status.host}, not ${asked.host}`);
  if (asked.profile !== undefined && asked.profile !== status.profile.name) {
    found.push(`its profile is ${status.profile.name}, not ${asked.profile}`);
  }
  if (asked.config !== undefined && asked.config !== status.config.file) {
    found.push(`its config is ${status.config.file ?? 'none'}, not ${asked.config}`);
  }
  if (asked.demo === true && !status.demo) found.push('it has no demo model');
  return found;
}

/** The daemon that runs. One that does not answer is given the time that stopping takes. */
export async function runningDaemon(places: Places): Promise<RunningDaemonFound | null> {
  const found = await findDaemon(places);
  if (found.state !== 'silent') return running(found);
  const { pid } = found.description;
  process.stdout.write(
    `A daemon (process ${pid}) is there and does not answer, as while it stops: waiting for its end.\n`,
  );
  if (await waitForEnd(pid, OTHER_STOP_LIMIT_MS)) return null;
  throw new Problem('failed', `A daemon runs (process ${pid}) and does not answer. ${found.problem.message}`, {
    hint: `\`kill -9 ${pid}\` ends it; requests in flight are then settled as abandoned at the next start.`,
    cause: found.problem,
  });
}

/** The lock was taken by another start: its daemon answers in a moment. */
export async function startedMeanwhile(places: Places, cause: Problem): Promise<RunningDaemonFound> {
  const until = Date.now() + OTHER_START_LIMIT_MS;
  while (Date.now() < until) {
    const found = running(await findDaemon(places));
    if (found !== null) return found;
    await wait(100);
  }
  throw new Problem('failed', 'Another llmgw holds the lock of this data folder and does not answer.', {
    hint: `It holds ${places.state}; look for a process that hangs.`,
    cause,
  });
}

function running(found: FoundDaemon): RunningDaemonFound | null {
  return found.state === 'running' ? found : null;
}

async function afterFirstRound({ client, status }: RunningDaemonFound): Promise<StatusDocument> {
  const startedAt = Date.now();
  let latest = status;
  while (isWorthWaiting(latest, Date.now() - startedAt)) {
    await wait(FIRST_ROUND_ASK_MS);
    latest = await client.status();
  }
  return latest;
}

/**
 * Whether the banner waits for more. What was not found after a moment is shown as such, but not a choice that is made
 * for good, nor keys of which it would say that they are missing.
 */
export function isWorthWaiting(status: StatusDocument, waitedMs: number): boolean {
  const isDecided = status.profile.chosen && status.discovery.credentials_read;
  return !settled(status) && waitedMs < (isDecided ? FIRST_ROUND_LIMIT_MS : FIRST_CHOICE_LIMIT_MS);
}

/** Nothing that the banner shows is still being looked for. */
function settled(status: StatusDocument): boolean {
  const { first_round_done, catalog_settled, credentials_read } = status.discovery;
  return (
    first_round_done && status.profile.chosen && credentials_read && (status.try_model !== null || catalog_settled)
  );
}
