import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeedEvent } from '../../../src/canonical/feed-events.ts';
import { followFeed } from '../../../src/cli/top/follow-feed.ts';
import type { Following } from '../../../src/cli/top/follow-feed.ts';
import { FeedReader, readEvent } from '../../../src/cli/top/read-event.ts';
import { lineOf } from '../../../src/cli/top/stream-events.ts';
import { findPlaces } from '../../../src/std/places.ts';
import { startFakeDaemon } from './fake-daemon.ts';
import type { FakeDaemon } from './fake-daemon.ts';
import { BEGAN_AT, exchange, opened, settled, settledExchange, snapshot } from './feed-samples.ts';

let home: string;
const daemons: FakeDaemon[] = [];
const endings: AbortController[] = [];
const followings: Following[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'llmgw-feed-'));
});

afterEach(async () => {
  for (const ending of endings.splice(0)) ending.abort();
  for (const following of followings.splice(0)) await following.ended;
  for (const daemon of daemons.splice(0)) await daemon.close();
  rmSync(home, { recursive: true, force: true });
});

async function daemonHere(): Promise<FakeDaemon> {
  const daemon = await startFakeDaemon({ home });
  daemons.push(daemon);
  return daemon;
}

interface Seen {
  readonly events: FeedEvent[];
  readonly connections: string[];
  /** Resolves as soon as it is so. */
  until(is: () => boolean): Promise<void>;
  readonly following: Following;
}

function follow(): Seen {
  const events: FeedEvent[] = [];
  const connections: string[] = [];
  let look = (): void => undefined;
  const ending = new AbortController();
  endings.push(ending);
  const following = followFeed(
    findPlaces({ LLMGW_HOME: home }),
    {
      now: Date.now,
      onEvent: (event) => {
        events.push(event);
        look();
      },
      onConnection: ({ kind, ...more }) => {
        if (connections.at(-1) !== kind) connections.push('problem' in more ? `${kind}: ${more.problem}` : kind);
        look();
      },
    },
    ending.signal,
  );
  followings.push(following);
  const until = (is: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (is()) resolve();
      };
      look();
    });
  return { events, connections, until, following };
}

const types = (events: readonly FeedEvent[]): string[] => events.map(({ type }) => type);

describe('following the feed', () => {
  it('waits for a daemon, reads its events, and finds the next one after it is gone', async () => {
    const seen = follow();
    await seen.until(() => seen.connections.includes('absent'));
    const first = await daemonHere();
    await seen.until(() => seen.events.length === 1);
    first.send(opened(exchange('a')));
    await seen.until(() => seen.events.length === 2);
    await daemons.pop()?.close();
    await seen.until(() => seen.connections.length === 3);
    await daemonHere();
    await seen.until(() => seen.events.length === 3);
    expect(types(seen.events)).toEqual(['snapshot', 'exchange.opened', 'snapshot']);
    expect(seen.connections).toEqual(['absent', 'connected', 'absent', 'connected']);
  });

  it('gets a fresh snapshot when it asks for one, without being told gone', async () => {
    await daemonHere();
    const seen = follow();
    await seen.until(() => seen.events.length === 1);
    seen.following.renew();
    await seen.until(() => seen.events.length === 2);
    expect(types(seen.events)).toEqual(['snapshot', 'snapshot']);
    expect(seen.connections).toEqual(['connected']);
  });

  it('passes over types and fields that it does not know, and says which program to update at another version', async () => {
    const daemon = await daemonHere();
    const seen = follow();
    await seen.until(() => seen.events.length === 1);
    daemon.send({ v: 1, at: BEGAN_AT, type: 'moon.risen' });
    daemon.send({ v: 1, at: BEGAN_AT, type: 'profile.changed', profile: 'prod', before: 'dev', moon: 'full' });
    daemon.send({ v: 1, at: BEGAN_AT, type: 'exchange.opened', exchange: { exchange: 'a' } });
    daemon.send({ v: 2, at: BEGAN_AT, type: 'profile.changed', profile: 'dev', before: 'prod' });
    await seen.until(() => seen.connections.some((connection) => connection.startsWith('foreign')));
    expect(types(seen.events)).toEqual(['snapshot', 'profile.changed']);
    expect(seen.connections[1]).toContain('in version 2, and this program reads version 1: update this program');
  });
});

describe('reading events', () => {
  const samples: readonly FeedEvent[] = [
    snapshot({ in_flight: [exchange('a')] }),
    opened(exchange('b', { requested_model: '提示\n"🙂"' })),
    settled(settledExchange('b')),
    { v: 1, at: BEGAN_AT, type: 'dropped', count: 3 },
  ];
  const bytes = Buffer.from(
    `: hello\n\n${samples.map((event, id) => `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')}`,
  );

  it('gives the same events however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        const reader = new FeedReader();
        const values: unknown[] = [];
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
          expect(reader.push(Buffer.from(bytes.subarray(from, to)), (value) => values.push(value))).toBe(true);
          from = to;
        }
        expect(values).toEqual(samples);
      }),
    );
  });

  it('never gives what the reducer cannot take', () => {
    const broken = fc
      .constantFrom(...samples)
      .chain((event) =>
        fc
          .tuple(fc.constantFrom(...Object.keys(event)), fc.jsonValue())
          .map(([name, value]) => ({ ...event, [name]: value })),
      );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), broken), (value) => {
        expect(['event', 'foreign', 'unknown']).toContain(readEvent(value).kind);
      }),
    );
    expect(readEvent(null).kind).toBe('unknown');
    for (const event of samples) expect(readEvent(event)).toEqual({ kind: 'event', event });
  });

  it('gives null for what is no JSON', () => {
    const values: unknown[] = [];
    new FeedReader().push(Buffer.from('data: {"v":\n\ndata: 7\n\n'), (value) => values.push(value));
    expect(values).toEqual([null, 7]);
    expect(lineOf(values[0])).toBe('null');
  });

  it('writes lines that are the same value and steer no terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = lineOf({ text });
        expect(JSON.parse(line)).toEqual({ text });
        // eslint-disable-next-line no-control-regex -- these are what is looked for
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
