import { sign } from 'node:crypto';
import { GatewayError } from '../canonical/errors.ts';
import type { RequestSigner } from '../canonical/signing.ts';
import { isObject } from '../std/is-object.ts';
import { parseJson } from '../std/parse-json.ts';
import { Secret } from '../std/secret.ts';
import type { GoogleAccount } from './google-account.ts';

/** Posts a form; the address is one of Google's. Rejects where there is no answer. */
export type TokenPost = (url: string, body: string) => Promise<{ readonly status: number; readonly body: string }>;

export interface GoogleSignerOptions {
  readonly account: GoogleAccount;
  readonly post: TokenPost;
  /** UTC milliseconds. */
  readonly now: () => number;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ASSERTION_SECONDS = 3_600;
/** A token that ends so soon may end on its way. */
const MARGIN_MS = 60_000;
const DEFAULT_LIFE_SECONDS = 3_600;
const QUOTED_CHARACTERS = 200;

/** Puts a token of Google's on requests; it is fetched when it is needed, kept, and renewed before it ends. */
export function googleSigner(options: GoogleSignerOptions): RequestSigner {
  const tokens = new GoogleTokens(options);
  const { quotaProject } = options.account;
  const further = quotaProject === null ? [] : ['x-goog-user-project', quotaProject];
  return async () => ['authorization', `Bearer ${(await tokens.current()).reveal()}`, ...further];
}

interface Token {
  readonly secret: Secret;
  readonly endsAt: number;
}

/** The token of one account: asked for once, however many wait for it. */
class GoogleTokens {
  readonly #options: GoogleSignerOptions;
  #token: Token | null = null;
  #fetching: Promise<Token> | null = null;

  constructor(options: GoogleSignerOptions) {
    this.#options = options;
  }

  async current(): Promise<Secret> {
    const token = this.#token;
    if (token !== null && this.#options.now() < token.endsAt - MARGIN_MS) return token.secret;
    this.#fetching ??= this.#fetch();
    return (await this.#fetching).secret;
  }

  async #fetch(): Promise<Token> {
    try {
      this.#token = await fetchToken(this.#options);
      return this.#token;
    } finally {
      this.#fetching = null;
    }
  }
}

async function fetchToken({ account, post, now }: GoogleSignerOptions): Promise<Token> {
  const askedAt = now();
  const answer = await asked(post, account.tokenUri, formFor(account, askedAt));
  const parsed = parseJson(answer.body);
  const fields = isObject(parsed) ? parsed : {};
  const { access_token: token, expires_in: seconds } = fields;
  if (answer.status !== 200 || typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw refusal(answer.status, fields);
  }
  const life = typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_LIFE_SECONDS;
  return { secret: new Secret(token), endsAt: askedAt + life * 1_000 };
}

async function asked(post: TokenPost, url: string, form: string) {
  try {
    return await post(url, form);
  } catch (error) {
    throw new GatewayError('upstream_unreachable', 'Google could not be asked for a token.', { cause: error });
  }
}

/** What OAuth says of it (RFC 6749, 5.2); the rest of the answer is not repeated. */
function refusal(status: number, fields: Record<string, unknown>): GatewayError {
  const said = [fields['error'], fields['error_description']].filter((text) => typeof text === 'string');
  const why = said.length === 0 ? `status ${status}` : said.join(': ').slice(0, QUOTED_CHARACTERS);
  const isWrong = status === 400 || status === 401 || status === 403;
  return new GatewayError('upstream_error', `Google gave no token: ${why}`, {
    status: isWrong ? 401 : 502,
    ...(isWrong
      ? { hint: 'Sign in again with `gcloud auth application-default login`, or give another key file.' }
      : {}),
  });
}

function formFor(account: GoogleAccount, nowMs: number): string {
  switch (account.kind) {
    case 'service_account':
      return form({ grant_type: JWT_GRANT, assertion: assertionOf(account, nowMs) });
    case 'authorized_user':
      return form({
        grant_type: 'refresh_token',
        client_id: account.clientId,
        client_secret: account.clientSecret.reveal(),
        refresh_token: account.refreshToken.reveal(),
      });
  }
}

function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString();
}

/** A JWT by which the account says who it is (developers.google.com/identity/protocols/oauth2/service-account). */
function assertionOf(account: Extract<GoogleAccount, { kind: 'service_account' }>, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1_000);
  const header = { alg: 'RS256', typ: 'JWT', ...(account.keyId === null ? {} : { kid: account.keyId }) };
  const claims = {
    iss: account.email,
    scope: SCOPE,
    aud: account.tokenUri,
    iat: issuedAt,
    exp: issuedAt + ASSERTION_SECONDS,
  };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), account.key).toString('base64url')}`;
}
