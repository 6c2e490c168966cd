import type { PriceBook } from '../pricing/price-book.ts';
import { compileRoutes } from '../routing/compile.ts';
import type { RouteTable } from '../routing/route-table.ts';
import type { Found } from './parts.ts';
import type { LocalIds } from './local-ids.ts';
import { makerLookup, routedProviders } from './routed-providers.ts';
import type { StartSettings } from './start-settings.ts';

/** The table of routes in force. */
export interface Routing {
  table(): RouteTable;
  /** Makes it anew from what is known now. */
  recompile(found: Found): void;
}

export interface RoutingOptions {
  readonly started: StartSettings;
  readonly localIds: LocalIds;
  readonly prices: () => PriceBook;
  readonly command: string;
}

export function createRouting({ started, localIds, prices, command }: RoutingOptions): Routing {
  const makerOf = makerLookup(prices);
  const compile = ({ lookout, providers }: Found): RouteTable =>
    compileRoutes({
      profile: started.profile.name,
      aliases: started.aliases,
      models: started.settings.models,
      servers: lookout?.discovery.servers() ?? [],
      providers: routedProviders(providers.active, (id) => lookout?.catalog.models(id) ?? [], command),
      demo: started.demo,
      knownLocalIds: localIds.all(),
      makerOf,
    });
  let table = compile({ lookout: null, providers: { active: [], problems: [] } });
  return {
    table: () => table,
    recompile: (found) => {
      localIds.see(found.lookout?.discovery.servers() ?? []);
      table = compile(found);
    },
  };
}
