import { describe, expect, it } from 'vitest';
import { keepAsking } from '../../../src/cli/top/questions.ts';
import { initialState, priceKey } from '../../../src/cli/top/state.ts';
import { Store } from '../../../src/cli/top/store.ts';
import type { DaemonClient } from '../../../src/daemon/client.ts';
import { knownDaemon } from '../../../src/daemon/client.ts';
import type { ModelName } from '../../../src/daemon/status.ts';
import { findPlaces } from '../../../src/std/places.ts';
import { makeHome } from '../../helpers/daemon.ts';
import { startFakeDaemon } from './fake-daemon.ts';
import type { FakeDaemon } from './fake-daemon.ts';
import { BEGAN_AT, snapshot } from './feed-samples.ts';

const model = (name: string): ModelName => ({
  name,
  group: 'cloud',
  targets: [name],
  capabilities: null,
  context_length: null,
  loaded: null,
});

interface Asking {
  readonly store: Store;
  readonly daemon: FakeDaemon;
  /** Asks so many rounds of questions. */
  readonly rounds: (count: number) => Promise<void>;
}

async function askingModels(use: (asking: Asking) => Promise<void>): Promise<void> {
  const home = makeHome();
  const models = ['openai/a', 'openai/broken', 'openai/z'].map(model);
  const daemon = await startFakeDaemon({ home: home.folder, models, refusedRoutes: ['openai/broken'] });
  try {
    const client: DaemonClient | undefined = knownDaemon(findPlaces({ LLMGW_HOME: home.folder }))?.client();
    if (client === undefined) throw new Error('no daemon');
    const store = new Store(initialState({ at: BEGAN_AT, columns: 80, rows: 24, command: 'llmgw' }), () => BEGAN_AT);
    store.dispatch({ type: 'connection', connection: { kind: 'connected', at: BEGAN_AT } });
    store.add(snapshot());
    store.dispatch({ type: 'key', key: { kind: 'character', text: '3' } });
    const rounds = async (count: number): Promise<void> => {
      let left = count;
      const asker = { store, client: () => client, ledgerPath: '', timeZone: 'UTC', changed: () => undefined };
      await keepAsking(asker, () => Promise.resolve(left-- > 0));
    };
    await use({ store, daemon, rounds });
  } finally {
    await daemon.close();
    await home.remove();
  }
}

const routesAsked = ({ asked }: FakeDaemon): number => asked.filter((path) => path.includes('/route')).length;

describe('prices', () => {
  it('of one model that cannot be routed hold up no other, and are asked for once', async () => {
    await askingModels(async ({ store, daemon, rounds }) => {
      await rounds(2);
      const { prices } = store.state.data;
      expect(prices.get(priceKey('openai/broken', 'openai/broken'))).toBeNull();
      expect(prices.get(priceKey('openai/z', 'openai/z'))).toEqual({ input_usd: '2.5', output_usd: '10' });
      expect(store.state.data.notice).toBeNull();
      expect(routesAsked(daemon)).toBe(3);
    });
  });

  it('are not asked for while the screen is held still', async () => {
    await askingModels(async ({ store, daemon, rounds }) => {
      store.dispatch({ type: 'models', models: { v: 1, profile: 'dev', models: [model('openai/a')] } });
      store.dispatch({ type: 'key', key: { kind: 'character', text: ' ' } });
      await rounds(2);
      expect(routesAsked(daemon)).toBe(0);
    });
  });
});
