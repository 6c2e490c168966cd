import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { BUILT_IN_PROFILES } from '../canonical/profile.ts';
import type { NamedTargets, Profile } from '../canonical/profile.ts';
import type { z } from '../std/schema.ts';
import type { alias } from './group-fields.ts';
import { configuredGroup } from './group-settings.ts';
import { routingDefaults } from './routing-settings.ts';
import type { ParsedConfig } from './schema.ts';
import { headersOf } from './sent-headers.ts';
import type {
  ConfiguredProvider,
  ConfiguredServer,
  DiscoverySettings,
  ResponsesSettings,
  ServerSettings,
  Settings,
  TimeoutSettings,
} from './settings.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const DEFAULT_PORT = 4000;
const DEFAULT_LARGEST_BYTES = 64 * 1000 ** 2;
const DEFAULT_STORE_BYTES = 256 * 1000 ** 2;

/** Fills in every default. */
export function toSettings(file: string | null, config: ParsedConfig): Settings {
  return {
    file,
    server: serverSettings(config.server ?? {}),
    servers: (config.servers ?? []).map(configuredServer),
    providers: Object.entries(config.providers ?? {}).map((entry) => configuredProvider(entry, file)),
    models: Object.entries(config.models ?? {}).map(([name, group]) => configuredGroup(name, group)),
    routing: routingDefaults(config.routing ?? {}),
    profiles: allProfiles(config.profiles ?? {}),
    profile: config.profile ?? null,
    discovery: discoverySettings(config.discovery ?? {}),
    timeouts: timeoutSettings(config.timeouts ?? {}),
    responses: responsesSettings(config.responses ?? {}),
    ollamaPort: config.ollama?.port ?? null,
    dropParams: config.drop_params ?? true,
    promptCaching: config.prompt_caching ?? 'auto',
    isLiteLlm: false,
    environment: new Map(),
  };
}

type Section<Name extends keyof ParsedConfig> = NonNullable<ParsedConfig[Name]>;

function serverSettings(server: Section<'server'>): ServerSettings {
  return {
    host: server.host ?? '127.0.0.1',
    port: server.port ?? DEFAULT_PORT,
    auth: server.auth ?? 'key',
    masterKey: server.master_key ?? null,
    allowedHosts: server.allowed_hosts ?? [],
    allowedOrigins: server.allowed_origins ?? [],
    maxRequestBytes: server.max_request ?? DEFAULT_LARGEST_BYTES,
    maxAnswerBytes: server.max_answer ?? DEFAULT_LARGEST_BYTES,
    requestTimeoutMs: server.request_timeout ?? MINUTE_MS,
  };
}

function configuredServer(server: Section<'servers'>[number]): ConfiguredServer {
  return {
    name: server.name,
    baseUrl: server.base_url,
    apiKey: server.api_key ?? null,
    kind: server.kind ?? null,
    local: server.local ?? null,
    insecureTls: server.insecure_tls ?? false,
  };
}

function configuredProvider(
  [id, provider]: [string, Section<'providers'>[string]],
  file: string | null,
): ConfiguredProvider {
  const aws = provider?.aws;
  return {
    id,
    type: provider?.type ?? null,
    dialect: provider?.dialect ?? null,
    baseUrl: provider?.base_url ?? null,
    apiKey: provider?.api_key ?? null,
    models: provider?.models ?? null,
    region: provider?.region ?? null,
    project: provider?.project ?? null,
    apiVersion: provider?.api_version ?? null,
    headers: headersOf(provider?.headers),
    aws:
      aws === undefined
        ? null
        : {
            accessKeyId: aws.access_key_id,
            secretAccessKey: aws.secret_access_key,
            sessionToken: aws.session_token ?? null,
          },
    googleCredentials: provider?.google_credentials === undefined ? null : beside(file, provider.google_credentials),
    insecureTls: provider?.insecure_tls ?? false,
  };
}

/** A path is meant from where the file is, or from the home of whoever wrote it. */
function beside(file: string | null, path: string): string {
  if (path.startsWith('~/')) return join(homedir(), path.slice(2));
  return resolve(file === null ? '.' : dirname(file), path);
}

function allProfiles(written: Section<'profiles'>): Profile[] {
  const builtIn = BUILT_IN_PROFILES.map((profile) => withWritten(profile, written[profile.name]));
  const own = Object.entries(written).filter(([name]) => BUILT_IN_PROFILES.every((profile) => profile.name !== name));
  return [...builtIn, ...own.map(([name, profile]) => withWritten({ ...OWN_PROFILE, name }, profile))];
}

/** What a profile of the user's own is as long as the file does not say otherwise. */
const OWN_PROFILE: Omit<Profile, 'name'> = {
  allow: 'any',
  aliases: [],
  standIn: { kind: 'none' },
  credentials: new Map(),
  cap: null,
  builtIn: false,
};

function withWritten(profile: Profile, written: Section<'profiles'>[string] | undefined): Profile {
  return {
    ...profile,
    allow: written?.allow ?? profile.allow,
    aliases: written?.models ? aliasesIn(written.models) : profile.aliases,
    standIn: written?.stand_in ?? profile.standIn,
    credentials: written?.credentials ? new Map(Object.entries(written.credentials)) : profile.credentials,
    cap: written?.cap ?? profile.cap,
  };
}

function aliasesIn(models: Record<string, z.output<typeof alias>>): NamedTargets[] {
  return Object.entries(models).map(([name, written]) => {
    if (typeof written === 'string') return { name, targets: [written] };
    return { name, targets: 'targets' in written ? written.targets : written };
  });
}

function discoverySettings(discovery: Section<'discovery'>): DiscoverySettings {
  return {
    enabled: discovery.enabled ?? true,
    intervalMs: discovery.interval ?? 5 * SECOND_MS,
    ignoredPorts: discovery.ignore ?? [],
  };
}

/** Long, because a local server that loads a model says nothing for minutes. */
function timeoutSettings(timeouts: Section<'timeouts'>): TimeoutSettings {
  return {
    connectMs: timeouts.connect ?? 10 * SECOND_MS,
    firstByteMs: timeouts.first_byte ?? 10 * MINUTE_MS,
    idleMs: timeouts.idle ?? 5 * MINUTE_MS,
    totalMs: timeouts.total ?? 60 * MINUTE_MS,
  };
}

function responsesSettings(responses: Section<'responses'>): ResponsesSettings {
  return {
    store: responses.store ?? 'on',
    keepMs: responses.keep ?? DAY_MS,
    maxBytes: responses.max_size ?? DEFAULT_STORE_BYTES,
  };
}
