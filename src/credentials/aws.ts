import { join } from 'node:path';
import type { AwsKeys } from '../providers/sign-v4.ts';
import { Secret } from '../std/secret.ts';
import { readIni } from './ini-sections.ts';

/** A whole file as text; `null`: it is not there, or may not be read. */
export type ReadText = (path: string) => string | null;

/** What a person has to sign requests of AWS with. */
export interface AwsAccount {
  readonly access:
    | { readonly kind: 'bearer'; readonly key: Secret; readonly where: string }
    | { readonly kind: 'keys'; readonly keys: AwsKeys; readonly where: string }
    | null;
  /** `null`: nobody says. */
  readonly region: string | null;
  /** Why the profile cannot be used, in sentences. They hold no secret. */
  readonly problems: readonly string[];
}

type Settings = ReadonlyMap<string, string>;

/**
 * The account of AWS's own programs: a bearer key of Bedrock, keys of the environment, else the profile
 * (`AWS_PROFILE`, or `default`) of `~/.aws/credentials` and `~/.aws/config`
 * (docs.aws.amazon.com/sdkref/latest/guide/file-format.html). Keys that stand there are read; what has to be asked for
 * elsewhere (SSO, roles, other programs) is not.
 */
export function findAwsAccount(env: NodeJS.ProcessEnv, read: ReadText): AwsAccount {
  const profile = valueOf(env, 'AWS_PROFILE') ?? 'default';
  const settings = profileSettings(env, read, profile);
  const region = valueOf(env, 'AWS_REGION') ?? valueOf(env, 'AWS_DEFAULT_REGION') ?? filled(settings.get('region'));
  const bearer = valueOf(env, 'AWS_BEARER_TOKEN_BEDROCK');
  if (bearer !== null) {
    const access = {
      kind: 'bearer',
      key: new Secret(bearer),
      where: 'AWS_BEARER_TOKEN_BEDROCK (environment)',
    } as const;
    return { access, region, problems: [] };
  }
  const ofEnvironment = keysFrom(
    valueOf(env, 'AWS_ACCESS_KEY_ID'),
    valueOf(env, 'AWS_SECRET_ACCESS_KEY'),
    valueOf(env, 'AWS_SESSION_TOKEN'),
  );
  if (ofEnvironment !== null) {
    return {
      access: { kind: 'keys', keys: ofEnvironment, where: 'AWS_ACCESS_KEY_ID (environment)' },
      region,
      problems: [],
    };
  }
  const keys = keysFrom(
    filled(settings.get('aws_access_key_id')),
    filled(settings.get('aws_secret_access_key')),
    filled(settings.get('aws_session_token')),
  );
  if (keys !== null) return { access: { kind: 'keys', keys, where: `AWS profile ${profile}` }, region, problems: [] };
  return { access: null, region, problems: problemsOf(profile, settings) };
}

/** The profile's settings of both files; the keys of `credentials` come before those of `config`. */
function profileSettings(env: NodeJS.ProcessEnv, read: ReadText, profile: string): Settings {
  const settings = new Map<string, string>();
  const section = profile === 'default' ? ['default', 'profile default'] : [`profile ${profile}`];
  for (const name of section) fill(settings, fileAt(env, read, 'AWS_CONFIG_FILE', 'config'), name);
  fill(settings, fileAt(env, read, 'AWS_SHARED_CREDENTIALS_FILE', 'credentials'), profile);
  return settings;
}

function fill(settings: Map<string, string>, text: string | null, section: string): void {
  if (text === null) return;
  for (const [key, value] of readIni(text).get(section) ?? []) settings.set(key, value);
}

function fileAt(env: NodeJS.ProcessEnv, read: ReadText, variable: string, name: string): string | null {
  const named = valueOf(env, variable);
  if (named !== null) return read(named);
  const home = valueOf(env, 'HOME') ?? valueOf(env, 'USERPROFILE');
  return home === null ? null : read(join(home, '.aws', name));
}

function keysFrom(id: string | null, secret: string | null, token: string | null): AwsKeys | null {
  if (id === null || secret === null) return null;
  return {
    accessKeyId: id,
    secretAccessKey: new Secret(secret),
    sessionToken: token === null ? null : new Secret(token),
  };
}

/** How a profile comes by its keys where they are not in it. */
const WAYS: readonly (readonly [string, string])[] = [
  ['sso_session', 'signs in by SSO'],
  ['sso_start_url', 'signs in by SSO'],
  ['credential_process', 'gets its keys from another program'],
  ['web_identity_token_file', 'signs in by a web identity'],
  ['role_arn', 'takes on a role'],
];

function problemsOf(profile: string, settings: Settings): readonly string[] {
  const way = WAYS.find(([key]) => settings.has(key))?.[1];
  if (way === undefined) return [];
  return [
    `the AWS profile ${profile} ${way}, which llmgw does not do itself: ` +
      `run \`eval "$(aws configure export-credentials --profile ${profile} --format env)"\` where you start it`,
  ];
}

function valueOf(env: NodeJS.ProcessEnv, name: string): string | null {
  return filled(env[name]);
}

function filled(value: string | undefined): string | null {
  const text = value?.trim() ?? '';
  return text === '' ? null : text;
}
