import { GatewayError } from '../canonical/errors.ts';
import type { RequestSigner } from '../canonical/signing.ts';
import { awsSigner } from '../providers/bedrock.ts';
import type { CloudSignIn } from '../providers/provider.ts';
import type { AwsKeys } from '../providers/sign-v4.ts';
import type { Secret } from '../std/secret.ts';
import { findAwsAccount } from './aws.ts';
import type { ReadText } from './aws.ts';
import type { FoundCredential } from './credential-source.ts';
import { findGoogleAccount, readGoogleFile } from './google-account.ts';
import type { FoundGoogleAccount } from './google-account.ts';
import { googleSigner } from './google-token.ts';
import type { TokenPost } from './google-token.ts';

/** What an account of a cloud gives for a provider. */
export interface CloudFinding {
  readonly access:
    | { readonly kind: 'credential'; readonly credential: FoundCredential }
    /** `where`: for a person, where it was found. */
    | { readonly kind: 'signer'; readonly signer: RequestSigner; readonly where: string }
    | null;
  /** What the account's own files say where the environment says nothing: `AWS_REGION`, `GOOGLE_CLOUD_PROJECT`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Somebody named the account for this, so that its problems are told unasked. */
  readonly isNamed: boolean;
  readonly problems: readonly string[];
}

/** An account that the config names in place of the one that the machine is signed in to. */
export interface NamedAccount {
  readonly aws: {
    readonly accessKeyId: Secret;
    readonly secretAccessKey: Secret;
    readonly sessionToken: Secret | null;
  } | null;
  /** The path of a file with the credentials of a Google account. */
  readonly googleCredentials: string | null;
}

/** The accounts of clouds that the machine is signed in to. */
export interface CloudAccounts {
  /** `named`: what the config says; `null`: nothing. */
  find(signIn: CloudSignIn, named?: NamedAccount | null): CloudFinding;
}

export interface CloudAccountsOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly read: ReadText;
  readonly post: TokenPost;
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** Keys of a file are read again after this time: other programs renew them there. */
const FRESH_MS = 60_000;

/** Reads files when it is asked, each account once; tokens are fetched when a request needs one. */
export function cloudAccounts(options: CloudAccountsOptions): CloudAccounts {
  let google: CloudFinding | null = null;
  return {
    find: (signIn, named = null) => {
      if (signIn.account === 'aws') {
        const keys = named?.aws ?? null;
        return keys === null ? awsFinding(signIn, options) : ownAwsFinding(signIn, keys, options);
      }
      const file = named?.googleCredentials ?? null;
      return file === null ? (google ??= googleFinding(options)) : ownGoogleFinding(file, options);
    },
  };
}

function awsFinding({ service }: CloudSignIn, { env, read, now }: CloudAccountsOptions): CloudFinding {
  const { access, region, problems } = findAwsAccount(env, read);
  const variables: Record<string, string> = region === null ? {} : { AWS_REGION: region };
  const found = { variables, isNamed: false, problems };
  if (access === null || service === null) return { ...found, access: null };
  const { where } = access;
  if (access.kind === 'bearer') {
    return { ...found, access: { kind: 'credential', credential: { secret: access.key, where } } };
  }
  // Without a region there is no address, and nothing is signed.
  const keys = freshKeys(access.keys, () => findAwsAccount(env, read), now);
  return {
    ...found,
    access: { kind: 'signer', signer: awsSigner({ service, region: region ?? '', keys, now }), where },
  };
}

/** Keys of the config are what they are. */
function ownAwsFinding(
  { service }: CloudSignIn,
  { accessKeyId, secretAccessKey, sessionToken }: NonNullable<NamedAccount['aws']>,
  { env, read, now }: CloudAccountsOptions,
): CloudFinding {
  const { region } = findAwsAccount(env, read);
  const variables: Record<string, string> = region === null ? {} : { AWS_REGION: region };
  if (service === null) return { access: null, variables, isNamed: true, problems: [] };
  const keys = { accessKeyId: accessKeyId.reveal(), secretAccessKey, sessionToken };
  const signer = awsSigner({ service, region: region ?? '', keys: () => keys, now });
  return { access: { kind: 'signer', signer, where: 'config' }, variables, isNamed: true, problems: [] };
}

function freshKeys(first: AwsKeys, find: () => ReturnType<typeof findAwsAccount>, now: () => number): () => AwsKeys {
  let keys = first;
  let readAt = now();
  return () => {
    if (now() - readAt < FRESH_MS) return keys;
    const { access } = find();
    if (access?.kind !== 'keys') throw new GatewayError('no_credential', 'The keys of the AWS account are gone.');
    keys = access.keys;
    readAt = now();
    return keys;
  };
}

function ownGoogleFinding(file: string, options: CloudAccountsOptions): CloudFinding {
  return asGoogleFinding(readGoogleFile(file, 'config (google_credentials)', options.read), options);
}

function googleFinding(options: CloudAccountsOptions): CloudFinding {
  return asGoogleFinding(findGoogleAccount(options.env, options.read), options);
}

function asGoogleFinding(
  { account, where, project, isNamed, problems }: FoundGoogleAccount,
  { env, post, now }: CloudAccountsOptions,
): CloudFinding {
  const says = ['GOOGLE_CLOUD_PROJECT', 'GOOGLE_VERTEX_PROJECT', 'VERTEXAI_PROJECT', 'ANTHROPIC_VERTEX_PROJECT_ID'];
  const isSaid = says.some((name) => (env[name]?.trim() ?? '') !== '');
  const variables: Record<string, string> = project === null || isSaid ? {} : { GOOGLE_CLOUD_PROJECT: project };
  const found = { variables, isNamed, problems };
  if (account === null) return { ...found, access: null };
  return { ...found, access: { kind: 'signer', signer: googleSigner({ account, post, now }), where } };
}
