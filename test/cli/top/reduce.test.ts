import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedEvent, ServerView } from '../../../src/canonical/feed-events.ts';
import { FEED_EVENTS } from '../../../src/canonical/feed-events.ts';
import { reduce } from '../../../src/cli/top/reduce.ts';
import { settledSpeed, speedOf } from '../../../src/cli/top/reduce-exchange.ts';
import { initialState, lastAttempt, LIMITS } from '../../../src/cli/top/state.ts';
import type { Connection, TopState } from '../../../src/cli/top/state.ts';
import { perSecond } from '../../../src/cli/top/traffic.ts';
import { attempt, BEGAN_AT, exchange, opened, settled, settledExchange, snapshot } from './feed-samples.ts';

const START = initialState({ at: BEGAN_AT, columns: 80, rows: 24, command: 'llmgw' });

function after(events: readonly FeedEvent[], at = BEGAN_AT, state: TopState = START): TopState {
  return reduce(state, { type: 'events', events, at });
}

const progressed = (id: string, output_tokens: number, at: number): FeedEvent => ({
  v: 1,
  at,
  type: 'exchange.progress',
  exchange: id,
  number: 1,
  output_tokens,
  cost_usd: '0.001',
});

const firstToken = (id: string, at: number): FeedEvent => ({
  v: 1,
  at,
  type: 'exchange.first_token',
  exchange: id,
  number: 1,
});

describe('the samples', () => {
  it('are events of the contract', () => {
    for (const event of [snapshot(), opened(exchange('a')), settled(settledExchange('a'))]) {
      expect(FEED_EVENTS.safeParse(event).error).toBeUndefined();
    }
  });
});

describe('one exchange', () => {
  it('is in flight from its opening, tells its first token and how far it is, and is listed when it has ended', () => {
    const open = after([snapshot(), opened(exchange('a'))]);
    expect(open.data.inFlight.get('a')?.firstTokenAt).toBeNull();
    const begun = after([firstToken('a', BEGAN_AT + 400), progressed('a', 30, BEGAN_AT + 1400)], BEGAN_AT + 1400, open);
    const inFlight = begun.data.inFlight.get('a');
    expect(inFlight?.firstTokenAt).toBe(BEGAN_AT + 400);
    expect(inFlight?.exchange.attempts[0]?.first_token_at).toBe(BEGAN_AT + 400);
    expect(inFlight?.exchange).toMatchObject({ cost_usd: '0.001', usage: { output_tokens: 30, estimated: true } });
    const ended = after([settled(settledExchange('a'))], BEGAN_AT + 3420, begun);
    expect([...ended.data.inFlight.keys()]).toEqual([]);
    expect(ended.data.settled.map((one) => one.exchange.exchange)).toEqual(['a']);
  });

  it('keeps what came after a failed attempt', () => {
    const failed = attempt({ outcome: 'failed', status: 503, error_code: 'upstream_overloaded' });
    const state = after([
      opened(exchange('a')),
      { v: 1, at: BEGAN_AT + 10, type: 'attempt.failed', exchange: 'a', attempt: failed, next: 'next_target' },
      settled(settledExchange('a', { attempts: [failed, attempt({ number: 2, outcome: 'answered' })] })),
    ]);
    expect(state.data.settled[0]?.nextSteps.get(1)).toBe('next_target');
    expect(state.data.figures.get('ollama/qwen3:32b')).toMatchObject({ answered: 1, failed: 1 });
  });

  it('is not begun by its middle', () => {
    const state = after([firstToken('a', BEGAN_AT), progressed('a', 3, BEGAN_AT)]);
    expect(state.data.inFlight.size).toBe(0);
  });

  it('has a speed over its stream, which falls when nothing comes', () => {
    const begun = after([opened(exchange('a')), firstToken('a', BEGAN_AT), progressed('a', 40, BEGAN_AT + 1000)]);
    const inFlight = begun.data.inFlight.get('a');
    if (inFlight === undefined) throw new Error('it is not in flight');
    expect(speedOf(inFlight, BEGAN_AT + 1000)).toBe(40);
    expect(speedOf(inFlight, BEGAN_AT + 1900)).toBe(40);
    expect(speedOf(inFlight, BEGAN_AT + 4000)).toBe(10);
  });
});

describe('figures by model', () => {
  it('are of answered attempts: from sending to the end, and tokens after the first', () => {
    const state = after([settled(settledExchange('a'))]);
    expect(state.data.figures.get('ollama/qwen3:32b')).toMatchObject({
      answered: 1,
      failed: 0,
      latenciesMs: [3420],
      firstTokensMs: [420],
      rates: [32],
    });
  });

  it('count nobody who left as an answer', () => {
    const left = attempt({ outcome: 'client_left' });
    const state = after([settled(settledExchange('a', { outcome: 'client_left', attempts: [left] }))]);
    expect(state.data.figures.get('ollama/qwen3:32b')).toMatchObject({ answered: 0, failed: 0, latenciesMs: [] });
  });
});

