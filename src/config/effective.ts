import { stringify } from 'yaml';
import { formatUsd } from '../canonical/money.ts';
import { standInText, type Cap, type NamedTargets, type Profile } from '../canonical/profile.ts';
import { isObject } from '../std/is-object.ts';
import { hasLiteralPart } from './environment.ts';
import { isKeychainReference } from './fields.ts';
import type { ConfigPath } from './problem.ts';
import { readYaml } from './read-yaml.ts';
import type { ConfiguredProvider, ConfiguredServer, Settings } from './settings.ts';
import { partAt } from './tree.ts';
import { formatDuration, formatSize } from './units.ts';

/** A config in the words of the file, as plain data. */
export type EffectiveConfig = Readonly<Record<string, unknown>>;

/**
 * The settings with every default filled in, in the words of the config file, which reads it back as the same settings.
 * No key is in it: `text` is the file they came from, for how an `api_key` is written there.
 */
export function effectiveConfig(settings: Settings, text: string | null): EffectiveConfig {
  const written = writtenKeys(text);
  return escaped({
    server: {
      host: settings.server.host,
      port: settings.server.port,
      auth: settings.server.auth,
      allowed_hosts: settings.server.allowedHosts,
      allowed_origins: settings.server.allowedOrigins,
      max_request: formatSize(settings.server.maxRequestBytes),
      max_answer: formatSize(settings.server.maxAnswerBytes),
      request_timeout: formatDuration(settings.server.requestTimeoutMs),
    },
    servers: settings.servers.map((server, index) => serverEntry(server, written(['servers', index, 'api_key']))),
    providers: Object.fromEntries(
      settings.providers.map((provider) => {
        return [provider.id, providerEntry(provider, written(['providers', provider.id, 'api_key']))];
      }),
    ),
    models: modelEntries(settings.models),
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

/** A `$` that would begin a reference is written twice; only an `api_key` is one. */
function escaped(config: EffectiveConfig): EffectiveConfig {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, key === 'api_key' ? value : escapedValue(value)]),
  );
}

function escapedValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\$(?=[{$])/g, () => '$$');
  if (Array.isArray(value)) return value.map(escapedValue);
  return isObject(value) ? escaped(value) : value;
}

const HIDDEN = '[secret]';

/** How a key can be shown: a reference as it stands, without the default in it, which may be a key. */
function writtenKeys(text: string | null): (path: ConfigPath) => string {
  const tree = text === null ? null : readYaml(text).tree;
  return (path) => {
    const part = tree === null ? null : partAt(tree, path);
    const written = part?.kind === 'scalar' && typeof part.value === 'string' ? part.value.trim() : '';
    if (isKeychainReference(written)) return written;
    return written === '' || hasLiteralPart(written) ? HIDDEN : written.replace(/:-[^}]*/g, '');
  };
}

function serverEntry(server: ConfiguredServer, key: string): EffectiveConfig {
  return {
    name: server.name,
    base_url: server.baseUrl,
    ...(server.apiKey === null ? {} : { api_key: key }),
    ...(server.kind === null ? {} : { kind: server.kind }),
    ...(server.local === null ? {} : { local: server.local }),
    insecure_tls: server.insecureTls,
  };
}

function providerEntry(provider: ConfiguredProvider, key: string): EffectiveConfig {
  return {
    ...(provider.baseUrl === null ? {} : { base_url: provider.baseUrl }),
    ...(provider.apiKey === null ? {} : { api_key: key }),
    ...(provider.dialect === null ? {} : { dialect: provider.dialect }),
    ...(provider.models === null ? {} : { models: provider.models }),
  };
}

function profileEntry(profile: Profile): EffectiveConfig {
  return {
    allow: profile.allow,
    models: modelEntries(profile.aliases),
    stand_in: standInText(profile.standIn),
    credentials: Object.fromEntries(profile.credentials),
    ...(profile.cap === null ? {} : { cap: capText(profile.cap) }),
  };
}

function modelEntries(models: readonly NamedTargets[]): EffectiveConfig {
  return Object.fromEntries(models.map(({ name, targets }) => [name, targets.length === 1 ? targets[0] : targets]));
}

function capText({ amountPico, period }: Cap): string {
  return `${formatUsd(amountPico)}/${period}`;
}
