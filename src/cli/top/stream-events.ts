import { once } from 'node:events';
import { findDaemon } from '../../daemon/client.ts';
import { Problem } from '../../daemon/problem.ts';
import type { Places } from '../../std/places.ts';
import { followFeed } from './follow-feed.ts';
import type { Connection } from './state.ts';

/** What JSON leaves as it is and would steer a terminal: other controls, formats, and what turns the writing around. */
const STEERING = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Writes every event of the feed as a line of JSON on standard output until Ctrl-C, or until nobody reads. A daemon
 * that is restarted is found again; what is not an event is said on standard error.
 */
export async function streamEvents(places: Places, command: string): Promise<void> {
  const found = await findDaemon(places);
  if (found.state === 'stopped') throw notRunning(command);
  if (found.state === 'silent') throw found.problem;
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const refused: Problem[] = [];
  const refuse = (text: string): void => {
    refused.push(new Problem('failed', text));
    end();
  };
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    process.once(signal, end);
    return () => process.off(signal, end);
  });
  // Whoever reads has gone away, as `head` does.
  process.stdout.once('close', end);
  try {
    await followFeed(
      places,
      {
        now: Date.now,
        onEvent: () => undefined,
        onValue: (value) => {
          if (!process.stdout.writable) end();
          else process.stdout.write(`${lineOf(value)}\n`);
        },
        // A slow reader makes the daemon leave events out, and tell how many; nothing piles up here.
        hold: () => (process.stdout.writableNeedDrain ? drained(ending.signal) : null),
        onConnection: (connection) => tell(connection, refuse),
      },
      ending.signal,
    ).ended;
  } finally {
    process.stdout.off('close', end);
    for (const forget of handlers) forget();
  }
  const [problem] = refused;
  if (problem !== undefined) throw problem;
}

/** One event on one line, safe to be seen on a terminal and the same value for who parses it. */
export function lineOf(value: unknown): string {
  return JSON.stringify(value).replace(STEERING, (text) =>
    text
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function tell(connection: Connection, refuse: (text: string) => void): void {
  if (connection.kind === 'foreign') refuse(connection.problem);
  if (connection.kind === 'absent' && connection.before) {
    process.stderr.write('llmgw: the daemon is gone; waiting for it.\n');
  }
}

async function drained(signal: AbortSignal): Promise<void> {
  try {
    await once(process.stdout, 'drain', { signal });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
  }
}

export function notRunning(command: string): Problem {
  return new Problem('not_running', 'llmgw is not running.', { hint: `\`${command} start\` starts it.` });
}
