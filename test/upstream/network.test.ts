import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createUpstream, NO_SECRET_HEADERS } from '../../src/upstream/upstream.ts';
import { watchNetwork } from '../../src/upstream/network-watch.ts';
import { cloudEndpoint } from '../helpers/routes.ts';
import { RecordingSink } from '../helpers/sink.ts';
import { json, startUpstreamServer } from '../helpers/upstream-server.ts';

/** Why a call to a host failed, with names looked up so; `null`: it did not. */
async function failureWith(lookUp: LookupFunction, port = 9, connectMs = 200): Promise<string | null> {
  const upstream = createUpstream(() => ({ connectMs, firstByteMs: 5_000, idleMs: 5_000, totalMs: 10_000 }), lookUp);
  const sink = new RecordingSink();
  const endpoint = cloudEndpoint('acme', { apiBase: `http://api.acme.test:${port}/v1` });
  upstream.send(
    {
      endpoint,
      address: endpoint,
      passes: true,
      headers: {},
      secretHeaders: NO_SECRET_HEADERS,
      limits: null,
      path: '/chat/completions',
      clientHeaders: [],
      body: Buffer.from('{}'),
      freshConnection: false,
    },
    sink,
  );
  const end = await sink.ended;
  await upstream.close();
  return end.kind === 'failure' ? end.error.code : null;
}

const refusing =
  (code: string): LookupFunction =>
  (_host, _options, callback) => {
    callback(Object.assign(new Error(code), { code }), '');
  };

describe('a name that is looked up', () => {
  it.each([
    ['nobody knows it', 'ENOTFOUND', 'upstream_unknown_host'],
    ['nobody answers who knows names', 'EAI_AGAIN', 'upstream_no_network'],
    ['there is no way out', 'ENETUNREACH', 'upstream_no_network'],
  ])('%s', async (_, code, expected) => {
    expect(await failureWith(refusing(code))).toBe(expected);
  });

  it('is not waited for until connecting would have taken too long', async () => {
    let late: (() => void) | null = null;
    const silent: LookupFunction = (_host, _options, callback) => {
      late = () => callback(null, '127.0.0.1', 4);
    };
    expect(await failureWith(silent)).toBe('upstream_no_network');
    // What is found after that is passed over.
    expect(late).not.toBeNull();
    (late as (() => void) | null)?.();
  });

  it('is found', async () => {
    const server = await startUpstreamServer((response) => json(response, { ok: true }));
    const found: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];
    const lookUp: LookupFunction = (_host, options, callback) => {
      if (options.all === true) callback(null, found);
      else callback(null, '127.0.0.1', 4);
    };
    expect(await failureWith(lookUp, Number(new URL(server.origin).port), 2_000)).toBeNull();
    await server.close();
  });
});

describe('watching the network', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** What a watch does, one second after another: which host is missed then, `-` for none. */
  function watched(
    missedHost: string | null,
    seconds: readonly { found?: boolean | null; address?: boolean }[],
  ): string[] {
    const asked: ((isFound: boolean) => void)[] = [];
    const network = {
      missedHost,
      gone: (host: string) => {
        network.missedHost = host;
      },
      stillGone: () => undefined,
      back: () => {
        network.missedHost = null;
      },
    };
    let hasAddress = true;
    const end = watchNetwork(network, {
      isFound: (_host, done) => void asked.push(done),
      hasAddress: () => hasAddress,
      now: () => 0,
    });
    const seen = seconds.map(({ found = null, address = true }) => {
      hasAddress = address;
      vi.advanceTimersByTime(1_000);
      if (found !== null) asked.shift()?.(found);
      return network.missedHost ?? '-';
    });
    end();
    vi.advanceTimersByTime(10_000);
    expect(vi.getTimerCount()).toBe(0);
    return seen;
  }

  it('is not missed again by a look that an answer from out there was faster than', () => {
    const network = { missedHost: 'a.com' as string | null, gone: vi.fn(), stillGone: vi.fn(), back: vi.fn() };
    const end = watchNetwork(network, { isFound: () => undefined, hasAddress: () => true, now: () => 0 });
    vi.advanceTimersByTime(1_000);
    network.missedHost = null;
    vi.advanceTimersByTime(20_000);
    end();
    expect(network.gone).not.toHaveBeenCalledWith('', 0);
  });

  const QUIET = [{}, {}, {}, {}];

  it.each<[string, string | null, Parameters<typeof watched>[1], string[]]>([
    ['a name that is found brings it back', 'a.com', [{ found: false }, { found: true }, {}], ['a.com', '-', '-']],
    ['a name that takes long keeps it gone', 'a.com', [{}, {}, { found: true }], ['a.com', 'a.com', '-']],
    ['without an address nobody is asked', null, [...QUIET, { address: false }], ['-', '-', '-', '-', '']],
    ['an address is enough to be back', '', [{ address: false }, { address: true }], ['', '-']],
    ['nothing is missed', null, [...QUIET, {}, {}], ['-', '-', '-', '-', '-', '-']],
  ])('%s', (_, missed, seconds, expected) => {
    expect(watched(missed, seconds)).toEqual(expected);
  });
});