describe('the daemon', () => {
  it('that was restarted is told of, and its snapshot replaces what was in flight', () => {
    const before = after([snapshot({ in_flight: [exchange('old')] })]);
    const state = after([snapshot({ instance_id: 'instance-2', in_flight: [exchange('new')] })], BEGAN_AT, before);
    expect([...state.data.inFlight.keys()]).toEqual(['new']);
    expect(state.data.notice?.text).toContain('restarted');
  });

  it('that is gone leaves nothing in flight and everything else to be read', () => {
    const before = after([snapshot(), opened(exchange('a')), settled(settledExchange('b'))]);
    const connection: Connection = { kind: 'absent', before: true, at: BEGAN_AT };
    const state = reduce(before, { type: 'connection', connection, at: BEGAN_AT });
    expect(state.data.inFlight.size).toBe(0);
    expect(state.data.settled).toHaveLength(1);
  });

  it('that dropped events is asked for a snapshot, and the count stays', () => {
    const dropped = after([snapshot(), { v: 1, at: BEGAN_AT, type: 'dropped', count: 12 }]);
    expect(dropped.data).toMatchObject({ dropped: 12, incomplete: true });
    expect(after([snapshot()], BEGAN_AT, dropped).data).toMatchObject({ dropped: 12, incomplete: false });
  });

  it('tells why the config is not in force until it is', () => {
    const rejected = after([{ v: 1, at: BEGAN_AT, type: 'config.rejected', problem: 'config.yaml:3:1: …' }]);
    expect(rejected.data.configProblem).toBe('config.yaml:3:1: …');
    const fine = after([{ v: 1, at: BEGAN_AT, type: 'config.rejected', problem: null }], BEGAN_AT, rejected);
    expect(fine.data.configProblem).toBeNull();
  });

  it('tells of servers that come, change and go', () => {
    const server: ServerView = {
      name: 'ollama',
      kind: 'ollama',
      origin: 'http://x',
      state: 'ready',
      models: 1,
      loaded: [],
    };
    const come = after([{ v: 1, at: BEGAN_AT, type: 'server.changed', server }]);
    expect([...come.data.servers.values()]).toEqual([server]);
    const gone = after(
      [{ v: 1, at: BEGAN_AT, type: 'server.changed', server: { ...server, state: 'gone' } }],
      BEGAN_AT,
      come,
    );
    expect(gone.data.servers.size).toBe(0);
  });
});

describe('time', () => {
  it('of an exchange ends when the client had the whole answer, not when it was counted', () => {
    const state = after([settled(settledExchange('a', { ended_at: BEGAN_AT + 2420, settled_at: BEGAN_AT + 9000 }))]);
    expect(state.data.figures.get('ollama/qwen3:32b')).toMatchObject({ latenciesMs: [2420], rates: [48] });
  });

  it('counts tokens while they come, and at the end only the rest', () => {
    let state = after([opened(exchange('a')), progressed('a', 30, BEGAN_AT), progressed('a', 50, BEGAN_AT)]);
    state = reduce(state, { type: 'tick', at: BEGAN_AT + 1000 });
    expect(perSecond(state.data.traffic.tokens)).toBe(50);
    // 96 in all.
    state = after([settled(settledExchange('a')), settled(settledExchange('a'))], BEGAN_AT + 1000, state);
    state = reduce(state, { type: 'tick', at: BEGAN_AT + 2000 });
    expect(perSecond(state.data.traffic.tokens)).toBe(48);
    state = after([progressed('gone', 500, BEGAN_AT), settled(settledExchange('b'))], BEGAN_AT + 2000, state);
    state = reduce(state, { type: 'tick', at: BEGAN_AT + 3000 });
    expect(perSecond(state.data.traffic.tokens)).toBe(64);
  });

  it('takes a note away, and averages the seconds that are complete', () => {
    let state = after([snapshot(), snapshot({ instance_id: 'instance-2' })]);
    state = after([settled(settledExchange('a')), settled(settledExchange('b'))], BEGAN_AT + 100, state);
    expect(perSecond(state.data.traffic.requests)).toBe(0);
    state = reduce(state, { type: 'tick', at: BEGAN_AT + 1000 });
    expect(perSecond(state.data.traffic.requests)).toBe(2);
    state = reduce(state, { type: 'tick', at: BEGAN_AT + 4000 });
    expect(perSecond(state.data.traffic.requests)).toBe(0.5);
    expect(state.data.notice).not.toBeNull();
    state = reduce(state, { type: 'tick', at: BEGAN_AT + LIMITS.noticeMs + 1 });
    expect(state.data.notice).toBeNull();
  });

  it('keeps the rows of a rush free for a while, so that the list below does not jump', () => {
    const three = after([opened(exchange('a')), opened(exchange('b')), opened(exchange('c'))]);
    expect(three.ui.room.count).toBe(3);
    const none = after(
      ['a', 'b', 'c'].map((id) => settled(settledExchange(id))),
      BEGAN_AT + 1000,
      three,
    );
    expect(none.ui.room.count).toBe(3);
    expect(reduce(none, { type: 'tick', at: BEGAN_AT + 1000 + LIMITS.roomMs }).ui.room.count).toBe(0);
  });
});

