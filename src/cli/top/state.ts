import type { AttemptView, ExchangeView, FeedEvent, ServerView, SettledExchange } from '../../canonical/feed-events.ts';
import type { DeploymentsDocument } from '../../daemon/deployments-document.ts';
import type { ModelsDocument, ProfilesDocument, StatusDocument } from '../../daemon/status.ts';
import type { OverviewGrouping, SpendOverview } from '../../ledger/questions/overview.ts';

/** Everything that is on the screen is decided by this, and this by the actions alone: nothing here reads a clock. */
export interface TopState {
  /** As it is now. */
  readonly data: Data;
  readonly ui: Ui;
}

export interface Data {
  /** UTC milliseconds of the last action. */
  readonly now: number;
  /** When watching began: figures by model are of the time since. */
  readonly since: number;
  readonly connection: Connection;
  /** How this program is called, for what people are told to type. */
  readonly command: string;
  readonly version: string | null;
  readonly instanceId: string | null;
  readonly profile: string | null;
  readonly profiles: readonly string[];
  readonly configProblem: string | null;
  readonly inFlight: ReadonlyMap<string, InFlight>;
  /** The newest first. */
  readonly settled: readonly Settled[];
  readonly figures: ReadonlyMap<string, ModelFigures>;
  readonly providers: ReadonlyMap<string, ProviderFigures>;
  readonly servers: ReadonlyMap<string, ServerView>;
  readonly traffic: Traffic;
  /** Events that the daemon left out for this watcher, all in all. */
  readonly dropped: number;
  /** Some were left out since the last snapshot: what is in flight may be wrong until the next. */
  readonly incomplete: boolean;
  readonly notice: Notice | null;
  readonly status: StatusDocument | null;
  readonly models: ModelsDocument | null;
  readonly deployments: DeploymentsDocument | null;
  readonly profilesDocument: ProfilesDocument | null;
  /** By `priceKey`. `null`: asked, and none is known. */
  readonly prices: ReadonlyMap<string, Price | null>;
  readonly spend: SpendOverview | null;
  readonly spendProblem: string | null;
}

/** `absent`: no daemon runs. `silent`: it runs and does not answer. `foreign`: its events are not understood here. */
export type Connection =
  | { readonly kind: 'looking' }
  | { readonly kind: 'connected'; readonly at: number }
  | { readonly kind: 'absent'; readonly before: boolean; readonly at: number }
  | { readonly kind: 'silent'; readonly problem: string; readonly at: number }
  | { readonly kind: 'foreign'; readonly problem: string };

export interface Notice {
  readonly text: string;
  readonly kind: 'note' | 'warning';
  readonly at: number;
}

/** What came after a failed attempt, by its number. */
export type NextSteps = ReadonlyMap<number, Extract<FeedEvent, { type: 'attempt.failed' }>['next']>;

export interface InFlight {
  readonly exchange: ExchangeView;
  readonly nextSteps: NextSteps;
  /** When the client got something first; `null`: it waits. */
  readonly firstTokenAt: number | null;
  readonly progressAt: number | null;
}

export interface Settled {
  readonly exchange: SettledExchange;
  readonly nextSteps: NextSteps;
}

/** Of the last answered attempts of one target, `provider/model`. */
export interface ModelFigures {
  readonly answered: number;
  readonly failed: number;
  readonly lastAt: number;
  /** Milliseconds from sending to the end. */
  readonly latenciesMs: readonly number[];
  readonly firstTokensMs: readonly number[];
  /** Output tokens a second after the first. */
  readonly rates: readonly number[];
}

export interface ProviderFigures {
  readonly answered: number;
  readonly failed: number;
  readonly lastAt: number;
  readonly lastError: string | null;
}

/** What ended and what was sent in each of the last seconds; the last entry is the second that runs. */
export interface Traffic {
  readonly second: number;
  readonly requests: readonly number[];
  readonly tokens: readonly number[];
}

/** Dollars for a million tokens, exact decimals. */
export interface Price {
  readonly input_usd: string;
  readonly output_usd: string;
}

export const VIEWS = ['live', 'spend', 'models', 'providers', 'deployments'] as const;
export type View = (typeof VIEWS)[number];

/** In the order in which they are gone through. */
export const SPEND_GROUPINGS: readonly OverviewGrouping[] = ['model', 'provider', 'profile', 'client'];

