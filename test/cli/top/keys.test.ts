import { describe, expect, it } from 'vitest';
import { reduce } from '../../../src/cli/top/reduce.ts';
import { liveRows, modelRows, rowKeys, seen } from '../../../src/cli/top/rows.ts';
import { initialState } from '../../../src/cli/top/state.ts';
import type { Key, NamedKey, TopState } from '../../../src/cli/top/state.ts';
import { BEGAN_AT, exchange, opened, settled, settledExchange, snapshot } from './feed-samples.ts';

const NAMES: readonly string[] = [
  'up',
  'down',
  'enter',
  'escape',
  'tab',
  'back_tab',
  'backspace',
  'end',
  'quit',
  'suspend',
  'right',
];

/** Characters, and names of keys in angle brackets: `jj<enter>`. */
function press(state: TopState, keys: string): TopState {
  return (keys.match(/<[a-z_]+>|[^]/gu) ?? []).reduce((before, text) => {
    const name = text.slice(1, -1);
    const key: Key = NAMES.includes(name) ? { kind: 'named', name: name as NamedKey } : { kind: 'character', text };
    return reduce(before, { type: 'key', key, at: BEGAN_AT });
  }, state);
}

const START = reduce(initialState({ at: BEGAN_AT, columns: 80, rows: 24, command: 'llmgw' }), {
  type: 'connection',
  connection: { kind: 'connected', at: BEGAN_AT },
  at: BEGAN_AT,
});
const FULL = reduce(START, {
  type: 'events',
  events: [
    snapshot(),
    opened(exchange('one', { opened_at: BEGAN_AT, cost_usd: '0.01' })),
    opened(exchange('two', { opened_at: BEGAN_AT + 1, cost_usd: '0.5', requested_model: 'claude-sonnet-4-5' })),
    settled(settledExchange('three')),
    settled(settledExchange('four', { requested_model: 'claude-haiku-4-5', outcome: 'failed', status: 503 })),
  ],
  at: BEGAN_AT + 2,
});

describe('views', () => {
  it.each([
    ['2', 'spend'],
    ['3', 'models'],
    ['4', 'providers'],
    ['5', 'deployments'],
    ['41', 'live'],
    ['<tab>', 'spend'],
    ['<enter>3', 'models'],
    ['?<tab>', 'spend'],
    ['<back_tab>', 'deployments'],
    ['<tab><tab><tab><tab><tab>', 'live'],
  ])('%s shows %s', (keys, view) => {
    expect(press(FULL, keys).ui.view).toBe(view);
  });

  it('groups spending by the next thing, and back', () => {
    expect(press(FULL, '2b').ui.grouping).toBe('provider');
    expect(press(FULL, '2bbbb').ui.grouping).toBe('model');
    expect(press(FULL, '2h').ui.grouping).toBe('client');
    expect(press(FULL, 'b').ui.grouping).toBe('model');
  });
});

describe('rows', () => {
  it('are marked over both lists, and stay marked when the lists move', () => {
    expect(rowKeys(FULL)).toEqual(['one', 'two', 'four', 'three']);
    expect(press(FULL, 'j').ui.marked.live).toBe('one');
    expect(press(FULL, 'jjj').ui.marked.live).toBe('four');
    expect(press(FULL, 'jjjk').ui.marked.live).toBe('two');
    expect(press(FULL, 'G').ui.marked.live).toBe('three');
    expect(press(FULL, 'jjjjjjjj').ui.marked.live).toBe('three');
    expect(press(FULL, 'Ggk').ui.marked.live).toBe('one');
    const moved = reduce(press(FULL, 'jj'), {
      type: 'events',
      events: [settled(settledExchange('two'))],
      at: BEGAN_AT,
    });
    expect(rowKeys(moved)).toEqual(['one', 'two', 'four', 'three']);
    expect(press(moved, 'j').ui.marked.live).toBe('four');
  });

  it('are opened by enter, the first where none is marked, and gone through when one is open', () => {
    expect(press(FULL, '<enter>').ui.panel).toEqual({ kind: 'exchange', id: 'one' });
    expect(press(FULL, 'jj<enter>').ui.panel).toEqual({ kind: 'exchange', id: 'two' });
    expect(press(FULL, '<enter>jj').ui.panel).toEqual({ kind: 'exchange', id: 'four' });
    expect(press(FULL, '<enter><escape>').ui.panel).toBeNull();
    expect(press(START, '<enter>').ui.panel).toBeNull();
  });

  it.each([
    ['', ['one', 'two', 'four', 'three']],
    ['s', ['two', 'one', 'four', 'three']],
    ['sss', ['two', 'one', 'four', 'three']],
    ['ssss', ['one', 'two', 'four', 'three']],
  ])('are sorted after %s', (keys, expected) => {
    expect(rowKeys(press(FULL, keys))).toEqual(expected);
  });
});