describe('any order and any cut of events', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd');
  const at = fc.integer({ min: BEGAN_AT, max: BEGAN_AT + 100_000 });
  const target = fc.constantFrom('ollama/x', 'openai/y');
  const event: fc.Arbitrary<FeedEvent> = fc.oneof(
    fc.tuple(id, at).map(([one, time]) => opened(exchange(one, { opened_at: time }))),
    fc.tuple(id, at).map(([one, time]) => firstToken(one, time)),
    fc.tuple(id, at, fc.nat(5000)).map(([one, time, tokens]) => progressed(one, tokens, time)),
    fc.tuple(id, at, target, fc.constantFrom('answered', 'failed', 'client_left')).map(([one, time, name, outcome]) => {
      const last = attempt({ target: name, outcome, opened_at: time, first_token_at: time });
      return settled(settledExchange(one, { settled_at: time, attempts: [last], outcome }));
    }),
    fc.tuple(id, at, fc.integer({ min: 1, max: 99 })).map(([one, time, number]): FeedEvent => {
      const failed = attempt({ number, outcome: 'failed', opened_at: time });
      return { v: 1, at: time, type: 'attempt.failed', exchange: one, attempt: failed, next: 'resend' };
    }),
    fc.array(id, { maxLength: 4 }).map((ids) => snapshot({ in_flight: ids.map((one) => exchange(one)) })),
    fc.constant<FeedEvent>({ v: 1, at: BEGAN_AT, type: 'dropped', count: 3 }),
  );

  it('is bounded, counts nothing negative, and has nothing in flight that has ended', () => {
    fc.assert(
      fc.property(fc.array(fc.array(event, { maxLength: 30 }), { maxLength: 8 }), fc.array(at), (batches, times) => {
        let state = START;
        batches.forEach((batch, index) => (state = after(batch, times[index] ?? BEGAN_AT, state)));
        const { data } = state;
        const ended = new Set(data.settled.map((one) => one.exchange.exchange));
        expect(ended.size).toBe(data.settled.length);
        expect([...data.inFlight.keys()].filter((one) => ended.has(one))).toEqual([]);
        expect(data.traffic.requests.length).toBeLessThanOrEqual(LIMITS.trafficSeconds);
        expect([...data.traffic.requests, ...data.traffic.tokens].filter((count) => count < 0)).toEqual([]);
        for (const { latenciesMs, firstTokensMs, rates } of data.figures.values()) {
          expect([...latenciesMs, ...firstTokensMs, ...rates].filter((value) => !(value >= 0))).toEqual([]);
        }
        for (const one of data.inFlight.values()) {
          expect(one.exchange.attempts.length).toBeLessThanOrEqual(LIMITS.attempts);
          expect(one.nextSteps.size).toBeLessThanOrEqual(LIMITS.attempts);
          expect(speedOf(one, data.now) ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leaves the same, however the events are cut into frames', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.array(fc.nat(40), { maxLength: 6 }), (events, cuts) => {
        let state = START;
        let from = 0;
        for (const to of [...cuts.filter((cut) => cut <= events.length).sort((a, b) => a - b), events.length]) {
          state = after(events.slice(from, to), BEGAN_AT, state);
          from = to;
        }
        expect(state.data).toEqual(after(events).data);
      }),
    );
  });

  it('keeps the last of a flood', () => {
    const flood = Array.from({ length: 5000 }, (_, index) => String(index));
    const open = after(flood.map((one) => opened(exchange(one))));
    expect(open.data.inFlight.size).toBe(LIMITS.inFlight);
    const targets = flood.map((one) =>
      settled(
        settledExchange(one, { attempts: [attempt({ target: `x/${one}`, provider: one, outcome: 'answered' })] }),
      ),
    );
    const { data } = after(targets, BEGAN_AT, open);
    expect(data.inFlight.size).toBe(0);
    expect(data.settled).toHaveLength(LIMITS.settled);
    expect(data.settled[0]?.exchange.exchange).toBe('4999');
    expect(data.figures.size).toBe(LIMITS.targets);
    expect(data.figures.has('x/4999')).toBe(true);
    expect(data.providers.size).toBe(LIMITS.providers);
    const same = after(flood.map((one) => settled(settledExchange(one))));
    expect(same.data.figures.get('ollama/qwen3:32b')?.latenciesMs).toHaveLength(LIMITS.figures);
  });
});

describe('an exchange of which one attempt was overtaken', () => {
  const answered = attempt({ number: 1, target: 'a/m', first_token_at: BEGAN_AT + 420, outcome: 'answered' });
  const overtaken = attempt({ number: 2, target: 'b/m', outcome: 'overtaken', ended_at: BEGAN_AT + 420 });
  const ended = settledExchange('a', { attempts: [answered, overtaken] });

  it('is told by the one that answered', () => {
    expect(FEED_EVENTS.safeParse(settled(ended)).error).toBeUndefined();
    expect(lastAttempt(ended)?.target).toBe('a/m');
    expect(settledSpeed(ended)).toBe(settledSpeed({ ...ended, attempts: [answered] }));
    expect(settledSpeed(ended)).not.toBeNull();
  });
});
