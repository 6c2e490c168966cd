import type { StatusDocument } from '../../daemon/status.ts';
import { unreachable } from '../../std/unreachable.ts';
import { reduceEvents } from './reduce-feed.ts';
import { reduceKey } from './reduce-keys.ts';
import { LIMITS } from './state.ts';
import type { Action, Connection, Data, Price, Room, TopState } from './state.ts';
import { moveTraffic } from './traffic.ts';

/** The state after an action. Pure: the time comes with the action. */
export function reduce(before: TopState, action: Action): TopState {
  const { at } = action;
  const state = { ...before, data: passTime(before.data, at) };
  switch (action.type) {
    case 'events':
      return makeRoom({ ...state, data: reduceEvents(state.data, action.events, at) });
    case 'tick':
      return makeRoom(state);
    case 'key':
      return reduceKey(state, action.key);
    case 'resize':
      return { ...state, ui: { ...state.ui, columns: action.columns, rows: action.rows } };
    case 'connection':
      return makeRoom({ ...state, data: connected(state.data, action.connection) });
    case 'status':
      return withData(state, withStatus(state.data, action.status));
    case 'models':
      return withData(state, { models: action.models });
    case 'deployments':
      return withData(state, { deployments: action.deployments });
    case 'profiles':
      return withData(state, { profilesDocument: action.profiles, profile: action.profiles.active });
    case 'price':
      return withData(state, { prices: withPrice(state.data.prices, action.key, action.price) });
    case 'spend':
      return withData(state, { spend: action.spend, spendProblem: null });
    case 'spend_problem':
      return withData(state, { spendProblem: action.problem });
    case 'notice':
      return withData(state, { notice: { text: action.text, kind: action.kind, at } });
    case 'wish_granted':
      return { ...state, ui: { ...state.ui, wish: null } };
    default:
      return unreachable(action);
  }
}

function passTime(data: Data, at: number): Data {
  const { notice } = data;
  const old = notice !== null && at - notice.at > LIMITS.noticeMs;
  return { ...data, now: at, notice: old ? null : notice, traffic: moveTraffic(data.traffic, at) };
}

function withData(state: TopState, change: Partial<Data>): TopState {
  return { ...state, data: { ...state.data, ...change } };
}

/** The feed tells nothing of a config that is as good as the one before: its prices may be others. */
function withStatus({ status: before, prices }: Data, status: StatusDocument): Partial<Data> {
  const same = before === null || before.config.loaded_at === status.config.loaded_at;
  return { status, prices: same ? prices : new Map() };
}

/** Without a daemon nothing is in flight; what was seen stays to be read. */
function connected(data: Data, connection: Connection): Data {
  if (connection.kind === 'connected' || connection.kind === 'looking') return { ...data, connection };
  return { ...data, connection, inFlight: new Map(), incomplete: false };
}

/** The rows kept for what is in flight grow at once, and shrink when fewer were enough for a while. */
function makeRoom(state: TopState): TopState {
  const { data, ui } = state;
  const room = nextRoom(ui.room, data.inFlight.size, data.now);
  return room === ui.room ? state : { ...state, ui: { ...ui, room } };
}

function nextRoom(room: Room, count: number, now: number): Room {
  const late = now - room.at > LIMITS.roomMs;
  return count >= room.count || late ? { count, at: now } : room;
}

function withPrice(prices: ReadonlyMap<string, Price | null>, key: string, price: Price | null): typeof prices {
  const added = new Map(prices);
  // Asked last stands last, so that the first is the oldest.
  added.delete(key);
  added.set(key, price);
  const [oldest] = added.keys();
  if (added.size > LIMITS.prices && oldest !== undefined) added.delete(oldest);
  return added;
}
