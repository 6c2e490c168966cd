import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../std/atomic-write.ts';
import type { Places } from '../std/places.ts';
import { errorCode, Problem } from './problem.ts';
import { isObject } from '../std/is-object.ts';
import { parseJson } from '../std/parse-json.ts';

/** What a user can say about how the daemon runs; absent: the config's, or the default. */
export interface StartOptions {
  readonly host?: string;
  readonly port?: number;
  /** Absolute path of the config file. */
  readonly config?: string;
  readonly profile?: string;
  readonly demo?: boolean;
  /** A model that is served in place of what a config says, as LiteLLM's own command has it. */
  readonly model?: string;
  /** The name by which that model is asked for. */
  readonly alias?: string;
  /** Where it is. */
  readonly apiBase?: string;
  /** Whether the log tells more. */
  readonly debug?: boolean;
}

/** How a running daemon is found: `state/daemon.json`, written when it listens. */
export interface DaemonDescription {
  readonly pid: number;
  /** As it was bound: `127.0.0.1`, `0.0.0.0`. */
  readonly host: string;
  readonly port: number;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** New at every start. */
  readonly instanceId: string;
  /** How this program is called on the command line: `llmgw`, `node bin/llmgw.js`. */
  readonly command: string;
  /** What it was started with, so that `restart` can start it the same way. */
  readonly options: StartOptions;
}

export function daemonFile(places: Places): string {
  return join(places.state, 'daemon.json');
}

export function writeDaemonFile(places: Places, description: DaemonDescription): void {
  writeFileAtomically(daemonFile(places), `${JSON.stringify(description, null, 2)}\n`);
}

/** `null`: there is none, or none that can be understood; then no daemon of ours can be asked. */
export function readDaemonFile(places: Places): DaemonDescription | null {
  let text;
  try {
    text = readFileSync(daemonFile(places), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    // Of this one the system does not tell the path; of the others it does.
    if (errorCode(error) !== 'EISDIR') throw error;
    throw new Problem('files', `${daemonFile(places)} is a folder, not the file that a daemon writes.`, {
      hint: 'When no daemon runs, remove it.',
      cause: error,
    });
  }
  return parseDescription(text);
}

/** Removes the description of this daemon, never that of another one that has started since. */
export function removeDaemonFile(places: Places, instanceId: string): void {
  if (readDaemonFile(places)?.instanceId === instanceId) rmSync(daemonFile(places), { force: true });
}

function parseDescription(text: string): DaemonDescription | null {
  const value = parseJson(text);
  return isDescription(value) ? value : null;
}

function isDescription(value: unknown): value is DaemonDescription {
  if (!isObject(value)) return false;
  const { pid, host, port, version, startedAt, instanceId, command, options } = value;
  return (
    Number.isSafeInteger(pid) &&
    Number.isSafeInteger(port) &&
    [host, version, startedAt, instanceId, command].every((text) => typeof text === 'string') &&
    typeof options === 'object' &&
    options !== null
  );
}
