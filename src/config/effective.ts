import { stringify } from 'yaml';
import { formatUsd } from '../canonical/money.ts';
import { standInText, type Cap, type NamedTargets, type Profile } from '../canonical/profile.ts';
import { groupEntry } from './effective-groups.ts';
import { routingEntry } from './effective-routing.ts';
import type { ConfigPath } from './problem.ts';
import type { AwsKeys, ConfiguredProvider, ConfiguredServer, ServerSettings, Settings } from './settings.ts';
import { escaped, ShownValues } from './shown-values.ts';
import type { EffectiveConfig } from './shown-values.ts';
import { formatDuration, formatSize } from './units.ts';

export type { EffectiveConfig } from './shown-values.ts';

/**
 * The settings with every default filled in, in the words of the config file, which reads it back as the same settings.
 * No key is in it: `text` is the file they came from, for how an `api_key` is written there.
 */
export function effectiveConfig(settings: Settings, text: string | null): EffectiveConfig {
  const shown = new ShownValues(text);
  return escaped({
    server: listenEntry(settings.server, shown),
    servers: settings.servers.map((server, index) => serverEntry(server, shown.secret(['servers', index, 'api_key']))),
    providers: Object.fromEntries(settings.providers.map((provider) => [provider.id, providerEntry(provider, shown)])),
    models: Object.fromEntries(settings.models.map((group) => [group.name, groupEntry(group, shown)])),
    routing: routingEntry(settings.routing),
    ...(settings.profile === null ? {} : { profile: settings.profile }),
    profiles: Object.fromEntries(settings.profiles.map((profile) => [profile.name, profileEntry(profile)])),
    discovery: {
      enabled: settings.discovery.enabled,
      interval: formatDuration(settings.discovery.intervalMs),
      ignore: settings.discovery.ignoredPorts,
    },
    timeouts: {
      connect: formatDuration(settings.timeouts.connectMs),
      first_byte: formatDuration(settings.timeouts.firstByteMs),
      idle: formatDuration(settings.timeouts.idleMs),
      total: formatDuration(settings.timeouts.totalMs),
    },
    responses: {
      store: settings.responses.store,
      keep: formatDuration(settings.responses.keepMs),
      max_size: formatSize(settings.responses.maxBytes),
    },
    ...(settings.ollamaPort === null ? {} : { ollama: { port: settings.ollamaPort } }),
    drop_params: settings.dropParams,
    prompt_caching: settings.promptCaching,
  });
}

/** The same as YAML. */
export function asYaml(config: EffectiveConfig): string {
  return stringify(config, { lineWidth: 0 });
}

function listenEntry(server: ServerSettings, shown: ShownValues): EffectiveConfig {
  return {
    host: server.host,
    port: server.port,
    auth: server.auth,
    ...(server.masterKey === null ? {} : { master_key: shown.secret(['server', 'master_key']) }),
    allowed_hosts: server.allowedHosts,
    allowed_origins: server.allowedOrigins,
    max_request: formatSize(server.maxRequestBytes),
    max_answer: formatSize(server.maxAnswerBytes),
    request_timeout: formatDuration(server.requestTimeoutMs),
  };
}

function serverEntry(server: ConfiguredServer, key: unknown): EffectiveConfig {
  return {
    name: server.name,
    base_url: server.baseUrl,
    ...(server.apiKey === null ? {} : { api_key: key }),
    ...(server.kind === null ? {} : { kind: server.kind }),
    ...(server.local === null ? {} : { local: server.local }),
    insecure_tls: server.insecureTls,
  };
}

function providerEntry(provider: ConfiguredProvider, shown: ShownValues): EffectiveConfig {
  const path = ['providers', provider.id];
  return {
    ...(provider.type === null ? {} : { type: provider.type }),
    ...(provider.baseUrl === null ? {} : { base_url: provider.baseUrl }),
    ...(provider.apiKey === null ? {} : { api_key: shown.secret([...path, 'api_key']) }),
    ...(provider.dialect === null ? {} : { dialect: provider.dialect }),
    ...(provider.models === null ? {} : { models: provider.models }),
    ...(provider.region === null ? {} : { region: provider.region }),
    ...(provider.project === null ? {} : { project: provider.project }),
    ...(provider.apiVersion === null ? {} : { api_version: provider.apiVersion }),
    ...(provider.headers.size === 0 ? {} : { headers: shown.secrets([...path, 'headers'], provider.headers) }),
    ...(provider.aws === null ? {} : { aws: awsEntry(provider.aws, [...path, 'aws'], shown) }),
    ...(provider.googleCredentials === null ? {} : { google_credentials: provider.googleCredentials }),
    ...(provider.insecureTls ? { insecure_tls: true } : {}),
  };
}

function awsEntry({ sessionToken }: AwsKeys, path: ConfigPath, shown: ShownValues): EffectiveConfig {
  return {
    access_key_id: shown.secret([...path, 'access_key_id']),
    secret_access_key: shown.secret([...path, 'secret_access_key']),
    ...(sessionToken === null ? {} : { session_token: shown.secret([...path, 'session_token']) }),
  };
}

function profileEntry(profile: Profile): EffectiveConfig {
  return {
    allow: profile.allow,
    models: aliasEntries(profile.aliases),
    stand_in: standInText(profile.standIn),
    credentials: Object.fromEntries(profile.credentials),
    ...(profile.cap === null ? {} : { cap: capText(profile.cap) }),
  };
}

function aliasEntries(aliases: readonly NamedTargets[]): EffectiveConfig {
  return Object.fromEntries(aliases.map(({ name, targets }) => [name, targets.length === 1 ? targets[0] : targets]));
}

function capText({ amountPico, period }: Cap): string {
  return `${formatUsd(amountPico)}/${period}`;
}
