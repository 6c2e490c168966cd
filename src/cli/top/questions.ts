import type { DaemonClient } from '../../daemon/client.ts';
import { Problem } from '../../daemon/problem.ts';
import type { RouteDocument } from '../../daemon/status.ts';
import { pageRows, windowOf } from './layout.ts';
import { modelRows, seen } from './rows.ts';
import type { ModelRow } from './rows.ts';
import { readSpend } from './spend-reader.ts';
import { priceKey } from './state.ts';
import type { Price, TopState } from './state.ts';
import type { Store } from './store.ts';

interface Asker {
  readonly store: Store;
  /** `null`: no daemon is connected. */
  readonly client: () => DaemonClient | null;
  readonly ledgerPath: string;
  readonly timeZone: string;
  /** Something new is there to be drawn. */
  readonly changed: () => void;
}

const LOOK_EVERY_MS = 250;
const STATUS_EVERY_MS = 3000;
const MODELS_EVERY_MS = 5000;
const DEPLOYMENTS_EVERY_MS = 1500;
/** For the cap in the header. */
const PROFILES_EVERY_MS = 5000;
const SPEND_EVERY_MS = 4000;
/** A query may take a twentieth of a core, however large the ledger is. */
const SPEND_REST_FACTOR = 19;
const PRICES_AT_ONCE = 8;

/**
 * Asks for what the feed does not tell, and only while it is shown: status, models and prices from the daemon, sums
 * from the ledger's file. One question at a time.
 */
export async function keepAsking(asker: Asker, pause: (ms: number) => Promise<boolean>): Promise<void> {
  const due = new Map<string, number>();
  let before: DaemonClient | null = null;
  while (await pause(LOOK_EVERY_MS)) {
    const client = asker.client();
    // Another daemon may know other things.
    if (client !== before) due.clear();
    before = client;
    for (const { name, everyMs, ask } of wanted(asker, client)) {
      const now = performance.now();
      if ((due.get(name) ?? 0) > now) continue;
      const took = await answerTo(asker, ask);
      due.set(name, performance.now() + Math.max(everyMs, name === 'spend' ? took * SPEND_REST_FACTOR : 0));
    }
  }
}

interface Wanted {
  readonly name: string;
  readonly everyMs: number;
  readonly ask: () => Promise<void>;
}

function wanted(asker: Asker, client: DaemonClient | null): readonly Wanted[] {
  const { store } = asker;
  const { view, frozen } = store.state.ui;
  const questions: Wanted[] = [];
  if (view === 'spend' && frozen === null) {
    questions.push({ name: 'spend', everyMs: SPEND_EVERY_MS, ask: () => askSpend(asker) });
  }
  if (client === null) return questions;
  const status = async (): Promise<void> => store.dispatch({ type: 'status', status: await client.status() });
  const models = async (): Promise<void> => store.dispatch({ type: 'models', models: await client.models() });
  const profiles = async (): Promise<void> => store.dispatch({ type: 'profiles', profiles: await client.profiles() });
  questions.push({ name: 'profiles', everyMs: PROFILES_EVERY_MS, ask: profiles });
  // The Live view wants the address only, which does not change; prices change with the config.
  if (view === 'providers' || view === 'models' || store.state.data.status === null) {
    questions.push({ name: 'status', everyMs: STATUS_EVERY_MS, ask: status });
  }
  if (view === 'deployments') {
    const deployments = async (): Promise<void> =>
      store.dispatch({ type: 'deployments', deployments: await client.deployments() });
    questions.push({
      name: `deployments of ${store.state.data.profile ?? ''}`,
      everyMs: DEPLOYMENTS_EVERY_MS,
      ask: deployments,
    });
  }
  if (view === 'models') {
    questions.push({ name: `models of ${store.state.data.profile ?? ''}`, everyMs: MODELS_EVERY_MS, ask: models });
    // What is held still shows no price that comes.
    if (frozen === null) {
      questions.push({ name: 'prices', everyMs: LOOK_EVERY_MS, ask: () => askPrices(asker, client) });
    }
  }
  return questions;
}

/** How long it took, in milliseconds. */
async function answerTo(asker: Asker, ask: () => Promise<void>): Promise<number> {
  const began = performance.now();
  try {
    await ask();
    asker.changed();
  } catch (error) {
    // A daemon that is going says so through the feed; one that only refuses this is told of.
    if (!(error instanceof Problem)) throw error;
    if (asker.client() !== null) asker.store.dispatch({ type: 'notice', kind: 'warning', text: error.message });
  }
  return performance.now() - began;
}

async function askSpend({ store, ledgerPath, timeZone }: Asker): Promise<void> {
  const read = await readSpend(ledgerPath, timeZone);
  if (read.state === 'read') store.dispatch({ type: 'spend', spend: read.overview });
  else store.dispatch({ type: 'spend_problem', problem: read.problem });
}

/** Prices of the models on the screen that were not asked for yet, a few at a time. */
async function askPrices({ store, client: connected }: Asker, client: DaemonClient): Promise<void> {
  for (const row of unpricedModels(store.state).slice(0, PRICES_AT_ONCE)) {
    const price = await priceOf(row, client, connected);
    store.dispatch({ type: 'price', key: priceKey(row.model.name, row.target), price });
  }
}

/** A route that the daemon refuses has no price, and holds up nobody else's; a daemon that is gone says nothing. */
async function priceOf(
  { model, target }: ModelRow,
  client: DaemonClient,
  connected: Asker['client'],
): Promise<Price | null> {
  try {
    const endpoint = endpointOf(model.capabilities);
    return priceIn(await client.route({ model: model.name, profile: null, endpoint }), target);
  } catch (error) {
    if (!(error instanceof Problem) || connected() !== client) throw error;
    return null;
  }
}

function unpricedModels(state: TopState): readonly ModelRow[] {
  const rows = modelRows(seen(state), state.ui);
  const marked = rows.findIndex(({ model }) => model.name === state.ui.marked.models);
  const { from, to } = windowOf(rows.length, Math.max(0, marked), pageRows(state.ui) + 2);
  return rows.slice(from, to).filter(({ price }) => price === undefined);
}

function endpointOf(capabilities: readonly string[] | null): string {
  return capabilities?.includes('embedding') === true ? 'embeddings' : 'chat/completions';
}

function priceIn(route: RouteDocument, target: string | null): Price | null {
  return route.candidates.find((candidate) => candidate.target === target)?.price ?? null;
}
