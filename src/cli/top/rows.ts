import type { ExchangeView, ServerView } from '../../canonical/feed-events.ts';
import type { DeploymentEntry } from '../../daemon/deployments-document.ts';
import type { ModelName, ProviderStatus, ServerStatus } from '../../daemon/status.ts';
import { unreachable } from '../../std/unreachable.ts';
import { picoOf } from '../render/money.ts';
import { percentile } from './figures.ts';
import { byMost, byText, matcher } from './filter-and-sort.ts';
import { SPEND_SORTS, spendRows } from './spend-rows.ts';
import { endedAt, lastAttempt, priceKey } from './state.ts';
import type { Data, InFlight, ModelFigures, Price, ProviderFigures, Settled, TopState, Ui, View } from './state.ts';

/** What each view can be sorted by; the first is how it begins. */
export const SORTS = {
  live: ['time', 'cost', 'duration', 'model'],
  spend: SPEND_SORTS,
  models: ['place', 'name', 'requests', 'p95', 'tok/s', 'price'],
  providers: ['name', 'calls', 'failed'],
  deployments: ['state', 'name', 'req/min'],
} as const satisfies Record<View, readonly string[]>;

export interface LiveRows {
  readonly inFlight: readonly InFlight[];
  readonly settled: readonly Settled[];
}

export interface ModelRow {
  readonly model: ModelName;
  /** Who answers first. */
  readonly target: string | null;
  /** `undefined`: not asked yet. */
  readonly price: Price | null | undefined;
  readonly figures: ModelFigures | null;
}

export type ProviderRow =
  | { readonly kind: 'provider'; readonly provider: ProviderStatus; readonly calls: ProviderFigures | null }
  | { readonly kind: 'server'; readonly server: ServerStatus; readonly calls: ProviderFigures | null };

/** What is on the screen: the data as it is, or as it was when it was paused. */
export function seen({ data, ui }: TopState): Data {
  return ui.frozen ?? data;
}

/** The keys of the rows of the view, from the top; by them a row stays marked while the list moves. */
export function rowKeys(state: TopState): readonly string[] {
  const data = seen(state);
  const { ui } = state;
  switch (ui.view) {
    case 'live': {
      const { inFlight, settled } = liveRows(data, ui);
      return [...inFlight, ...settled].map(({ exchange }) => exchange.exchange);
    }
    case 'spend':
      return spendRows(data.spend, ui).map(({ key }) => key);
    case 'models':
      return modelRows(data, ui).map(({ model }) => model.name);
    case 'providers':
      return providerRows(data, ui).map(providerKey);
    case 'deployments':
      return deploymentRows(data, ui).map(({ id }) => id);
    default:
      return unreachable(ui.view);
  }
}

export function sortName(ui: Pick<Ui, 'view' | 'sort'>, view: View = ui.view): string {
  return SORTS[view][ui.sort[view]] ?? SORTS[view][0];
}

export function liveRows(data: Data, ui: Ui): LiveRows {
  const wanted = matcher(ui.filter);
  const isWanted = ({ exchange }: InFlight): boolean => ui.filter === '' || wanted(...wordsOf(exchange));
  const inFlight = [...data.inFlight.values()].filter(isWanted);
  const isWantedEnd = ({ exchange: of }: Settled): boolean =>
    ui.filter === '' || wanted(...wordsOf(of), of.outcome, of.error_code, String(of.status));
  const settled = data.settled.filter(isWantedEnd);
  const sort = sortName(ui, 'live');
  const cost = ({ exchange }: InFlight | Settled): number => Number(picoOf(exchange.cost_usd ?? '') ?? -1n);
  const name = ({ exchange }: InFlight | Settled): string =>
    exchange.requested_model ?? lastAttempt(exchange)?.target ?? '';
  const openedAt = ({ exchange }: InFlight): number => exchange.opened_at;
  const took = ({ exchange }: Settled): number => endedAt(exchange) - exchange.opened_at;
  if (sort === 'model') return { inFlight: inFlight.sort(byText(name)), settled: settled.sort(byText(name)) };
  if (sort === 'cost') return { inFlight: inFlight.sort(byMost(cost)), settled: settled.sort(byMost(cost)) };
  // The oldest at the top, so that a new one moves nothing.
  inFlight.sort((a, b) => openedAt(a) - openedAt(b));
  return { inFlight, settled: sort === 'duration' ? settled.sort(byMost(took)) : settled };
}

