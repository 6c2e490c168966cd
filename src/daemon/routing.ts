import { totalmem } from 'node:os';
import { GatewayError } from '../canonical/errors.ts';
import { UNKNOWN_FACTS } from '../canonical/model.ts';
import type { Profile } from '../canonical/profile.ts';
import { PROVIDERS } from '../providers/table.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import { compileRoutes } from '../routing/compile.ts';
import type { Memory } from '../routing/context-memory.ts';
import type { RouteTable } from '../routing/route-table.ts';
import { priceLookup } from './comparable-prices.ts';
import type { DeploymentHealth, FoundOutside } from './deployment-health.ts';
import type { InForce } from './in-force.ts';
import type { LocalIds } from './local-ids.ts';
import type { Lookout } from './lookout.ts';
import { makerLookup, routedProviders } from './routed-providers.ts';

/** What a table is made of. */
export interface Known {
  readonly inForce: InForce;
  /** `null`: nothing was looked for yet. */
  readonly lookout: Lookout | null;
}

/** The tables of routes in force, one for each profile that is used. */
export interface Routing {
  /** Of a profile that is there. */
  table(profile: string): RouteTable;
  /** Makes them anew from what is known now, each when it is asked for. */
  recompile(known: Known): void;
}

export interface RoutingOptions {
  readonly known: Known;
  readonly demo: boolean;
  readonly localIds: LocalIds;
  readonly prices: () => PriceBook;
  /** Told of every table, and of what is found outside. */
  readonly health: DeploymentHealth;
  readonly command: string;
}

/** Apple's machines have one memory for processor and GPU. */
const MEMORY: Memory = { totalBytes: totalmem(), isShared: process.platform === 'darwin' };

export function createRouting({ known: first, demo, localIds, prices, health, command }: RoutingOptions): Routing {
  const makerOf = makerLookup(prices);
  const compile = ({ inForce, lookout }: Known, profile: Profile): RouteTable =>
    compileRoutes({
      profile: profile.name,
      allow: profile.allow,
      standIn: profile.standIn,
      aliases: profile.aliases,
      models: inForce.settings.models,
      routing: inForce.settings.routing,
      servers: lookout?.servers() ?? [],
      providers: routedProviders({
        found: inForce.providersOf(profile),
        configured: inForce.settings.providers,
        keyNames: profile.credentials,
        modelsOf: (id) => lookout?.models(id) ?? [],
        listedFacts: (id, model) => lookout?.facts(id, model) ?? UNKNOWN_FACTS,
        prices,
        command,
      }),
      demo,
      knownLocalIds: localIds.all(),
      makerOf,
      priceOf: priceLookup(prices, Date.now),
      memory: MEMORY,
    });
  let known = first;
  let tables = new Map<string, RouteTable>();
  return {
    table: (name) => {
      const made = tables.get(name);
      if (made !== undefined) return made;
      const profile = known.inForce.settings.profiles.find((one) => one.name === name);
      // It was there when the request came, and has gone from the config while its body arrived.
      if (profile === undefined) throw new GatewayError('profile_not_found', `The profile \`${name}\` is no more.`);
      const table = compile(known, profile);
      tables.set(name, table);
      health.compiled(table);
      return table;
    },
    recompile: (now) => {
      known = now;
      const servers = now.lookout?.servers() ?? [];
      localIds.see(servers);
      health.changed({ servers, ...outsideOf(now) }, tables.values());
      tables = new Map();
    },
  };
}

function outsideOf({ inForce: { settings } }: Known): Omit<FoundOutside, 'servers'> {
  const providers = [...PROVIDERS, ...settings.providers].map(({ id }) => id);
  return { providers, isProbed: settings.routing.healthCheckIntervalMs !== null };
}
