import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '../../../src/canonical/feed-events.ts';
import { reduce } from '../../../src/cli/top/reduce.ts';
import { modelRows } from '../../../src/cli/top/rows.ts';
import { initialState, priceKey } from '../../../src/cli/top/state.ts';
import type { TopState } from '../../../src/cli/top/state.ts';
import { statusDocument } from '../../helpers/status-document.ts';
import { BEGAN_AT, snapshot } from './feed-samples.ts';

const START = initialState({ at: BEGAN_AT, columns: 80, rows: 24, command: 'llmgw' });

function after(events: readonly FeedEvent[], at = BEGAN_AT, state: TopState = START): TopState {
  return reduce(state, { type: 'events', events, at });
}

describe('prices', () => {
  const key = priceKey('gpt-4o', 'ollama/qwen3:32b');
  const free = { input_usd: '0', output_usd: '0' };
  const known = reduce(after([snapshot()]), { type: 'price', key, price: free, at: BEGAN_AT });

  it.each<[string, FeedEvent]>([
    ['another profile', { v: 1, at: BEGAN_AT, type: 'profile.changed', profile: 'prod', before: 'dev' }],
    ['another config', { v: 1, at: BEGAN_AT, type: 'config.rejected', problem: null }],
    ['another daemon', snapshot({ instance_id: 'instance-2' })],
    ['a profile that was switched unseen', snapshot({ profile: 'prod' })],
  ])('are asked anew with %s', (_what, event) => {
    expect(known.data.prices.get(key)).toEqual(free);
    expect(after([event], BEGAN_AT, known).data.prices.size).toBe(0);
  });

  it('stay with the same daemon', () => {
    const rejected: FeedEvent = { v: 1, at: BEGAN_AT, type: 'config.rejected', problem: 'no' };
    expect(after([snapshot(), rejected], BEGAN_AT, known).data.prices.size).toBe(1);
    const dropped: FeedEvent = { v: 1, at: BEGAN_AT, type: 'dropped', count: 1 };
    expect(after([dropped, snapshot()], BEGAN_AT, known).data.prices.size).toBe(0);
  });

  it('are asked anew with a config that was loaded since', () => {
    const { config } = statusDocument();
    const withConfig = (state: TopState, loaded_at: string): TopState =>
      reduce(state, { type: 'status', status: statusDocument({ config: { ...config, loaded_at } }), at: BEGAN_AT });
    const first = withConfig(known, '2026-11-20T10:00:00.000Z');
    expect(withConfig(first, '2026-11-20T10:00:00.000Z').data.prices.size).toBe(1);
    expect(withConfig(first, '2026-11-20T10:05:00.000Z').data.prices.size).toBe(0);
  });

  it('are of the name and of who answers it', () => {
    const models = (target: string): TopState =>
      reduce(known, {
        type: 'models',
        at: BEGAN_AT,
        models: {
          v: 1,
          profile: 'dev',
          models: [
            {
              name: 'gpt-4o',
              group: 'cloud',
              targets: [target],
              capabilities: null,
              context_length: null,
              loaded: null,
            },
          ],
        },
      });
    const priceWith = (target: string): unknown => {
      const { data, ui } = models(target);
      return modelRows(data, ui)[0]?.price;
    };
    expect(priceWith('ollama/qwen3:32b')).toEqual(free);
    expect(priceWith('openai/gpt-4o')).toBeUndefined();
  });
});
