/**
 * What `GET /llmgw/status` answers and `llmgw status --json` prints. A wire format: names as in the other JSON of the
 * program, times in ISO 8601, sizes in bytes; fields are added, never renamed, while `v` is 1.
 */
export interface StatusDocument {
  readonly v: 1;
  readonly running: true;
  readonly version: string;
  readonly pid: number;
  readonly instance_id: string;
  readonly started_at: string;
  readonly uptime_ms: number;
  /** Where clients reach it: `http://127.0.0.1:4000`. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly auth: 'key' | 'open';
  /** Where programs made for Ollama reach it without a key: `http://127.0.0.1:11436`; `null`: nowhere. */
  readonly ollama_address: string | null;
  readonly profile: ProfileStatus;
  readonly demo: boolean;
  readonly config: ConfigStatus;
  /** What a person should know or put right, in sentences: in the config, in the files, in how it listens. */
  readonly warnings: readonly string[];
  readonly discovery: DiscoveryStatus;
  readonly servers: readonly ServerStatus[];
  readonly providers: readonly ProviderStatus[];
  /** Those that are left alone because they failed, or whose server does not answer. */
  readonly deployments: readonly UnwellDeployment[];
  /** What keeps a provider from being used, in sentences. */
  readonly provider_problems: readonly string[];
  /** A model that a first request can be sent to; `null`: there is none. */
  readonly try_model: string | null;
  /** Whether some name of the active profile can be answered now. */
  readonly can_answer: boolean;
  /** No way to the internet was found: who is out there is passed over until it is back. */
  readonly offline: boolean;
  readonly ledger: LedgerDocument;
  readonly responses: ResponsesDocument;
  readonly in_flight: number;
  readonly memory: { readonly rss_bytes: number; readonly heap_bytes: number };
  readonly files: { readonly log: string; readonly data: string };
}

export interface ConfigStatus {
  readonly file: string | null;
  /** Why the file as it is now is not in force, in the words of `config check`; `null`: it is. */
  readonly problem: string | null;
  readonly loaded_at: string;
}

export interface ProfileStatus {
  readonly name: string;
  /** Who chose it, in a few words: `chosen by --profile`. */
  readonly reason: string;
  /** `false`: the very first start has not looked everywhere yet, and spends nothing until then. */
  readonly chosen: boolean;
  /** Where its requests may go. */
  readonly allow: 'local' | 'cloud' | 'any';
  readonly known: readonly string[];
}

/** What `GET /llmgw/profiles` answers and `llmgw profile list --json` prints. */
export interface ProfilesDocument {
  readonly v: 1;
  readonly active: string;
  /** Who chose the active one, in a few words. */
  readonly reason: string;
  readonly profiles: readonly ProfileEntry[];
}

