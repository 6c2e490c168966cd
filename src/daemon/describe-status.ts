import type { Gateway } from '../gateway/gateway.ts';
import type { Ledger, LedgerStatus } from '../ledger/ledger.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import { VERSION } from '../std/version.ts';
import type { AssembleOptions, Found } from './parts.ts';
import { contactHost, hostInUrl } from './client.ts';
import { describeServer } from './describe-server.ts';
import type { Routing } from './routing.ts';
import type { LedgerDocument, ProviderStatus, StatusDocument } from './status.ts';
import { chooseTryModel } from './try-model.ts';

export interface StatusParts extends AssembleOptions, Found {
  readonly address: { readonly host: string; readonly port: number };
  readonly ledger: Ledger;
  readonly gateway: Gateway;
  readonly routing: Routing;
}

/** How everything is now. Reads only what is in memory. */
export function describeStatus(parts: StatusParts): StatusDocument {
  const { address, started, lookout, providers, log, startedAt } = parts;
  const { settings } = started;
  const memory = process.memoryUsage();
  return {
    v: 1,
    running: true,
    version: VERSION,
    pid: process.pid,
    instance_id: parts.instanceId,
    started_at: startedAt.toISOString(),
    uptime_ms: Math.max(0, Date.now() - startedAt.getTime()),
    address: `http://${hostInUrl(contactHost(address.host))}:${address.port}`,
    host: address.host,
    port: address.port,
    auth: settings.server.auth,
    profile: started.profile,
    demo: started.demo,
    config: { file: settings.file },
    warnings: parts.warnings,
    discovery: {
      enabled: settings.discovery.enabled,
      first_round_done: lookout?.firstRoundDone() ?? false,
      catalog_settled: lookout?.catalogSettled() ?? false,
    },
    servers: (lookout?.discovery.servers() ?? []).map(describeServer),
    providers: providers.active.map((active) =>
      describeProvider(active, lookout?.catalog.models(active.provider.id) ?? []),
    ),
    provider_problems: providers.problems,
    try_model: chooseTryModel(parts.routing.table()),
    ledger: describeLedger(parts.ledger.status()),
    in_flight: parts.gateway.inFlight(),
    memory: { rss_bytes: memory.rss, heap_bytes: memory.heapUsed },
    files: { log: log.file, data: parts.places.data },
  };
}

/** Where its credential was found, never the credential. */
function describeProvider(active: ActiveProvider, models: readonly string[]): ProviderStatus {
  return {
    id: active.provider.id,
    name: active.provider.displayName,
    credential: active.credential === null ? null : active.credentialSource,
    api_base: active.apiBase,
    models: models.length,
  };
}

function describeLedger(status: LedgerStatus): LedgerDocument {
  return {
    path: status.path,
    writable: status.writable,
    problem: status.problem,
    lost_rows: status.lostRows,
    kept_aside: status.keptAside,
    abandoned_at_start: status.abandonedAtStart,
  };
}
