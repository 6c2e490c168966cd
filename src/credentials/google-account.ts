import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { isObject } from '../std/is-object.ts';
import { parseJson } from '../std/parse-json.ts';
import { Secret } from '../std/secret.ts';
import type { ReadText } from './aws.ts';

/** Whom Google gives tokens to: a service account with its key, or a person who signed in with `gcloud`. */
export type GoogleAccount = {
  /** `https:`, a host of Google's. */
  readonly tokenUri: string;
  /** Whose quota requests count against; `null`: the account's own project. */
  readonly quotaProject: string | null;
} & (
  | { readonly kind: 'service_account'; readonly email: string; readonly keyId: string | null; readonly key: KeyObject }
  | {
      readonly kind: 'authorized_user';
      readonly clientId: string;
      readonly clientSecret: Secret;
      readonly refreshToken: Secret;
    }
);

export interface FoundGoogleAccount {
  /** `null`: there is none that can be used. */
  readonly account: GoogleAccount | null;
  /** For a person: where it was found. */
  readonly where: string;
  /** The project that the file names; `null`: none. */
  readonly project: string | null;
  /** It was named by `GOOGLE_APPLICATION_CREDENTIALS`, and not found in its usual place. */
  readonly isNamed: boolean;
  /** Sentences that hold no secret. */
  readonly problems: readonly string[];
}

const NOTHING: FoundGoogleAccount = { account: null, where: '', project: null, isNamed: false, problems: [] };
const TOKEN_URI = 'https://oauth2.googleapis.com/token';

/**
 * Google's application default credentials (google.aip.dev/auth/4110): the file that `GOOGLE_APPLICATION_CREDENTIALS`
 * names, else the one that `gcloud auth application-default login` writes.
 */
export function findGoogleAccount(env: NodeJS.ProcessEnv, read: ReadText): FoundGoogleAccount {
  const named = env['GOOGLE_APPLICATION_CREDENTIALS']?.trim() ?? '';
  if (named !== '') return readGoogleFile(named, 'GOOGLE_APPLICATION_CREDENTIALS (environment)', read);
  const folder = gcloudFolder(env);
  const text = folder === null ? null : read(join(folder, 'application_default_credentials.json'));
  return text === null ? NOTHING : readAccount(text, 'application default credentials (gcloud)');
}

/** The credentials in a file that somebody named. */
export function readGoogleFile(path: string, where: string, read: ReadText): FoundGoogleAccount {
  const text = read(path);
  const found = text === null ? refused(where, 'cannot be read') : readAccount(text, where);
  return { ...found, isNamed: true };
}

function gcloudFolder(env: NodeJS.ProcessEnv): string | null {
  const named = env['CLOUDSDK_CONFIG']?.trim() ?? '';
  if (named !== '') return named;
  const roaming = env['APPDATA']?.trim() ?? '';
  if (roaming !== '') return join(roaming, 'gcloud');
  const home = env['HOME']?.trim() ?? '';
  return home === '' ? null : join(home, '.config', 'gcloud');
}

function readAccount(text: string, where: string): FoundGoogleAccount {
  const parsed = parseJson(text);
  if (!isObject(parsed)) return refused(where, 'holds no JSON object');
  const tokenUri = textAt(parsed, 'token_uri') ?? TOKEN_URI;
  if (!isGoogles(tokenUri)) return refused(where, 'names an address for tokens that is not one of Google');
  const common = { tokenUri, quotaProject: textAt(parsed, 'quota_project_id') };
  const project = textAt(parsed, 'project_id') ?? common.quotaProject;
  const account = accountFrom(parsed);
  if (typeof account === 'string') return refused(where, account);
  return { account: { ...common, ...account }, where, project, isNamed: false, problems: [] };
}

function refused(where: string, why: string): FoundGoogleAccount {
  return { ...NOTHING, where, problems: [`${where}: the file ${why}`] };
}

function accountFrom(file: Record<string, unknown>) {
  switch (file['type']) {
    case 'service_account':
      return serviceAccount(file);
    case 'authorized_user': {
      const [id, secret, refresh] = ['client_id', 'client_secret', 'refresh_token'].map((key) => textAt(file, key));
      if (typeof id !== 'string' || typeof secret !== 'string' || typeof refresh !== 'string') return 'is not complete';
      const kind = 'authorized_user' as const;
      return { kind, clientId: id, clientSecret: new Secret(secret), refreshToken: new Secret(refresh) };
    }
    case 'external_account':
    case 'external_account_authorized_user':
      return 'is of a federated identity, which llmgw does not sign in with; use a service account or `gcloud`';
    case 'impersonated_service_account':
      return 'stands for another service account, which llmgw does not sign in with; use that account, or `gcloud`';
    default:
      return 'is none of a service account or of `gcloud auth application-default login`';
  }
}

function serviceAccount(file: Record<string, unknown>) {
  const email = textAt(file, 'client_email');
  const pem = textAt(file, 'private_key');
  if (email === null || pem === null) return 'is not complete';
  const key = privateKey(pem);
  if (key === null) return 'holds a private key that cannot be read';
  return { kind: 'service_account' as const, email, keyId: textAt(file, 'private_key_id'), key };
}

/** The reason would quote the key: it is not passed on. */
function privateKey(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : null;
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

/** A secret that goes to another host than Google's would be lost. */
function isGoogles(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, port, username } = new URL(address);
  const isHost = hostname === 'googleapis.com' || hostname.endsWith('.googleapis.com');
  return protocol === 'https:' && isHost && port === '' && username === '';
}

function textAt(file: Record<string, unknown>, key: string): string | null {
  const value = file[key];
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
