import { Chalk } from 'chalk';
import { Box, renderToString } from 'ink';
import { findDaemon } from '../../daemon/client.ts';
import { readAdminToken } from '../../daemon/keys.ts';
import { Problem } from '../../daemon/problem.ts';
import type { Snapshot } from '../../canonical/feed-events.ts';
import type { ProfilesDocument, StatusDocument } from '../../daemon/status.ts';
import type { Places } from '../../std/places.ts';
import { Header } from './components/header.tsx';
import { List } from './components/list.tsx';
import { inFlightText, keyOfLiveRow, liveColumns } from './exchange-cells.ts';
import { listenToFeed } from './feed-client.ts';
import { foreignProblem } from './follow-feed.ts';
import { LEAST_COLUMNS } from './layout.ts';
import { readEvent } from './read-event.ts';
import { reduce } from './reduce.ts';
import { liveRows } from './rows.ts';
import { initialState } from './state.ts';
import { notRunning } from './stream-events.ts';

/** The title, and the line for what has to be said. */
const ONCE_HEADER_ROWS = 2;

interface Picture {
  readonly snapshot: Snapshot;
  readonly profiles: ProfilesDocument;
  readonly status: StatusDocument;
}

/** Prints how things are now as one frame of plain text, as wide as the terminal or `COLUMNS`. */
export async function printOnce(places: Places, command: string): Promise<void> {
  const picture = await takePicture(places, command);
  process.stdout.write(`${frameOf(picture, { columns: columnsOf(process.stdout, process.env), command })}\n`);
}

async function takePicture(places: Places, command: string): Promise<Picture> {
  const found = await findDaemon(places);
  if (found.state === 'silent') throw found.problem;
  const token = readAdminToken(places.data);
  if (found.state === 'stopped' || token === null) throw notRunning(command);
  const { client, description, status } = found;
  const done = new AbortController();
  const seen: { snapshot: Snapshot | null; foreign: string | null } = { snapshot: null, foreign: null };
  const end = await listenToFeed({
    host: description.host,
    port: description.port,
    token,
    signal: done.signal,
    onOpen: () => undefined,
    onValue: (value) => {
      const read = readEvent(value);
      if (read.kind === 'foreign') seen.foreign ??= foreignProblem(read.v, status.version);
      if (read.kind === 'event' && read.event.type === 'snapshot') seen.snapshot ??= read.event;
      if (seen.snapshot !== null || seen.foreign !== null) done.abort();
    },
  });
  if (seen.snapshot !== null) return { snapshot: seen.snapshot, profiles: await client.profiles(), status };
  const why = end.kind === 'refused' ? `answered ${end.status}` : end.kind === 'failed' ? end.reason : 'ended the feed';
  throw new Problem('failed', seen.foreign ?? `The daemon sent no snapshot: ${why}.`);
}

/** Without the row of an empty banner, without keys, and with all that is in flight. */
export function frameOf(picture: Picture, { columns, command }: { columns: number; command: string }): string {
  const { snapshot, profiles, status } = picture;
  const { at } = snapshot;
  const paint = new Chalk({ level: 0 });
  let state = initialState({ at, columns, rows: 24, command });
  state = reduce(state, { type: 'connection', connection: { kind: 'connected', at }, at });
  state = reduce(state, { type: 'events', events: [snapshot], at });
  state = reduce(state, { type: 'profiles', profiles, at });
  state = reduce(state, { type: 'status', status, at });
  const { data, ui } = state;
  const rows = liveRows(data, ui).inFlight.map((of) => ({ kind: 'in_flight', of, now: at }) as const);
  const height = Math.max(1, rows.length) + 1;
  const frame = renderToString(
    <Box flexDirection="column" width={columns} height={ONCE_HEADER_ROWS + height}>
      <Header data={data} live={data} ui={ui} paint={paint} once />
      <List
        name="IN FLIGHT"
        columns={liveColumns(columns)}
        rows={rows}
        keyOf={keyOfLiveRow}
        marked={null}
        width={columns}
        height={height}
        empty={inFlightText(data, ui)}
        paint={paint}
      />
    </Box>,
    { columns },
  );
  return frame.trimEnd();
}

function columnsOf(stdout: NodeJS.WriteStream, env: NodeJS.ProcessEnv): number {
  const told = stdout.isTTY && stdout.columns > 0 ? stdout.columns : Number(env['COLUMNS'] ?? '');
  return Number.isInteger(told) && told > 0 ? Math.max(LEAST_COLUMNS, Math.min(told, 1000)) : 80;
}