export interface ProfileEntry {
  readonly name: string;
  readonly built_in: boolean;
  readonly allow: 'local' | 'cloud' | 'any';
  /** `auto`, `none`, or the name of a model. */
  readonly stand_in: string;
  readonly models: readonly { readonly name: string; readonly targets: readonly string[] }[];
  /** Name of the key by provider, where it is not the unnamed one. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly cap: CapStatus | null;
}

/** Amounts in dollars as exact decimals. */
export interface CapStatus {
  readonly amount_usd: string;
  readonly period: 'day' | 'week' | 'month';
  /** In the period that runs; `null`: the ledger could not be read. */
  readonly spent_usd: string | null;
  readonly resets_at: string;
}

/** What `GET /llmgw/route` answers and `llmgw route --json` prints. */
export interface RouteDocument {
  readonly v: 1;
  readonly model: string;
  readonly profile: string;
  readonly endpoint: string;
  /** In short, as in `x-llmgw-route`. */
  readonly route: string;
  /** The cloud model that a local one answers for. */
  readonly stands_in_for: string | null;
  /** Whom a short request would be sent to now, and by which fallback; `null`: nobody, or it would wait for room. */
  readonly next: { readonly target: string; readonly fallback: string | null } | null;
  /** Those that are tried, in order, then those passed over. */
  readonly candidates: readonly RouteCandidateEntry[];
  /** How one of several is chosen; `null`: nobody can be. */
  readonly group: RouteGroup | null;
  /** Why nothing would be sent; `null`: something would. */
  readonly error: {
    readonly code: string;
    readonly status: number;
    readonly message: string;
    readonly hint: string | null;
  } | null;
}

export interface RouteCandidateEntry {
  readonly target: string;
  readonly locality: 'local' | 'cloud';
  /** 1 for the first that is tried; `null`: passed over. */
  readonly position: number | null;
  readonly reason: string;
  /**
   * The format that it is asked in, and whether the client's bytes go there as they are (else they are written anew);
   * `null`: it is not asked.
   */
  readonly wire: { readonly dialect: string; readonly passes: boolean } | null;
  /** Why its provider or server will probably refuse what is sent, in a few words; `null`: nothing does. */
  readonly doubt: string | null;
  /** Dollars for a million tokens, exact decimals; `null`: no price is known. */
  readonly price: { readonly input_usd: string; readonly output_usd: string } | null;
}

/** One that is left alone, while others of its group can be asked. */
export interface UnwellDeployment {
  readonly id: string;
  /** Where it is: `openai/gpt-4o`; `null`: no table in force has it. */
  readonly target: string | null;
  /**
   * `cooled`: left alone until `until`; `trial`: that time is over, and the next request tries it; `down`: its server
   * does not answer a probe.
   */
  readonly state: 'cooled' | 'trial' | 'down';
  /** What its last failure said, or the probe of its server; `null`: nothing. */
  readonly reason: string | null;
  readonly until: string | null;
}

/** What `llmgw route` tells of the group that a name means. */
export interface RouteGroup {
  readonly name: string;
  readonly strategy: string;
  /** Which rule of the name that was asked for chose it, and why; `null`: it has no rules. */
  readonly rule: string | null;
  /** In the order of the file. */
  readonly deployments: readonly RouteDeployment[];
  readonly fallbacks: {
    readonly general: readonly string[];
    readonly context_window: readonly string[] | null;
    readonly content_policy: readonly string[] | null;
  };
}

export interface RouteDeployment {
  readonly id: string;
  readonly target: string;
  readonly order: number;
  readonly weight: number | null;
  readonly tags: readonly string[];
  readonly region: string | null;
  readonly state: 'open' | 'cooled' | 'trial' | 'down' | 'offline';
  /** How many requests it has under way. */
  readonly in_flight: number;
  /** Whether a short request would go there now. By chance or turn, the next one may go to another. */
  readonly is_next: boolean;
  /** Why a short request would not go there now; `null`: it might. */
  readonly left_out: string | null;
}

export interface DiscoveryStatus {
  readonly enabled: boolean;
  /** Every known port was asked at least once since the start. */
  readonly first_round_done: boolean;
  /** Every provider with a credential was asked once for its models, or needed not be. */
  readonly catalog_settled: boolean;
  /** The stored keys were read, or cannot be for now. */
  readonly credentials_read: boolean;
}

export interface ServerStatus {
  readonly name: string;
  readonly kind: string;
  readonly origin: string;
  readonly version: string | null;
  readonly locality: 'local' | 'cloud';
  readonly state: 'ready' | 'locked' | 'down';
  readonly problem: string | null;
  readonly from_config: boolean;
  readonly models: readonly ServedModelStatus[];
}

/** `null`: the server does not tell. */
export interface ServedModelStatus {
  readonly id: string;
  readonly locality: 'local' | 'cloud';
  readonly capabilities: readonly string[] | null;
  readonly context_length: number | null;
  readonly size_bytes: number | null;
  readonly parameter_size: string | null;
  readonly quantization: string | null;
  readonly loaded: boolean | null;
}

export interface ProviderStatus {
  readonly id: string;
  readonly name: string;
  /** Where the credential was found, never its value. `null`: it is used without one, or there is none. */
  readonly credential: string | null;
  /** `locked`: its key is in a keychain that cannot be read now. */
  readonly state: 'ready' | 'locked';
  readonly api_base: string;
  /** How many of its models are known. */
  readonly models: number;
}

export interface LedgerDocument {
  readonly path: string;
  readonly writable: boolean;
  readonly problem: string | null;
  readonly lost_rows: number;
  readonly kept_aside: string | null;
  readonly abandoned_at_start: number;
}

/** What is kept of conversations for `previous_response_id`. */
export interface ResponsesDocument {
  readonly path: string;
  /** As the config says. */
  readonly store: 'on' | 'off';
  /** Why nothing can be kept or read now, in a sentence, since the last time that it was tried; `null`: all is well. */
  readonly problem: string | null;
}

/** What `POST /llmgw/scan` answers and `llmgw scan --json` prints. */
export interface ScanDocument {
  readonly v: 1;
  readonly took_ms: number;
  readonly servers: readonly ServerStatus[];
}

/** What `GET /llmgw/models` answers and `llmgw models --json` prints: the names that a client can send. */
export interface ModelsDocument {
  readonly v: 1;
  readonly profile: string;
  readonly models: readonly ModelName[];
}

export interface ModelName {
  /** What a client writes in `model`. */
  readonly name: string;
  /** What the name is: of the profile or the config, a model on a server, one of a provider, the built-in one. */
  readonly group: 'alias' | 'local' | 'cloud' | 'demo';
  /** Who answers, in order: `ollama/qwen3:8b`. */
  readonly targets: readonly string[];
  readonly capabilities: readonly string[] | null;
  readonly context_length: number | null;
  readonly loaded: boolean | null;
}
