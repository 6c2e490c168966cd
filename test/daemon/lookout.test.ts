import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Probe, ProbeAnswer } from '../../src/canonical/probe.ts';
import { createSilentLogger } from '../../src/daemon/log.ts';
import { Lookout, type LookoutPlan } from '../../src/daemon/lookout.ts';
import type { NamedServer } from '../../src/discovery/discovery.ts';

/** What the one server of these tests answers. */
const MODELS: ProbeAnswer = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ object: 'list', data: [{ id: 'm', object: 'model', created: 1, owned_by: 'vllm' }] }),
};

let folder: string;
let lookout: Lookout;
/** Probes that wait to be answered; `null`: they are answered at once. */
let held: (() => void)[] | null;
let probes: number;
let changes: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmgw-lookout-'));
  held = null;
  probes = 0;
  changes = 0;
});
afterEach(async () => {
  release();
  await lookout.stop();
  rmSync(folder, { recursive: true, force: true });
});

const probe: Probe = async ({ signal }) => {
  probes++;
  if (held !== null) {
    await new Promise<void>((resolve) => {
      held?.push(resolve);
      signal?.addEventListener('abort', () => resolve());
    });
  }
  return signal?.aborted === true ? 'aborted' : MODELS;
};

function release(): void {
  const waiting = held ?? [];
  held = null;
  for (const resolve of waiting) resolve();
}

function server(more: Partial<NamedServer> = {}): NamedServer {
  return {
    name: 'box',
    baseUrl: 'http://127.0.0.1:9',
    apiKey: null,
    kind: 'vllm',
    local: true,
    insecureTls: false,
    ...more,
  };
}

function planOf(...servers: NamedServer[]): LookoutPlan {
  return { discovery: { enabled: false, intervalMs: 60_000, ignoredPorts: [] }, servers, providers: [] };
}

async function begin(plan: LookoutPlan): Promise<void> {
  lookout = new Lookout({
    plan,
    env: {},
    probe,
    cacheFolder: folder,
    ownAddresses: () => [],
    logger: createSilentLogger(),
    onChange: () => changes++,
  });
  await lookout.firstRound;
}

const seen = (): string[] => lookout.servers().map(({ name, locality, state }) => `${name} ${locality} ${state}`);

it('a server that is local no more is not from the moment on that the config says so', async () => {
  await begin(planOf(server()));
  expect(seen()).toEqual(['box local ready']);
  held = [];
  const following = lookout.followServers(planOf(server({ local: false })));
  expect(seen()).toEqual(['box cloud down']);
  release();
  await following;
  expect(seen()).toEqual(['box cloud ready']);
});

it('a server that stays as it was keeps its models while it is asked anew', async () => {
  await begin(planOf(server()));
  held = [];
  const following = lookout.followServers(planOf(server(), server({ name: 'second', baseUrl: 'http://127.0.0.1:8' })));
  expect(seen()).toEqual(['box local ready', 'second local down']);
  release();
  await following;
  expect(seen()).toEqual(['box local ready', 'second local ready']);
});

it('of two changes within one look the later is in force', async () => {
  await begin(planOf(server()));
  held = [];
  const earlier = lookout.followServers(planOf(server({ name: 'second' })));
  const later = lookout.followServers(planOf(server({ name: 'third', local: false })));
  expect(seen()).toEqual(['third cloud down']);
  release();
  await Promise.all([earlier, later]);
  expect(seen()).toEqual(['third cloud ready']);
});

it('asks nobody and tells nothing after its end, in the middle of a change too', async () => {
  await begin(planOf(server()));
  held = [];
  const following = lookout.followServers(planOf(server({ name: 'second' })));
  await lookout.stop();
  const before = { probes, changes };
  release();
  await following;
  await new Promise((resolve) => setImmediate(resolve));
  expect({ probes, changes }).toEqual(before);
});