export interface Ui {
  readonly columns: number;
  readonly rows: number;
  readonly view: View;
  readonly panel: Panel | null;
  /** The key of the row that is marked, by view; `null`: none, the top is shown. */
  readonly marked: Readonly<Record<View, string | null>>;
  /** Index into the orders of the view. */
  readonly sort: Readonly<Record<View, number>>;
  readonly grouping: OverviewGrouping;
  readonly filter: string;
  /** The filter is being typed. */
  readonly typing: boolean;
  /** What is shown while it does not move; `null`: it moves. */
  readonly frozen: Data | null;
  /** How many rows are kept free for what is in flight, so that the list below does not jump. */
  readonly room: Room;
  /** What the controller has to do, once. */
  readonly wish: Wish | null;
}

export interface Room {
  readonly count: number;
  readonly at: number;
}

/** What covers the view. */
export type Panel =
  | { readonly kind: 'help' }
  | { readonly kind: 'exchange'; readonly id: string }
  | { readonly kind: 'profiles'; readonly index: number };

export type Wish =
  { readonly kind: 'quit' } | { readonly kind: 'suspend' } | { readonly kind: 'use_profile'; readonly name: string };

/** What people press: a character, or the name of a key. */
export type Key =
  { readonly kind: 'character'; readonly text: string } | { readonly kind: 'named'; readonly name: NamedKey };

export type NamedKey =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'page_up'
  | 'page_down'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'back_tab'
  | 'backspace'
  | 'suspend'
  | 'quit';

/** Every action brings the time, UTC milliseconds. */
export type Action = { readonly at: number } & (
  | { readonly type: 'events'; readonly events: readonly FeedEvent[] }
  | { readonly type: 'tick' }
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'status'; readonly status: StatusDocument }
  | { readonly type: 'models'; readonly models: ModelsDocument }
  | { readonly type: 'deployments'; readonly deployments: DeploymentsDocument }
  | { readonly type: 'profiles'; readonly profiles: ProfilesDocument }
  | { readonly type: 'price'; readonly key: string; readonly price: Price | null }
  | { readonly type: 'spend'; readonly spend: SpendOverview }
  | { readonly type: 'spend_problem'; readonly problem: string }
  | { readonly type: 'notice'; readonly text: string; readonly kind: Notice['kind'] }
  | { readonly type: 'wish_granted' }
);

export const LIMITS = {
  inFlight: 2000,
  settled: 200,
  /** Of one exchange. */
  attempts: 32,
  /** Targets with figures. */
  targets: 300,
  providers: 100,
  servers: 200,
  profiles: 200,
  /** Figures of one target. */
  figures: 128,
  prices: 1000,
  trafficSeconds: 60,
  filter: 60,
  noticeMs: 12_000,
  roomMs: 20_000,
} as const;

export interface Start {
  readonly at: number;
  readonly columns: number;
  readonly rows: number;
  readonly command: string;
}

export function initialState({ at, columns, rows, command }: Start): TopState {
  const data: Data = {
    now: at,
    since: at,
    connection: { kind: 'looking' },
    command,
    version: null,
    instanceId: null,
    profile: null,
    profiles: [],
    configProblem: null,
    inFlight: new Map(),
    settled: [],
    figures: new Map(),
    providers: new Map(),
    servers: new Map(),
    traffic: { second: Math.floor(at / 1000), requests: [0], tokens: [0] },
    dropped: 0,
    incomplete: false,
    notice: null,
    status: null,
    models: null,
    deployments: null,
    profilesDocument: null,
    prices: new Map(),
    spend: null,
    spendProblem: null,
  };
  return { data, ui: initialUi(at, columns, rows) };
}

function initialUi(at: number, columns: number, rows: number): Ui {
  return {
    columns,
    rows,
    view: 'live',
    panel: null,
    marked: { live: null, spend: null, models: null, providers: null, deployments: null },
    sort: { live: 0, spend: 0, models: 0, providers: 0, deployments: 0 },
    grouping: 'model',
    filter: '',
    typing: false,
    frozen: null,
    room: { count: 0, at },
    wish: null,
  };
}

/** Of a name that a client sends, and who answers it first, which another profile or config changes. */
export function priceKey(name: string, target: string | null): string {
  return `${name} ${target ?? ''}`;
}

/** When the client had the whole answer; a daemon that does not tell it tells when all was counted, a little later. */
export function endedAt(exchange: SettledExchange): number {
  return exchange.ended_at ?? exchange.settled_at;
}

/** The attempt that is under way or was the last, without those that another one overtook. */
export function lastAttempt(exchange: ExchangeView): AttemptView | null {
  return exchange.attempts.findLast(({ outcome }) => outcome !== 'overtaken') ?? null;
}
