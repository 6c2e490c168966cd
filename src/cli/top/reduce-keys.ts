import { unreachable } from '../../std/unreachable.ts';
import { shown } from './cells.ts';
import { pageRows } from './layout.ts';
import { rowKeys, SORTS } from './rows.ts';
import { LIMITS, SPEND_GROUPINGS, VIEWS } from './state.ts';
import type { Key, NamedKey, Panel, TopState, Ui } from './state.ts';

/** The state after a key: the filter takes it while one is typed, else what covers the view, else the view. */
export function reduceKey(state: TopState, key: Key): TopState {
  if (key.kind === 'named' && key.name === 'quit') return wishToQuit(state);
  if (key.kind === 'named' && key.name === 'suspend') return withUi(state, { wish: { kind: 'suspend' } });
  if (state.ui.typing) return typeFilter(state, key);
  const command = commandOf(key);
  if (command === null) return state;
  const { panel } = state.ui;
  if (command === 'quit') return wishToQuit(state);
  if (panel === null) return inView(state, command);
  return inPanel(state, panel, command);
}

type Command =
  | Exclude<NamedKey, 'quit' | 'suspend' | 'backspace' | 'left' | 'right' | 'tab' | 'back_tab'>
  | 'quit'
  | 'next_view'
  | 'previous_view'
  | 'next_grouping'
  | 'previous_grouping'
  | 'help'
  | 'filter'
  | 'sort'
  | 'pause'
  | 'profiles'
  | 'live'
  | 'spend'
  | 'models'
  | 'providers'
  | 'deployments';

const CHARACTERS: ReadonlyMap<string, Command> = new Map([
  ['q', 'quit'],
  ['?', 'help'],
  ['/', 'filter'],
  ['s', 'sort'],
  [' ', 'pause'],
  ['p', 'profiles'],
  ['j', 'down'],
  ['k', 'up'],
  ['g', 'home'],
  ['G', 'end'],
  ['b', 'next_grouping'],
  ['l', 'next_grouping'],
  ['h', 'previous_grouping'],
  ['1', 'live'],
  ['2', 'spend'],
  ['3', 'models'],
  ['4', 'providers'],
  ['5', 'deployments'],
]);

function commandOf(key: Key): Command | null {
  if (key.kind === 'character') return CHARACTERS.get(key.text) ?? null;
  switch (key.name) {
    case 'tab':
      return 'next_view';
    case 'back_tab':
      return 'previous_view';
    case 'left':
      return 'previous_grouping';
    case 'right':
      return 'next_grouping';
    case 'backspace':
    case 'suspend':
      return null;
    default:
      return key.name;
  }
}

function inView(state: TopState, command: Command): TopState {
  const { ui } = state;
  switch (command) {
    case 'live':
    case 'spend':
    case 'models':
    case 'providers':
    case 'deployments':
      return withUi(state, { view: command });
    case 'next_view':
      return withUi(state, { view: after(VIEWS, ui.view, 1) });
    case 'previous_view':
      return withUi(state, { view: after(VIEWS, ui.view, -1) });
    case 'next_grouping':
    case 'previous_grouping':
      return regroup(state, command === 'next_grouping' ? 1 : -1);
    case 'help':
      return withUi(state, { panel: { kind: 'help' } });
    case 'profiles':
      return openProfiles(state);
    case 'filter':
      return withUi(state, { typing: true });
    case 'sort':
      return withUi(state, { sort: { ...ui.sort, [ui.view]: (ui.sort[ui.view] + 1) % SORTS[ui.view].length } });
    case 'pause':
      return withUi(state, { frozen: ui.frozen === null ? state.data : null });
    case 'enter':
      return openExchange(state);
    case 'escape':
      return stepBack(state);
    case 'quit':
      return wishToQuit(state);
    default:
      return mark(state, command);
  }
}