export function modelRows(data: Data, ui: Ui): readonly ModelRow[] {
  const wanted = matcher(ui.filter);
  const rows = (data.models?.models ?? [])
    .filter((model) => wanted(model.name, model.group, ...model.targets, ...(model.capabilities ?? [])))
    .map((model): ModelRow => {
      const target = model.targets[0] ?? null;
      const figures = (target === null ? undefined : data.figures.get(target)) ?? null;
      return { model, target, price: data.prices.get(priceKey(model.name, target)), figures };
    })
    .sort(byText(({ model }) => model.name));
  switch (sortName(ui, 'models')) {
    case 'requests':
      return rows.sort(byMost(({ figures }) => (figures === null ? -1 : figures.answered + figures.failed)));
    case 'p95':
      return rows.sort(byMost(({ figures }) => percentile(figures?.latenciesMs ?? [], 95) ?? -1));
    case 'tok/s':
      return rows.sort(byMost(({ figures }) => percentile(figures?.rates ?? [], 50) ?? -1));
    case 'price':
      return rows.sort(byMost(({ price }) => Number(picoOf(price?.output_usd ?? '') ?? -1n)));
    case 'name':
      return rows;
    default:
      return rows.sort(byMost(({ model }) => placeOf(model)));
  }
}

/** What is in memory first, then what is here, then what is elsewhere. */
function placeOf(model: ModelName): number {
  if (model.loaded === true) return 4;
  return { alias: 3, local: 2, cloud: 1, demo: 0 }[model.group];
}

export function providerRows(data: Data, ui: Ui): readonly ProviderRow[] {
  const wanted = matcher(ui.filter);
  const calls = (row: ProviderRow): number => (row.calls === null ? 0 : row.calls.answered + row.calls.failed);
  const sorted = (rows: ProviderRow[]): ProviderRow[] => {
    rows.sort(byText(providerKey));
    const sort = sortName(ui, 'providers');
    if (sort === 'calls') rows.sort(byMost(calls));
    return sort === 'failed' ? rows.sort(byMost((row) => row.calls?.failed ?? 0)) : rows;
  };
  const providers = (data.status?.providers ?? [])
    .filter((provider) => wanted(provider.id, provider.name, provider.credential, provider.state))
    .map((provider): ProviderRow => ({ kind: 'provider', provider, calls: data.providers.get(provider.id) ?? null }));
  const servers = (data.status?.servers ?? [])
    .filter((server) => wanted(server.name, server.kind, server.origin, server.state))
    .map((server): ProviderRow => ({ kind: 'server', server, calls: data.providers.get(server.name) ?? null }));
  return [...sorted(providers), ...sorted(servers)];
}

export function providerKey(row: ProviderRow): string {
  return row.kind === 'provider' ? `provider ${row.provider.id}` : `server ${row.server.name} ${row.server.origin}`;
}

/** What is not well first, then as in the config. */
export function deploymentRows(data: Data, ui: Ui): readonly DeploymentEntry[] {
  const wanted = matcher(ui.filter);
  const rows = (data.deployments?.deployments ?? []).filter(({ id, name, target, state, reason }) =>
    wanted(id, name, target, state, reason),
  );
  switch (sortName(ui, 'deployments')) {
    case 'name':
      return rows.sort(byText(({ name }) => name));
    case 'req/min':
      return rows.sort(byMost(({ requests }) => requests));
    default:
      return rows.sort(byMost(({ state }) => (state === 'open' ? 0 : 1)));
  }
}

/** Servers that the feed knows better than the status of a moment ago. */
export function serverNow(data: Data, server: ServerStatus): ServerView | undefined {
  return data.servers.get(`${server.name} ${server.origin}`);
}

function wordsOf(exchange: ExchangeView): readonly (string | null)[] {
  const targets = exchange.attempts.map(({ target }) => target);
  return [exchange.requested_model, exchange.client, exchange.profile, exchange.endpoint, exchange.key_id, ...targets];
}
