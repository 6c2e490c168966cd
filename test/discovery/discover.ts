import pino from 'pino';
import type { ModelServer } from '../../src/canonical/model.ts';
import { localPort } from '../../src/discovery/candidates.ts';
import {
  startDiscovery,
  type Discovery,
  type DiscoveryOptions,
  type NamedServer,
} from '../../src/discovery/discovery.ts';
import { nodeProbe } from '../helpers/node-probe.ts';

/** Discovery as the daemon starts it, looking at the given ports only, with everything it reports. */
export interface Watched {
  readonly discovery: Discovery;
  /** What each `onChange` brought. */
  readonly changes: (readonly ModelServer[])[];
  readonly logLines: string[];
  /** Resolves at the next `onChange` (or at once, when one came unseen) whose servers are so. */
  readonly until: (isSo: (servers: readonly ModelServer[]) => boolean) => Promise<readonly ModelServer[]>;
}

export function watch(ports: readonly number[], options: Partial<DiscoveryOptions> = {}): Watched {
  const changes: (readonly ModelServer[])[] = [];
  const logLines: string[] = [];
  let wake: () => void = () => undefined;
  const discovery = startDiscovery({
    probe: nodeProbe,
    servers: [],
    enabled: true,
    intervalMs: 60_000,
    ignoredPorts: [],
    env: {},
    ownAddresses: () => [],
    logger: pino({ level: 'debug' }, { write: (line: string) => void logLines.push(line) }),
    candidates: ports.map((port) => localPort(port)),
    onChange: (servers) => {
      changes.push(servers);
      wake();
    },
    ...options,
  });
  return {
    discovery,
    changes,
    logLines,
    until: async (isSo) => {
      for (;;) {
        if (isSo(discovery.servers())) return discovery.servers();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** What one round finds at a port. */
export async function discoverAt(port: number, options: Partial<DiscoveryOptions> = {}): Promise<ModelServer | null> {
  const { discovery } = watch([port], options);
  await discovery.firstRound;
  await discovery.stop();
  return discovery.servers()[0] ?? null;
}

export function named(name: string, baseUrl: string, rest: Partial<NamedServer> = {}): NamedServer {
  return { name, baseUrl, apiKey: null, kind: null, local: null, insecureTls: false, ...rest };
}