function inPanel(state: TopState, panel: Panel, command: Command): TopState {
  const closed = withUi(state, { panel: null });
  if (command === 'escape') return closed;
  if (isOfViews(command)) return inView(closed, command);
  switch (panel.kind) {
    case 'help':
      return command === 'help' || command === 'enter' ? closed : state;
    case 'exchange': {
      if (command === 'enter') return closed;
      if (command === 'pause') return inView(state, command);
      return isMove(command) ? openExchange(mark(state, command)) : state;
    }
    case 'profiles': {
      const names = state.data.profiles;
      const name = names[panel.index];
      if (command === 'enter') return name === undefined ? closed : wish(closed, name);
      if (!isMove(command)) return command === 'profiles' ? closed : state;
      return withUi(state, { panel: { kind: 'profiles', index: moved(panel.index, command, names.length, 10) } });
    }
    default:
      return unreachable(panel);
  }
}

function typeFilter(state: TopState, key: Key): TopState {
  const { filter } = state.ui;
  if (key.kind === 'character') {
    return withUi(state, { filter: shown(filter + key.text).slice(0, LIMITS.filter) });
  }
  if (key.name === 'backspace') return withUi(state, { filter: Array.from(filter).slice(0, -1).join('') });
  if (key.name === 'escape') return withUi(state, { filter: '', typing: false });
  return key.name === 'enter' ? withUi(state, { typing: false }) : state;
}

function isOfViews(command: Command): boolean {
  return ['next_view', 'previous_view', ...VIEWS].includes(command);
}

type Move = 'up' | 'down' | 'page_up' | 'page_down' | 'home' | 'end';

function isMove(command: Command): command is Move {
  return ['up', 'down', 'page_up', 'page_down', 'home', 'end'].includes(command);
}

/** Marks another row. Without a mark the first key marks the first row, so that the list can be left alone again. */
function mark(state: TopState, move: Move): TopState {
  const { ui } = state;
  const keys = rowKeys(state);
  const at = keys.indexOf(ui.marked[ui.view] ?? '');
  const first = at < 0 && (move === 'down' || move === 'up');
  const key = keys[first ? 0 : moved(Math.max(0, at), move, keys.length, pageRows(ui))];
  return key === undefined ? state : withUi(state, { marked: { ...ui.marked, [ui.view]: key } });
}

function moved(index: number, move: Move, count: number, page: number): number {
  const last = Math.max(0, count - 1);
  const to = { up: index - 1, down: index + 1, page_up: index - page, page_down: index + page, home: 0, end: last };
  return Math.min(last, Math.max(0, to[move]));
}

function openExchange(state: TopState): TopState {
  const { ui } = state;
  if (ui.view !== 'live') return state;
  const keys = rowKeys(state);
  const marked = ui.marked.live;
  const id = marked !== null && keys.includes(marked) ? marked : keys[0];
  if (id === undefined) return state;
  return withUi(state, { marked: { ...ui.marked, live: id }, panel: { kind: 'exchange', id } });
}

function openProfiles(state: TopState): TopState {
  const { profiles, profile, connection } = state.data;
  if (connection.kind !== 'connected') {
    const text = 'No daemon is connected: there is no profile to switch.';
    return { ...state, data: { ...state.data, notice: { text, kind: 'warning', at: state.data.now } } };
  }
  if (profiles.length === 0) return state;
  return withUi(state, { panel: { kind: 'profiles', index: Math.max(0, profiles.indexOf(profile ?? '')) } });
}

/** One thing at a time: the filter, then the mark, then the pause. */
function stepBack(state: TopState): TopState {
  const { ui } = state;
  if (ui.filter !== '') return withUi(state, { filter: '' });
  if (ui.marked[ui.view] !== null) {
    return withUi(state, { marked: { ...ui.marked, [ui.view]: null } });
  }
  return withUi(state, { frozen: null });
}

function regroup(state: TopState, step: 1 | -1): TopState {
  const { ui } = state;
  if (ui.view !== 'spend') return state;
  const grouping = after(SPEND_GROUPINGS, ui.grouping, step);
  return withUi(state, { grouping, marked: { ...ui.marked, spend: null } });
}

function after<T>(list: readonly T[], item: T, step: 1 | -1): T {
  return list[(list.indexOf(item) + step + list.length) % list.length] ?? item;
}

function wish(state: TopState, name: string): TopState {
  return name === state.data.profile ? state : withUi(state, { wish: { kind: 'use_profile', name } });
}

function wishToQuit(state: TopState): TopState {
  return withUi(state, { wish: { kind: 'quit' } });
}

function withUi(state: TopState, change: Partial<Ui>): TopState {
  return { ...state, ui: { ...state.ui, ...change } };
}
