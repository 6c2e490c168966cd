import { setTimeout as wait } from 'node:timers/promises';
import type { FeedEvent } from '../../canonical/feed-events.ts';
import { findDaemon } from '../../daemon/client.ts';
import type { DaemonClient, FoundDaemon } from '../../daemon/client.ts';
import { readAdminToken } from '../../daemon/keys.ts';
import type { Places } from '../../std/places.ts';
import { VERSION } from '../../std/version.ts';
import { listenToFeed } from './feed-client.ts';
import { readEvent } from './read-event.ts';
import type { Connection } from './state.ts';

export interface Follower {
  readonly onConnection: (connection: Connection, client: DaemonClient | null) => void;
  /** An event that is understood. */
  readonly onEvent: (event: FeedEvent) => void;
  /** Every event as it came, of any type; for `--json`. */
  readonly onValue?: (value: unknown) => void;
  /** As in `FeedQuestion`. */
  readonly hold?: () => Promise<void> | null;
  readonly now: () => number;
}

export interface Following {
  /** Connects anew, so that a fresh snapshot comes. */
  renew(): void;
  /** Resolves when the signal has ended it; rejects with what is no way for a daemon to be lost. */
  readonly ended: Promise<void>;
}

type Running = Extract<FoundDaemon, { state: 'running' }>;

const LOOK_AGAIN_MS = 500;
/** After a daemon went: it may be restarted. */
const LOOK_SOON_MS = 100;
const FOREIGN_LOOK_MS = 3000;

/** Finds the daemon, listens to its feed, and finds it again after it is lost, until the signal. */
export function followFeed(places: Places, follower: Follower, signal: AbortSignal): Following {
  let connection = new AbortController();
  const renew = (): void => connection.abort();
  signal.addEventListener('abort', renew, { once: true });
  const follow = async (): Promise<void> => {
    let before = false;
    while (!signal.aborted) {
      const found = await findDaemon(places);
      // A check between two awaits: the signal may have come.
      if (isAborted(signal)) return;
      connection = new AbortController();
      const pauseMs = await meet(found, { places, follower, signal: connection.signal, before });
      before ||= found.state === 'running';
      await wait(pauseMs, undefined, { signal }).catch(ignoreAbort);
    }
  };
  return { renew, ended: follow() };
}

interface Meeting {
  readonly places: Places;
  readonly follower: Follower;
  readonly signal: AbortSignal;
  /** A daemon was connected to before. */
  readonly before: boolean;
}

/** Resolves with how long to wait before looking again. */
async function meet(found: FoundDaemon, { places, follower, signal, before }: Meeting): Promise<number> {
  const at = follower.now();
  switch (found.state) {
    case 'stopped':
      follower.onConnection({ kind: 'absent', before, at }, null);
      return LOOK_AGAIN_MS;
    case 'silent':
      follower.onConnection({ kind: 'silent', problem: found.problem.message, at }, null);
      return LOOK_AGAIN_MS;
    case 'running':
      return listen(found, places, follower, signal);
    default:
      return found satisfies never;
  }
}

async function listen(found: Running, places: Places, follower: Follower, signal: AbortSignal): Promise<number> {
  const { description, client } = found;
  const token = readAdminToken(places.data);
  if (token === null) {
    follower.onConnection({ kind: 'absent', before: false, at: follower.now() }, null);
    return LOOK_AGAIN_MS;
  }
  const foreign = new AbortController();
  let strange: unknown;
  const end = await listenToFeed({
    host: description.host,
    port: description.port,
    token,
    signal: AbortSignal.any([signal, foreign.signal]),
    ...(follower.hold === undefined ? {} : { hold: follower.hold }),
    onOpen: () => follower.onConnection({ kind: 'connected', at: follower.now() }, client),
    onValue: (value) => {
      if (foreign.signal.aborted) return;
      const read = readEvent(value);
      if (read.kind === 'foreign') {
        strange = read.v;
        foreign.abort();
        return;
      }
      follower.onValue?.(value);
      if (read.kind === 'event') follower.onEvent(read.event);
    },
  });
  if (foreign.signal.aborted) {
    follower.onConnection({ kind: 'foreign', problem: foreignProblem(strange, found.status.version) }, null);
    return FOREIGN_LOOK_MS;
  }
  if (end.kind === 'ended') {
    // Ended by this side for a fresh snapshot: there is nothing to tell.
    if (!signal.aborted) follower.onConnection({ kind: 'absent', before: true, at: follower.now() }, null);
    return signal.aborted ? 0 : LOOK_SOON_MS;
  }
  const problem = end.kind === 'failed' ? end.reason : refusal(end.status, found.status.version);
  follower.onConnection({ kind: 'silent', problem, at: follower.now() }, null);
  return LOOK_AGAIN_MS;
}

/** Which of the two has to be updated is told by the number. */
export function foreignProblem(v: unknown, daemonVersion: string): string {
  const versions = `the daemon is version ${daemonVersion}, this program is ${VERSION}`;
  if (typeof v === 'number' && v > 1) {
    const what = `The daemon sends its events in version ${v}, and this program reads version 1`;
    return `${what}: update this program (${versions}).`;
  }
  return `The daemon sends events that are not of version 1: restart it with this program (${versions}).`;
}

function refusal(status: number, daemonVersion: string): string {
  if (status === 404) {
    return `The daemon (version ${daemonVersion}) has no event feed: restart it with this version, ${VERSION}.`;
  }
  return `The daemon answered ${status} when it was asked for its events.`;
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
}
