import { createVerify, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findGoogleAccount } from '../../src/credentials/google-account.ts';
import type { GoogleAccount } from '../../src/credentials/google-account.ts';
import { googleSigner } from '../../src/credentials/google-token.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const SERVICE = {
  type: 'service_account',
  project_id: 'proj',
  client_email: 'me@proj.iam.gserviceaccount.com',
  private_key_id: 'kid1',
  private_key: PEM,
  token_uri: 'https://oauth2.googleapis.com/token',
};
const PERSON = {
  type: 'authorized_user',
  client_id: 'id',
  client_secret: 'the-client-secret',
  refresh_token: '1//the-refresh-token',
  quota_project_id: 'quota',
};

function find(env: NodeJS.ProcessEnv, files: Readonly<Record<string, unknown>>) {
  const texts = new Map(Object.entries(files).map(([path, file]) => [path, JSON.stringify(file)]));
  return findGoogleAccount(env, (path) => texts.get(path) ?? null);
}

const named = (file: unknown) => find({ GOOGLE_APPLICATION_CREDENTIALS: '/key.json' }, { '/key.json': file });

function accountIn(file: unknown): GoogleAccount {
  const { account, problems } = named(file);
  if (account === null) throw new Error(problems.join());
  return account;
}

describe("Google's application default credentials", () => {
  it.each([
    ['GOOGLE_APPLICATION_CREDENTIALS', { GOOGLE_APPLICATION_CREDENTIALS: '/k', HOME: '/h' }, '/k'],
    ['the home folder', { HOME: '/h' }, '/h/.config/gcloud/application_default_credentials.json'],
    ['the folder of gcloud', { CLOUDSDK_CONFIG: '/g', HOME: '/h' }, '/g/application_default_credentials.json'],
  ])('are found by %s', (_where, env, path) => {
    const found = find(env, { [path]: PERSON });
    expect(found.account).toMatchObject({ kind: 'authorized_user', clientId: 'id', quotaProject: 'quota' });
    expect(found.project).toBe('quota');
  });

  it('are not there', () => {
    expect(find({ HOME: '/h' }, {})).toMatchObject({ account: null, problems: [] });
    const missing = find(
      { GOOGLE_APPLICATION_CREDENTIALS: '/k', HOME: '/h' },
      {
        '/h/.config/gcloud/application_default_credentials.json': PERSON,
      },
    );
    expect(missing).toMatchObject({ account: null, isNamed: true });
    expect(missing.problems).toHaveLength(1);
  });

  it.each<[unknown, RegExp]>([
    [{ ...SERVICE, type: 'external_account' }, /federated identity/],
    [{ ...SERVICE, type: 'impersonated_service_account' }, /stands for another service account/],
    [{ ...SERVICE, type: 'something' }, /none of a service account/],
    [{ ...SERVICE, client_email: '' }, /not complete/],
    [
      { ...SERVICE, private_key: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n' },
      /cannot be read/,
    ],
    [{ ...PERSON, refresh_token: 7 }, /not complete/],
    [{ ...PERSON, token_uri: 'https://oauth2.googleapis.com.evil.example/token' }, /not one of Google/],
    [{ ...PERSON, token_uri: 'http://oauth2.googleapis.com/token' }, /not one of Google/],
    [{ ...PERSON, token_uri: 'https://oauth2.googleapis.com@evil.example/' }, /not one of Google/],
    [[], /no JSON object/],
  ])('are refused with a sentence that holds no secret', (file, why) => {
    const { account, problems } = named(file);
    expect(account).toBeNull();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(why);
    expect(problems[0]).not.toMatch(/c2VjcmV0|the-client-secret|the-refresh-token|evil/);
  });
});

describe("Google's tokens", () => {
  const request = { method: 'POST', url: 'https://x.googleapis.com/', headers: [], body: Buffer.alloc(0) } as const;
  const answered = (body: unknown, status = 200) => ({ status, body: JSON.stringify(body) });

  /** A signer whose clock and answers are given; what it posts is kept. */
  function stage(file: unknown, answer: (count: number) => Promise<{ status: number; body: string }>) {
    const posted: { url: string; form: URLSearchParams }[] = [];
    const clock = { now: Date.UTC(2026, 8, 1) };
    const signer = googleSigner({
      account: accountIn(file),
      now: () => clock.now,
      post: (url, body) => {
        posted.push({ url, form: new URLSearchParams(body) });
        return answer(posted.length);
      },
    });
    return { posted, clock, sign: async () => signer(request) };
  }

  it('are given to a service account for what it signs', async () => {
    const { posted, clock, sign } = stage(SERVICE, () =>
      Promise.resolve(answered({ access_token: 'ya29.t', expires_in: 3599 })),
    );
    expect(await sign()).toEqual(['authorization', 'Bearer ya29.t']);
    const [only] = posted;
    expect(only?.url).toBe('https://oauth2.googleapis.com/token');
    expect(only?.form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [header = '', claims = '', signature = ''] = (only?.form.get('assertion') ?? '').split('.');
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(read(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'kid1' });
    const at = clock.now / 1000;
    expect(read(claims)).toEqual({
      iss: SERVICE.client_email,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: SERVICE.token_uri,
      iat: at,
      exp: at + 3600,
    });
    const verify = createVerify('RSA-SHA256').update(`${header}.${claims}`);
    expect(verify.verify(pair.publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('are given to a person for what gcloud kept, on account of a project', async () => {
    const { posted, sign } = stage(PERSON, () => Promise.resolve(answered({ access_token: 't', expires_in: 10 })));
    expect(await sign()).toEqual(['authorization', 'Bearer t', 'x-goog-user-project', 'quota']);
    expect(Object.fromEntries(posted[0]?.form ?? [])).toEqual({
      grant_type: 'refresh_token',
      client_id: 'id',
      client_secret: 'the-client-secret',
      refresh_token: '1//the-refresh-token',
    });
  });

  it('are asked for once, however many wait, and again a minute before they end', async () => {
    const { posted, clock, sign } = stage(SERVICE, (count) =>
      Promise.resolve(answered({ access_token: `t${count}`, expires_in: 3600 })),
    );
    expect(new Set((await Promise.all([sign(), sign(), sign()])).map(([, value]) => value))).toEqual(
      new Set(['Bearer t1']),
    );
    clock.now += 3_539_000;
    expect((await sign())[1]).toBe('Bearer t1');
    clock.now += 1_000;
    expect((await sign())[1]).toBe('Bearer t2');
    expect(posted).toHaveLength(2);
  });

  it.each<[string, { status: number; body: string } | Error, object]>([
    [
      'is not valid any more',
      answered({ error: 'invalid_grant', error_description: 'Token has been expired.' }, 400),
      { status: 401, message: 'Google gave no token: invalid_grant: Token has been expired.' },
    ],
    ['cannot be looked at', answered({}, 503), { status: 502, message: 'Google gave no token: status 503' }],
    ['gets what is no token', answered({ access_token: 'a\nb: c' }), { status: 502 }],
    ['gets what is no JSON', { status: 200, body: '<html>' }, { status: 502 }],
    ['cannot be sent', new Error('no way'), { code: 'upstream_unreachable' }],
  ])('are refused to one that %s, and asked for anew the next time', async (_why, answer, expected) => {
    const { posted, sign } = stage(PERSON, (count) => {
      if (count > 1) return Promise.resolve(answered({ access_token: 't' }));
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    });
    await expect(sign()).rejects.toMatchObject(expected);
    expect((await sign())[1]).toBe('Bearer t');
    expect(posted).toHaveLength(2);
  });
});
