import { Document } from 'yaml';
import { PROD_PROFILE } from '../../canonical/profile.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { Secret } from '../../std/secret.ts';
import { ASKED_BEFORE, NOBODY_ANSWERS } from '../group-warnings.ts';
import { checkTree } from '../parse.ts';
import type { LoadedSettings } from '../parse.ts';
import { ConfigError, formatPath, formatProblem } from '../problem.ts';
import type { ConfigProblem, Finding } from '../problem.ts';
import { revisionOf } from '../read-file.ts';
import type { ConfigText } from '../read-file.ts';
import { readYaml } from '../read-yaml.ts';
import type { Settings } from '../settings.ts';
import type { LoadedLiteLlm } from './load.ts';
import type { LiteLlmReading } from './read.ts';

/**
 * The settings that LiteLLM's file stands for: its native form, read as any native file is. Throws `ConfigError` where
 * the translation is no native file, which would be a mistake of ours.
 */
export function liteLlmSettings(main: ConfigText, loaded: LoadedLiteLlm, env: NodeJS.ProcessEnv): LoadedSettings {
  const { reading, further, furtherFiles } = loaded;
  const nativeText = new Document(reading.native).toString({ lineWidth: 0 });
  const { tree } = readYaml(nativeText);
  const checked = checkTree(tree, {
    file: main.file,
    readableByOthers: [main, ...further].some(({ readableByOthers }) => readableByOthers),
    env: { ...env, ...reading.environment },
  });
  if ('findings' in checked) throw new ConfigError(checked.findings.map((finding) => ofNativeForm(main.file, finding)));
  return {
    settings: withTold(withEnvironment(checked.settings, reading), reading),
    warnings: doubts(main.file, checked.warnings),
    revision: revisionOf(main, further),
    furtherFiles,
    nativeText,
    liteLlm: reading,
  };
}

/** What the environment, and `.env`, add to what the file says. */
function withEnvironment(settings: Settings, { masterKey, environment }: LiteLlmReading): Settings {
  const { server } = settings;
  return {
    ...settings,
    server: { ...server, masterKey: server.masterKey ?? masterKey?.key ?? null },
    // LiteLLM has no profiles: its file means all of its models, here and in the cloud.
    profile: settings.profile ?? PROD_PROFILE,
    isLiteLlm: true,
    environment: new Map(Object.entries(environment).map(([name, value]) => [name, new Secret(value)])),
  };
}

/** What `model_info` says besides is kept with each deployment for those who ask. */
function withTold(settings: Settings, { origins, info }: LiteLlmReading): Settings {
  if (info.size === 0) return settings;
  const told = new Map(origins.map(({ entry, group, position }) => [`${position} ${group}`, info.get(entry)]));
  return {
    ...settings,
    models: settings.models.map((group) => ({
      ...group,
      deployments: group.deployments.map((deployment, position) => {
        const said = told.get(`${position} ${group.name}`);
        return said === undefined ? deployment : { ...deployment, told: asInFile(said) };
      }),
    })),
  };
}

/** As LiteLLM's file has it: what the native form writes as `${NAME}` and `$$` is no variable's value here. */
function asInFile(map: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, valueInFile(value)]));
}

function valueInFile(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\$|\$\{(\w+)\}/g, (_, name?: string) =>
      name === undefined ? '$' : `os.environ/${name}`,
    );
  }
  if (Array.isArray(value)) return value.map(valueInFile);
  return isObject(value) ? asInFile(value) : value;
}

/** What is doubtful, each kind of it once. */
function doubts(file: string, findings: readonly Finding[]): string[] {
  const seen = new Map<string, { first: Finding; count: number }>();
  for (const finding of findings) {
    // The notes say it of LiteLLM's own words, with the line.
    if (finding.message.includes(NOBODY_ANSWERS) || finding.message === ASKED_BEFORE) continue;
    const before = seen.get(finding.message);
    seen.set(finding.message, { first: before?.first ?? finding, count: (before?.count ?? 0) + 1 });
  }
  return Array.from(seen.values(), ({ first, count }) => {
    const more = count === 1 ? '' : ` (and so in ${count - 1} more)`;
    return formatProblem(ofNativeForm(file, first)) + more;
  });
}

/** A place of the native form has no line in LiteLLM's file. */
function ofNativeForm(file: string, { path, message, nearest }: Finding): ConfigProblem {
  const meant = nearest === undefined ? {} : { nearest };
  return { file, line: null, column: null, path: `in llmgw's words, ${formatPath(path)}`, message, ...meant };
}
