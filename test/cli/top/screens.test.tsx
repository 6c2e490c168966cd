import { Chalk } from 'chalk';
import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, it } from 'vitest';
import type { FeedEvent } from '../../../src/canonical/feed-events.ts';
import { App, Screen } from '../../../src/cli/top/app.tsx';
import { widthOf } from '../../../src/cli/top/cells.ts';
import { frameOf } from '../../../src/cli/top/print-once.tsx';
import type { Connection, Key, TopState } from '../../../src/cli/top/state.ts';
import { initialState } from '../../../src/cli/top/state.ts';
import { readEvent } from '../../../src/cli/top/read-event.ts';
import { reduce } from '../../../src/cli/top/reduce.ts';
import { statusDocument } from '../../helpers/status-document.ts';
import { PROFILES } from './fake-daemon.ts';
import {
  attempt,
  BEGAN_AT,
  exchange,
  opened as openedEvent,
  settled,
  settledExchange,
  snapshot,
} from './feed-samples.ts';
import { pressed, sampleState, showing } from './sample-state.ts';

// Times of the day are those of where the watcher is.
process.env['TZ'] = 'UTC';

const STYLES = /\u001b\[[0-9;]*m/g; // eslint-disable-line no-control-regex -- these are what is looked for
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/; // eslint-disable-line no-control-regex -- as above

afterEach(cleanup);

function frame(state: TopState, level: 0 | 1 = 0): string {
  return render(<Screen state={state} paint={new Chalk({ level })} />).lastFrame() ?? '';
}

const enter = { type: 'key', key: { kind: 'named', name: 'enter' } } as const;

/** What is compared with a file in `frames/`, by the file's name. */
const SCREENS: Readonly<Record<string, (columns: number, rows: number) => TopState>> = {
  live: (columns, rows) => sampleState(columns, rows, [pressed('j'), pressed('j')]),
  exchange: (columns, rows) => sampleState(columns, rows, Array.from('jjjjjjj', pressed)),
  spend: (columns, rows) => sampleState(columns, rows, [showing('spend')]),
  models: (columns, rows) => sampleState(columns, rows, [showing('models')]),
  providers: (columns, rows) => sampleState(columns, rows, [showing('providers')]),
  deployments: (columns, rows) => sampleState(columns, rows, [showing('deployments'), pressed('j')]),
  help: (columns, rows) => sampleState(columns, rows, [pressed('?')]),
  profiles: (columns, rows) => sampleState(columns, rows, [pressed('p')]),
  filter: (columns, rows) => sampleState(columns, rows, ['/', 'c', 'l', 'a', 'u'].map(pressed)),
};

function screen(name: string, columns: number, rows: number): TopState {
  const state = SCREENS[name]?.(columns, rows);
  if (state === undefined) throw new Error(`no screen ${name}`);
  return name === 'exchange' ? reduce(state, { ...enter, at: state.data.now }) : state;
}

describe.each(Object.keys(SCREENS))('%s', (name) => {
  it('looks as it is kept, at 80×24 without colour', async () => {
    await expect(`${frame(screen(name, 80, 24))}\n`).toMatchFileSnapshot(`frames/${name}.txt`);
  });

  it('says the same in colour', () => {
    const state = screen(name, 80, 24);
    const colored = frame(state, 1);
    expect(colored).toMatch(STYLES);
    expect(
      colored
        .replace(STYLES, '')
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual(frame(state).split('\n'));
  });

  it.each([
    [76, 20],
    [80, 24],
    [100, 30],
    [120, 40],
    [160, 50],
    [200, 60],
  ])('keeps to %i×%i', (columns, rows) => {
    const lines = frame(screen(name, columns, rows)).split('\n');
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(lines.filter((line) => widthOf(line) > columns)).toEqual([]);
    expect(lines.filter((line) => STEERING.test(line))).toEqual([]);
    // The keys of the view stand in the last line.
    expect(lines[rows - 1] ?? '').toMatch(/quit|enter keep/);
  });
});

describe.each(['live', 'spend', 'models', 'providers', 'deployments'])('%s on a large terminal', (name) => {
  it('looks as it is kept, at 160×50', async () => {
    await expect(`${frame(screen(name, 160, 50))}\n`).toMatchFileSnapshot(`frames/${name}-160x50.txt`);
  });
});

describe('colour', () => {
  it('is kept as it is for the Live view', async () => {
    const seen = frame(screen('live', 80, 24), 1).replaceAll('\u001b', '␛');
    await expect(`${seen}\n`).toMatchFileSnapshot('frames/live-in-colour.txt');
  });
});

describe('without a daemon', () => {
  const START = initialState({ at: BEGAN_AT, columns: 80, rows: 24, command: 'llmgw' });
  const withConnection = (connection: Connection, before = START): string =>
    frame(reduce(before, { type: 'connection', connection, at: BEGAN_AT }));

  it('says how to start one', () => {
    const seen = withConnection({ kind: 'absent', before: false, at: BEGAN_AT });
    expect(seen).toContain('llmgw is not running.');
    expect(seen).toContain('llmgw start --demo');
  });

  it('keeps what was seen when it went, and says so', () => {
    const seen = withConnection({ kind: 'absent', before: true, at: BEGAN_AT }, sampleState(80, 24));
    expect(seen).toContain('The daemon is gone since 10:00; looking for it.');
    expect(seen).toContain('○ not running');
    expect(seen).toContain('✓ 200');
  });

  it('cuts no sentence without saying so, and never what is to be typed', () => {
    const command = 'node /home/somebody/projects/of/this/year/llmgw/bin/llmgw.js';
    const start = initialState({ at: BEGAN_AT, columns: 80, rows: 24, command });
    const never = withConnection({ kind: 'absent', before: false, at: BEGAN_AT }, start);
    expect(never).toContain(`${command} start --demo\n`);
    expect(never).toMatch(/ starts it with a model that needs nothing$/m);
    const state = { ...sampleState(80, 24), data: { ...sampleState(80, 24).data, command } };
    const gone = withConnection({ kind: 'absent', before: true, at: BEGAN_AT }, state);
    expect(gone).toContain(`\`${command} start\``);
    expect(gone).toContain('○ not running');
  });

  it('says that there is no profile to switch', () => {
    const gone = reduce(sampleState(80, 24), {
      type: 'connection',
      connection: { kind: 'absent', before: true, at: BEGAN_AT },
      at: BEGAN_AT,
    });
    const seen = frame(reduce(gone, { ...pressed('p'), at: BEGAN_AT + 1 }));
    expect(seen).toContain('No daemon is connected: there is no profile to switch.');
    const later = reduce(reduce(gone, { ...pressed('p'), at: BEGAN_AT + 1 }), { type: 'tick', at: BEGAN_AT + 60_000 });
    expect(frame(later)).toContain('The daemon is gone since');
  });

  it('says why there are no events', () => {
    const problem = 'The daemon sends its events in version 2: update this program.';
    expect(withConnection({ kind: 'foreign', problem })).toContain(problem);
  });
});

describe('what has to be said', () => {
  it.each([
    [{ v: 1, at: 1, type: 'config.rejected', problem: 'config.yaml:3:5 unknown key `modles`' } as const, 'unknown key'],
    [{ v: 1, at: 1, type: 'dropped', count: 1234 } as const, '1,234 events dropped'],
    [{ v: 1, at: 1, type: 'profile.changed', profile: 'dev', before: 'prod' } as const, 'The profile is `dev` now'],
  ])('stands in the header: %o', (event, said) => {
    expect(frame(sampleState(80, 24, [{ type: 'events', events: [event] }]))).toContain(said);
  });

  it('stands instead of everything on a terminal that is too small', () => {
    expect(frame(sampleState(40, 10))).toContain('too small: 40×10');
  });
});

describe('one exchange', () => {
  const withEvents = (events: readonly FeedEvent[]): TopState => {
    const start = initialState({ at: BEGAN_AT, columns: 80, rows: 24, command: 'llmgw' });
    const connection = { kind: 'connected', at: BEGAN_AT } as const;
    const connected = reduce(start, { type: 'connection', connection, at: BEGAN_AT });
    return reduce(connected, { type: 'events', events, at: BEGAN_AT });
  };
  const opened = (events: readonly FeedEvent[]): string =>
    frame(reduce(reduce(withEvents(events), { ...pressed('j'), at: BEGAN_AT }), { ...enter, at: BEGAN_AT }));
  const begun = openedEvent(exchange('a', { cost_usd: '0.0012' }));

  it('tells its cost as an estimate until it has ended', () => {
    expect(opened([begun])).toMatch(/Cost +~\$0\.0012 +so far, an estimate/);
    expect(opened([settled(settledExchange('a', { cost_usd: '0.0012' }))])).toMatch(/Cost +\$0\.0012$/m);
    expect(opened([openedEvent(exchange('a', { unpriced: true }))])).toMatch(/Cost +unpriced +so far/);
  });

  it('tells steps that it does not know in the words of the daemon', () => {
    const event = {
      ...{ v: 1, at: BEGAN_AT, type: 'attempt.failed', exchange: 'a' },
      ...{ attempt: attempt({ outcome: 'failed', status: 503 }), next: 'ask_moon' },
    };
    const read = readEvent(event);
    if (read.kind !== 'event') throw new Error('it is not read');
    expect(opened([begun, read.event])).toMatch(/failed 503.* ask_moon/);
  });
});

describe('keys', () => {
  it('come one by one, also when they are typed faster than they are read', async () => {
    const keys: Key[] = [];
    const { stdin } = render(
      <App state={sampleState(80, 24)} paint={new Chalk({ level: 0 })} onKey={(key) => keys.push(key)} />,
    );
    // The effects that listen to the keys run after the first frame.
    await new Promise((resolve) => setImmediate(resolve));
    stdin.write('jjq');
    stdin.write('\r');
    stdin.write('\t');
    stdin.write('\u001b[Z');
    stdin.write('\u001b[B');
    stdin.write('\u007f');
    stdin.write('\u001b2');
    stdin.write('\u001a');
    stdin.write('\u0003');
    expect(keys.map((key) => (key.kind === 'named' ? key.name : key.text))).toEqual([
      'j',
      'j',
      'q',
      'enter',
      'tab',
      'back_tab',
      'down',
      'backspace',
      'escape',
      '2',
      'suspend',
      'quit',
    ]);
  });
});

describe('--once', () => {
  it('is one frame of plain text, as wide as it is told', async () => {
    const text = frameOf(
      {
        snapshot: snapshot({
          at: BEGAN_AT + 4000,
          in_flight: [exchange('a'), exchange('b', { requested_model: null })],
        }),
        profiles: PROFILES,
        status: statusDocument(),
      },
      { columns: 100, command: 'llmgw' },
    );
    await expect(`${text}\n`).toMatchFileSnapshot('frames/once.txt');
    expect(text).not.toMatch(STEERING);
  });
});
