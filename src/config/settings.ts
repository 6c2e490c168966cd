import type { KeychainReference } from '../canonical/credential.ts';
import type { ModelGroup } from '../canonical/model-group.ts';
import type { ServerKind } from '../canonical/model.ts';
import type { Profile } from '../canonical/profile.ts';
import type { RoutingDefaults } from '../canonical/routing-defaults.ts';
import type { DialectId } from '../canonical/dialect-id.ts';
import type { Secret } from '../std/secret.ts';

/** The config file as the program uses it: every default filled in, every unit resolved (ms, bytes). */
export interface Settings {
  /** The file it came from; `null`: there is none, all defaults. */
  readonly file: string | null;
  readonly server: ServerSettings;
  /** In the order of the file, which is the order of preference. */
  readonly servers: readonly ConfiguredServer[];
  readonly providers: readonly ConfiguredProvider[];
  /** Names of the user's own. */
  readonly models: readonly ModelGroup[];
  readonly routing: RoutingDefaults;
  /** `dev` and `prod`, as the file changed them, then those of the user's own. */
  readonly profiles: readonly Profile[];
  /** The profile to start in; `--profile` overrides it. `null`: the file names none. */
  readonly profile: string | null;
  readonly discovery: DiscoverySettings;
  readonly timeouts: TimeoutSettings;
  readonly responses: ResponsesSettings;
  /** On loopback, without a key, for programs made for Ollama; `null`: none. */
  readonly ollamaPort: number | null;
  /** Parameters that a model does not have are left out; `false`: the request is refused. */
  readonly dropParams: boolean;
  /** `auto`: prompts are marked for upstreams that cache nothing unmarked, where clients have no words for it. */
  readonly promptCaching: 'auto' | 'off';
  /** The file is LiteLLM's: its clients get LiteLLM's headers and errors. */
  readonly isLiteLlm: boolean;
  /** Variables that LiteLLM's file adds to the environment, for the accounts of providers. */
  readonly environment: ReadonlyMap<string, Secret>;
}

/** The environment with what the settings add to it. */
export function environmentWith(
  { environment }: Pick<Settings, 'environment'>,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  if (environment.size === 0) return env;
  return { ...env, ...Object.fromEntries(Array.from(environment, ([name, value]) => [name, value.reveal()])) };
}

export interface ServerSettings {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly auth: 'key' | 'open';
  /** A key of the user's own, for inference and for what is below `/llmgw/`; `null`: none. */
  readonly masterKey: Secret | KeychainReference | null;
  /** Lower case, without port; IPv6 without brackets. */
  readonly allowedHosts: readonly string[];
  /** As browsers write them (`https://app.example:8443`), or every origin of a program's scheme: `myapp://*`. */
  readonly allowedOrigins: readonly string[];
  /** Largest request body, default 64 MB. */
  readonly maxRequestBytes: number;
  /** Largest non-streamed answer, default 64 MB. */
  readonly maxAnswerBytes: number;
  /** How long a request may take to arrive whole, default 60 s. */
  readonly requestTimeoutMs: number;
}

/** A model server that discovery cannot find by itself, or that the user names. */
export interface ConfiguredServer {
  readonly name: string;
  /** `http(s)://host[:port][/path]`, without a trailing slash; with or without `/v1`. */
  readonly baseUrl: string;
  readonly apiKey: Secret | KeychainReference | null;
  /** `null`: recognised by what it answers. */
  readonly kind: ServerKind | null;
  /** `null`: local when the address is loopback, else cloud. */
  readonly local: boolean | null;
  /** Accept a certificate that no authority signed (a server in the house). */
  readonly insecureTls: boolean;
}

/** A provider at another address, a further account of one, or one that the table lacks. */
export interface ConfiguredProvider {
  readonly id: string;
  /** The row of the provider table that it is an account of; `null`: the one of its own id, if there is one. */
  readonly type: string | null;
  readonly dialect: DialectId | null;
  readonly baseUrl: string | null;
  readonly apiKey: Secret | KeychainReference | null;
  /** `null`: listed from the provider. */
  readonly models: readonly string[] | null;
  /** The region of AWS or the location of Vertex AI, whichever the provider has. */
  readonly region: string | null;
  /** Of Google Cloud. */
  readonly project: string | null;
  readonly apiVersion: string | null;
  /** Further headers by their names in lower case; they may hold keys. */
  readonly headers: ReadonlyMap<string, Secret>;
  /** In place of the keys of AWS that are found; `null`: those. */
  readonly aws: AwsKeys | null;
  /** The path of a file with the credentials of a Google account; `null`: those that are found. */
  readonly googleCredentials: string | null;
  /** Accept a certificate that no authority signed. */
  readonly insecureTls: boolean;
}

/** Keys of AWS that sign requests. */
export interface AwsKeys {
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  /** Of keys that are for some hours only. */
  readonly sessionToken: Secret | null;
}

export interface DiscoverySettings {
  readonly enabled: boolean;
  readonly intervalMs: number;
  /** Ports that are never probed. */
  readonly ignoredPorts: readonly number[];
}

/** Limits of one upstream call. */
export interface TimeoutSettings {
  readonly connectMs: number;
  /** From the request's last byte to the answer's first: a local server may load a model in it. */
  readonly firstByteMs: number;
  /** Between two pieces of an answer. */
  readonly idleMs: number;
  /** The whole call. */
  readonly totalMs: number;
}

/** The answers that are kept for `previous_response_id`, where the upstream keeps none. */
export interface ResponsesSettings {
  readonly store: 'on' | 'off';
  /** How long each is kept, default 24 h. */
  readonly keepMs: number;
  /** The room that all of them have, default 256 MB. */
  readonly maxBytes: number;
}