describe('the filter', () => {
  it('takes every key while it is typed', () => {
    const typing = press(FULL, '/claude q');
    expect(typing.ui).toMatchObject({ typing: true, filter: 'claude q', wish: null });
    expect(rowKeys(press(FULL, '/claude'))).toEqual(['two', 'four']);
    expect(rowKeys(press(FULL, '/claude 503'))).toEqual(['four']);
    expect(press(FULL, '/clx<backspace>').ui.filter).toBe('cl');
  });

  it('is kept by enter and cleared by escape, also later', () => {
    expect(press(FULL, '/cl<enter>').ui).toMatchObject({ typing: false, filter: 'cl' });
    expect(press(FULL, '/cl<escape>').ui).toMatchObject({ typing: false, filter: '' });
    expect(press(FULL, '/cl<enter><escape>').ui.filter).toBe('');
  });

  it('takes no more than fits, and nothing that steers a terminal', () => {
    expect(press(FULL, `/${'x'.repeat(500)}`).ui.filter).toHaveLength(60);
    expect(press(FULL, '/a\u001b\u202eb').ui.filter).toBe('ab');
  });
});

describe('the pause', () => {
  it('holds what is seen still while everything goes on', () => {
    const paused = press(FULL, ' ');
    const later = reduce(paused, {
      type: 'events',
      events: [settled(settledExchange('one'))],
      at: BEGAN_AT + 9000,
    });
    expect(liveRows(seen(later), later.ui).inFlight).toHaveLength(2);
    expect(seen(later).now).toBe(BEGAN_AT);
    expect(later.data.inFlight.size).toBe(1);
    expect(liveRows(seen(press(later, ' ')), later.ui).inFlight).toHaveLength(1);
  });
});

describe('profiles and the end', () => {
  it('wishes for the chosen profile, and for nothing where it is active', () => {
    expect(press(FULL, 'p').ui.panel).toEqual({ kind: 'profiles', index: 0 });
    expect(press(FULL, 'pj<enter>').ui).toMatchObject({ panel: null, wish: { kind: 'use_profile', name: 'prod' } });
    expect(press(FULL, 'p<enter>').ui.wish).toBeNull();
    expect(press(FULL, 'pj<escape>').ui).toMatchObject({ panel: null, wish: null });
    expect(press(START, 'p').ui.panel).toBeNull();
  });

  it('says that there is no daemon whose profile could be switched', () => {
    const connection = { kind: 'absent', before: true, at: BEGAN_AT - 1 } as const;
    const gone = press(reduce(FULL, { type: 'connection', connection, at: BEGAN_AT }), 'p');
    expect(gone.ui.panel).toBeNull();
    expect(gone.data.notice?.text).toContain('No daemon is connected');
  });

  it.each(['q', '<quit>', '/x<quit>', '?q', 'pq', '<enter>q'])('%s quits', (keys) => {
    expect(press(FULL, keys).ui.wish).toEqual({ kind: 'quit' });
  });

  it.each(['<suspend>', '/x<suspend>', 'p<suspend>'])('%s wishes to be stopped', (keys) => {
    expect(press(FULL, keys).ui.wish).toEqual({ kind: 'suspend' });
  });

  it('opens and closes help', () => {
    expect(press(FULL, '?').ui.panel).toEqual({ kind: 'help' });
    expect(press(FULL, '??').ui.panel).toBeNull();
  });
});

describe('models', () => {
  const local = { group: 'local', capabilities: null, context_length: null } as const;
  const state = reduce(press(FULL, '3'), {
    type: 'models',
    models: {
      v: 1,
      profile: 'dev',
      models: [
        { ...local, name: 'openai/a', group: 'cloud', targets: ['openai/a'], loaded: null },
        { ...local, name: 'ollama/b', targets: ['ollama/b'], loaded: false },
        { ...local, name: 'ollama/qwen3:32b', targets: ['ollama/qwen3:32b'], loaded: true },
      ],
    },
    at: BEGAN_AT,
  });

  it('begin with what is in memory, then what is here', () => {
    expect(rowKeys(state)).toEqual(['ollama/qwen3:32b', 'ollama/b', 'openai/a']);
    expect(rowKeys(press(state, 's'))).toEqual(['ollama/b', 'ollama/qwen3:32b', 'openai/a']);
  });

  it('have the figures of their first target', () => {
    expect(modelRows(state.data, state.ui)[0]?.figures?.latenciesMs).toEqual([3420, 3420]);
  });
});
