import type { ServedModelStatus, ServerStatus, StatusDocument } from '../../src/daemon/status.ts';

/** A daemon that has found nothing, with what the test says otherwise. */
export function statusDocument(changes: Partial<StatusDocument> = {}): StatusDocument {
  return {
    v: 1,
    running: true,
    version: '0.1.0',
    pid: 4242,
    instance_id: '019c0000-0000-7000-8000-000000000000',
    started_at: '2026-11-20T10:00:00.000Z',
    uptime_ms: 3_725_000,
    address: 'http://127.0.0.1:4000',
    host: '127.0.0.1',
    port: 4000,
    auth: 'key',
    ollama_address: null,
    profile: {
      name: 'prod',
      reason: 'no local chat model was found',
      chosen: true,
      allow: 'any',
      known: ['dev', 'prod'],
    },
    demo: false,
    config: { file: null, problem: null, loaded_at: '2026-11-20T10:00:00.000Z' },
    warnings: [],
    discovery: { enabled: true, first_round_done: true, catalog_settled: true, credentials_read: true },
    servers: [],
    providers: [],
    deployments: [],
    provider_problems: [],
    try_model: null,
    can_answer: false,
    offline: false,
    ledger: {
      path: '/data/ledger.sqlite',
      writable: true,
      problem: null,
      lost_rows: 0,
      kept_aside: null,
      abandoned_at_start: 0,
    },
    responses: { path: '/data/responses.db', store: 'on', problem: null },
    in_flight: 0,
    memory: { rss_bytes: 98_000_000, heap_bytes: 30_000_000 },
    files: { log: '/state/llmgw.log', data: '/data' },
    ...changes,
  };
}

export function serverStatus(changes: Partial<ServerStatus> = {}): ServerStatus {
  return {
    name: 'ollama',
    kind: 'ollama',
    origin: 'http://127.0.0.1:11434',
    version: '0.13.0',
    locality: 'local',
    state: 'ready',
    problem: null,
    from_config: false,
    models: [],
    ...changes,
  };
}

export function servedModel(id: string, changes: Partial<ServedModelStatus> = {}): ServedModelStatus {
  return {
    id,
    locality: 'local',
    capabilities: null,
    context_length: null,
    size_bytes: null,
    parameter_size: null,
    quantization: null,
    loaded: null,
    ...changes,
  };
}
