import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/std/secret.ts';
import { createUpstream, NO_SECRET_HEADERS } from '../../src/upstream/upstream.ts';
import { cloudEndpoint } from '../helpers/routes.ts';
import { RecordingSink } from '../helpers/sink.ts';

class LockedSecret extends Secret {
  override reveal(): string {
    throw new Error('locked');
  }
}

describe('a call that could not be made', () => {
  it('leaves no clock running', async () => {
    const upstream = createUpstream(() => ({
      connectMs: 1_000,
      firstByteMs: 1_000,
      idleMs: 1_000,
      totalMs: 3_600_000,
    }));
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const endpoint = cloudEndpoint('acme', { credential: new LockedSecret('') });
    const how = { clientHeaders: [], passes: true, headers: {}, freshConnection: false, limits: null };
    const call = {
      endpoint,
      address: endpoint,
      path: '/x',
      body: Buffer.from('{}'),
      ...how,
      secretHeaders: NO_SECRET_HEADERS,
    };
    expect(() => upstream.send(call, new RecordingSink())).toThrow('locked');
    expect(timers()).toBe(before);
    await upstream.close();
  });
});
