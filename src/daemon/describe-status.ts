import type { Gateway } from '../gateway/gateway.ts';
import type { Ledger, LedgerStatus } from '../ledger/ledger.ts';
import type { ResponseStore } from '../ledger/responses/response-store.ts';
import { PROVIDERS } from '../providers/table.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import { OLLAMA_DOOR_HOST, type GatewayServer } from '../server/server.ts';
import { VERSION } from '../std/version.ts';
import type { Control } from './control.ts';
import type { AssembleOptions } from './parts.ts';
import { contactHost, hostInUrl } from './client.ts';
import type { DeploymentHealth } from './deployment-health.ts';
import { describeUnwell } from './describe-deployments.ts';
import { describeServer } from './describe-server.ts';
import type { Routing } from './routing.ts';
import type { LedgerDocument, ProfileStatus, ProviderStatus, StatusDocument } from './status.ts';
import { canAnswerAny, chooseTryModel } from './try-model.ts';

export interface StatusParts extends AssembleOptions {
  readonly control: Control;
  readonly address: Pick<GatewayServer, 'host' | 'port' | 'ollamaPort'>;
  readonly ledger: Ledger;
  readonly responses: ResponseStore;
  readonly gateway: Gateway;
  readonly routing: Routing;
  readonly health: DeploymentHealth;
}

/** How everything is now. Reads only what is in memory. */
export function describeStatus(parts: StatusParts): StatusDocument {
  const { address, control, log, start, startedAt } = parts;
  const { settings, lookout, active } = control;
  const memory = process.memoryUsage();
  const table = parts.routing.table(active.chosen.name);
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
    ollama_address: address.ollamaPort === null ? null : `http://${OLLAMA_DOOR_HOST}:${address.ollamaPort}`,
    profile: describeActive(control),
    demo: start.demo === true,
    config: {
      file: settings.file,
      problem: control.configProblem,
      loaded_at: control.configLoadedAt.toISOString(),
    },
    warnings: [...parts.warnings, ...control.configWarnings],
    discovery: {
      enabled: settings.discovery.enabled,
      first_round_done: lookout?.firstRoundDone() ?? false,
      catalog_settled: lookout?.isCatalogSettled() ?? false,
      credentials_read: control.credentialsRead,
    },
    servers: (lookout?.servers() ?? []).map(describeServer),
    providers: describeProviders(control),
    deployments: describeUnwell(parts.health, lookout?.servers() ?? [], Date.now()),
    provider_problems: control.inForce.problems,
    try_model: chooseTryModel(table, parts.health.book),
    can_answer: canAnswerAny(table, parts.health.book),
    offline: parts.health.book.network.isGone(Date.now()),
    ledger: describeLedger(parts.ledger.status()),
    responses: { ...parts.responses.status(), store: settings.responses.store },
    in_flight: parts.gateway.inFlight(),
    memory: { rss_bytes: memory.rss, heap_bytes: memory.heapUsed },
    files: { log: log.file, data: parts.places.data },
  };
}

function describeActive({ active: { chosen, isChosen }, settings: { profiles } }: Control): ProfileStatus {
  const allow = profiles.find(({ name }) => name === chosen.name)?.allow ?? 'local';
  return { ...chosen, chosen: isChosen, allow, known: profiles.map(({ name }) => name) };
}

/** Those that can be used, then those whose key is locked away. */
function describeProviders({ inForce, lookout }: Control): ProviderStatus[] {
  const { active, locked } = inForce.providers;
  const usable = active.map((one) => describeProvider(one, lookout?.models(one.provider.id) ?? []));
  const rows = new Map(PROVIDERS.map((row) => [row.id, row]));
  const lockedAway = locked.map(({ id }): ProviderStatus => {
    const row = rows.get(id);
    return {
      id,
      name: row?.displayName ?? id,
      credential: null,
      state: 'locked',
      api_base: row?.apiBase ?? '',
      models: 0,
    };
  });
  return [...usable, ...lockedAway];
}

/** Where its credential was found, never the credential. */
function describeProvider(active: ActiveProvider, models: readonly string[]): ProviderStatus {
  return {
    id: active.provider.id,
    name: active.provider.displayName,
    credential: active.credential === null && active.signer === null ? null : active.credentialSource,
    state: 'ready',
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
