import type { FeedEvent, ServerView, Snapshot } from '../../canonical/feed-events.ts';
import { unreachable } from '../../std/unreachable.ts';
import { addFigures } from './figures-by-model.ts';
import { beginExchange, failAttempt, firstToken, progress, settle } from './reduce-exchange.ts';
import { LIMITS } from './state.ts';
import type { Data, InFlight, ModelFigures, Notice, ProviderFigures, Settled } from './state.ts';
import { countTraffic } from './traffic.ts';

/** What the events of one frame change, copied once for all of them. */
interface Draft {
  readonly at: number;
  readonly inFlight: Map<string, InFlight>;
  /** The oldest first. */
  readonly newlySettled: Settled[];
  readonly settledIds: Set<string>;
  readonly figures: Map<string, ModelFigures>;
  readonly providers: Map<string, ProviderFigures>;
  servers: Map<string, ServerView>;
  state: Pick<Data, 'version' | 'instanceId' | 'profile' | 'profiles' | 'configProblem' | 'dropped' | 'incomplete'>;
  prices: Data['prices'];
  /** Output tokens that came in the meantime. */
  tokens: number;
  notice: Notice | null;
}

/** The data after the events that came since the last frame, in their order. */
export function reduceEvents(data: Data, events: readonly FeedEvent[], at: number): Data {
  if (events.length === 0) return data;
  const draft = draftOf(data, at);
  for (const event of events) applyEvent(draft, event);
  const { inFlight, newlySettled, figures, providers, servers, prices, notice } = draft;
  const settled = [...newlySettled.reverse(), ...data.settled].slice(0, LIMITS.settled);
  const traffic = countTraffic(data.traffic, { requests: newlySettled.length, tokens: draft.tokens }, at);
  return { ...data, ...draft.state, inFlight, settled, figures, providers, servers, prices, notice, traffic };
}

function draftOf(data: Data, at: number): Draft {
  const { version, instanceId, profile, profiles, configProblem, dropped, incomplete } = data;
  return {
    at,
    inFlight: new Map(data.inFlight),
    newlySettled: [],
    settledIds: new Set(data.settled.map(({ exchange }) => exchange.exchange)),
    figures: new Map(data.figures),
    providers: new Map(data.providers),
    servers: new Map(data.servers),
    state: { version, instanceId, profile, profiles, configProblem, dropped, incomplete },
    prices: data.prices,
    tokens: 0,
    notice: data.notice,
  };
}

function applyEvent(draft: Draft, event: FeedEvent): void {
  switch (event.type) {
    case 'snapshot': {
      applySnapshot(draft, event);
      return;
    }
    case 'exchange.opened': {
      const { exchange } = event;
      open(draft, exchange.exchange, beginExchange(exchange, event.at, draft.inFlight.get(exchange.exchange)));
      return;
    }
    case 'exchange.first_token': {
      change(draft, event.exchange, (before) => firstToken(before, event.number, event.at));
      return;
    }
    case 'exchange.progress': {
      if (draft.inFlight.has(event.exchange)) countTokens(draft, event.exchange, event.output_tokens);
      change(draft, event.exchange, (before) => progress(before, event));
      return;
    }
    case 'attempt.failed': {
      change(draft, event.exchange, (before) => failAttempt(before, event.attempt, event.next));
      return;
    }
    case 'exchange.settled': {
      applySettled(draft, event);
      return;
    }
    case 'server.changed': {
      applyServer(draft, event.server);
      return;
    }
    case 'profile.changed':
      draft.state = { ...draft.state, profile: event.profile };
      draft.prices = new Map();
      draft.notice = note(draft, `The profile is \`${event.profile}\` now; it was \`${event.before}\`.`);
      return;
    case 'config.rejected':
      draft.state = { ...draft.state, configProblem: event.problem };
      if (event.problem === null) {
        draft.prices = new Map();
        draft.notice = note(draft, 'The config file is in force again.');
      }
      return;
    case 'dropped':
      draft.state = { ...draft.state, dropped: draft.state.dropped + event.count, incomplete: true };
      return;
    default:
      return unreachable(event);
  }
}

function applySnapshot(draft: Draft, event: Snapshot): void {
  const before = draft.state;
  if (before.instanceId !== null && before.instanceId !== event.instance_id) {
    draft.notice = note(draft, 'The daemon was restarted; this is connected to the new one.');
  }
  // What was left out may have been a switch of the profile, or another config.
  const same = before.instanceId === event.instance_id && before.profile === event.profile && !before.incomplete;
  if (!same) draft.prices = new Map();
  draft.state = {
    version: event.version,
    instanceId: event.instance_id,
    profile: event.profile,
    profiles: event.profiles.slice(0, LIMITS.profiles),
    configProblem: event.config_problem,
    dropped: before.dropped,
    incomplete: false,
  };
  const known = new Map(draft.inFlight);
  draft.inFlight.clear();
  for (const exchange of event.in_flight) {
    open(draft, exchange.exchange, beginExchange(exchange, event.at, known.get(exchange.exchange)));
  }
  draft.servers = new Map(event.servers.slice(0, LIMITS.servers).map((server) => [serverKey(server), server]));
}

function open(draft: Draft, id: string, begun: InFlight): void {
  if (draft.settledIds.has(id)) return;
  if (!draft.inFlight.has(id) && draft.inFlight.size >= LIMITS.inFlight) return;
  draft.inFlight.set(id, begun);
}

/** What is not known is not begun by its middle: the snapshot or `exchange.opened` of it was not seen. */
function change(draft: Draft, id: string, next: (before: InFlight) => InFlight): void {
  const before = draft.inFlight.get(id);
  if (before !== undefined) draft.inFlight.set(id, next(before));
}

function applySettled(draft: Draft, { exchange }: Extract<FeedEvent, { type: 'exchange.settled' }>): void {
  const before = draft.inFlight.get(exchange.exchange);
  const known = draft.settledIds.has(exchange.exchange);
  if (!known) countTokens(draft, exchange.exchange, exchange.usage.output_tokens ?? 0);
  draft.inFlight.delete(exchange.exchange);
  if (known) return;
  draft.settledIds.add(exchange.exchange);
  draft.newlySettled.push(settle(exchange, before));
  addFigures(draft, exchange);
}

/** Only what was not counted yet; what was counted too high by an estimate is not taken back. */
function countTokens(draft: Draft, id: string, outputTokens: number): void {
  const counted = draft.inFlight.get(id)?.exchange.usage.output_tokens ?? 0;
  draft.tokens += Math.max(0, outputTokens - counted);
}

function applyServer(draft: Draft, server: ServerView): void {
  const key = serverKey(server);
  if (server.state === 'gone') draft.servers.delete(key);
  else if (draft.servers.has(key) || draft.servers.size < LIMITS.servers) draft.servers.set(key, server);
}

function serverKey(server: ServerView): string {
  return `${server.name} ${server.origin}`;
}

function note(draft: Draft, text: string): Notice {
  return { text, kind: 'note', at: draft.at };
}
