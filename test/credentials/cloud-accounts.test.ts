import { describe, expect, it } from 'vitest';
import { cloudAccounts } from '../../src/credentials/cloud-accounts.ts';
import { findActiveProviders } from '../../src/credentials/find-active-providers.ts';
import type { ProviderEntry } from '../../src/credentials/find-active-providers.ts';
import { NOTHING_STORED } from '../../src/credentials/stored-credentials.ts';
import { surveyCredentials } from '../../src/credentials/survey.ts';
import { Secret } from '../../src/std/secret.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 'very-secret', AWS_REGION: 'eu-west-1' };
const PLACE = { GOOGLE_CLOUD_PROJECT: 'proj', GOOGLE_CLOUD_LOCATION: 'europe-west1' };
const ADC = '/h/.config/gcloud/application_default_credentials.json';
const PERSON = JSON.stringify({
  type: 'authorized_user',
  client_id: 'id',
  client_secret: 'very-secret',
  refresh_token: 'very-secret',
  quota_project_id: 'quota',
});

interface Stage {
  readonly env: NodeJS.ProcessEnv;
  readonly files?: Record<string, string>;
  readonly configured?: readonly ProviderEntry[];
}

function options({ env: more, files = {}, configured = [] }: Stage) {
  const env = { HOME: '/h', ...more };
  const clock = { now: Date.UTC(2026, 8, 1) };
  const accounts = cloudAccounts({
    env,
    read: (path) => files[path] ?? null,
    post: () => Promise.resolve({ status: 200, body: '{"access_token":"token"}' }),
    now: () => clock.now,
  });
  return { clock, find: { env, configured, ownPort: 4000, stored: NOTHING_STORED, names: new Map(), accounts } };
}

function find(stage: Stage) {
  const { active, problems } = findActiveProviders(options(stage).find);
  const shown = active.map(({ provider, apiBase, credential, signer, credentialSource }) => ({
    id: provider.id,
    apiBase,
    key: credential?.reveal() ?? null,
    signs: signer !== null,
    source: credentialSource,
  }));
  return { active: shown, problems };
}

function entry(fields: Partial<ProviderEntry> & { id: string }): ProviderEntry {
  return {
    type: null,
    dialect: null,
    baseUrl: null,
    apiKey: null,
    models: null,
    region: null,
    project: null,
    apiVersion: null,
    headers: new Map(),
    aws: null,
    googleCredentials: null,
    insecureTls: false,
    ...fields,
  };
}

describe('an account of AWS', () => {
  const runtime = 'https://bedrock-runtime.eu-west-1.amazonaws.com';

  it('signs for its provider', () => {
    expect(find({ env: KEYS })).toEqual({
      active: [{ id: 'bedrock', apiBase: runtime, key: null, signs: true, source: 'AWS_ACCESS_KEY_ID (environment)' }],
      problems: [],
    });
  });

  it('is a bearer key where there is one', () => {
    const { active } = find({ env: { ...KEYS, AWS_BEARER_TOKEN_BEDROCK: 'ABSK-key' } });
    expect(active).toContainEqual({
      id: 'bedrock',
      apiBase: runtime,
      key: 'ABSK-key',
      signs: false,
      source: 'AWS_BEARER_TOKEN_BEDROCK (environment)',
    });
  });

  it('may say where it is, in its files', () => {
    const files = { '/h/.aws/config': '[default]\nregion=us-west-2\naws_access_key_id=A\naws_secret_access_key=S' };
    expect(find({ env: {}, files }).active).toMatchObject([
      { id: 'bedrock', apiBase: 'https://bedrock-runtime.us-west-2.amazonaws.com', source: 'AWS profile default' },
    ]);
  });

  it('is nowhere without a region, and nobody is bothered with it unasked', () => {
    expect(find({ env: { ...KEYS, AWS_REGION: '' } })).toEqual({ active: [], problems: [] });
    const files = { '/h/.aws/config': '[default]\nregion=us-west-2\nsso_session=corp' };
    expect(find({ env: {}, files })).toEqual({ active: [], problems: [] });
    const { problems } = find({ env: {}, files, configured: [entry({ id: 'bedrock' })] });
    expect(problems[0]).toMatch(/^bedrock: the AWS profile default signs in by SSO/);
  });

  it.each([
    ['https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com', true],
    ['http://127.0.0.1:9999', true],
    ['https://bedrock.corp.example', false],
    ['https://evilamazonaws.com', false],
    ['http://bedrock-runtime.eu-west-1.amazonaws.com', false],
  ])('at %s signs: %s', (baseUrl, signs) => {
    const { active, problems } = find({ env: KEYS, configured: [entry({ id: 'bedrock', baseUrl })] });
    expect(active.map((one) => one.signs)).toEqual(signs ? [true] : []);
    expect(problems.join()).toMatch(signs ? /^$/ : /nothing is signed for it/);
  });

  it('has its keys read again, since other programs renew them', async () => {
    const files: Record<string, string> = {
      '/h/.aws/credentials': '[default]\naws_access_key_id=OLD\naws_secret_access_key=S\nregion=eu-west-1',
    };
    const stage = options({ env: {}, files });
    const signer = findActiveProviders(stage.find).active[0]?.signer;
    const sign = async () =>
      (await signer?.({ method: 'POST', url: `${runtime}/m`, headers: [], body: Buffer.of() }))?.[1];
    expect(await sign()).toContain('Credential=OLD/');
    files['/h/.aws/credentials'] = '[default]\naws_access_key_id=NEW\naws_secret_access_key=S';
    stage.clock.now += 59_000;
    expect(await sign()).toContain('Credential=OLD/');
    stage.clock.now += 1_000;
    expect(await sign()).toContain('Credential=NEW/');
    files['/h/.aws/credentials'] = '';
    stage.clock.now += 60_000;
    await expect(sign()).rejects.toMatchObject({ code: 'no_credential' });
  });
});

describe('an account of Google', () => {
  it('signs for Gemini and for Claude where they are', () => {
    const { active, problems } = find({ env: PLACE, files: { [ADC]: PERSON } });
    const place = 'https://europe-west1-aiplatform.googleapis.com/';
    const source = 'application default credentials (gcloud)';
    expect(active).toEqual([
      {
        id: 'vertex',
        apiBase: `${place}v1beta1/projects/proj/locations/europe-west1/publishers/google`,
        key: null,
        signs: true,
        source,
      },
      {
        id: 'vertex-claude',
        apiBase: `${place}v1/projects/proj/locations/europe-west1/publishers/anthropic`,
        key: null,
        signs: true,
        source,
      },
    ]);
    expect(problems).toEqual([]);
  });

  it('may say which project it is of, and needs a place', () => {
    const files = { [ADC]: PERSON };
    const { active } = find({ env: { GOOGLE_CLOUD_LOCATION: 'global' }, files });
    expect(active[0]?.apiBase).toBe(
      'https://aiplatform.googleapis.com/v1beta1/projects/quota/locations/global/publishers/google',
    );
    expect(find({ env: {}, files }).active).toEqual([]);
  });

  it('tells what is wrong with a file that was named', () => {
    const env = { ...PLACE, GOOGLE_APPLICATION_CREDENTIALS: '/k' };
    const { active, problems } = find({ env, files: { '/k': '{"type":"external_account"}' } });
    expect(active).toEqual([]);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^vertex: GOOGLE_APPLICATION_CREDENTIALS \(environment\): .*federated identity/);
  });

  it('gives way to a key, which is for the express mode', () => {
    const env = { ...PLACE, GOOGLE_VERTEX_API_KEY: 'AQ.key' };
    expect(find({ env, files: { [ADC]: PERSON } }).active[0]).toEqual({
      id: 'vertex',
      apiBase: 'https://aiplatform.googleapis.com/v1/publishers/google',
      key: 'AQ.key',
      signs: false,
      source: 'GOOGLE_VERTEX_API_KEY (environment)',
    });
  });
});

describe('the survey', () => {
  it('lists accounts beside keys, and shows no secret of theirs', () => {
    const { find: asked } = options({ env: { ...KEYS, ...PLACE }, files: { [ADC]: PERSON } });
    const survey = surveyCredentials({ ...asked, profiles: [] });
    expect(survey.rows.map(({ account, where, state }) => [account, where, state])).toEqual([
      ['bedrock', 'AWS_ACCESS_KEY_ID (environment)', 'used'],
      ['vertex', 'application default credentials (gcloud)', 'used'],
      ['vertex-claude', 'application default credentials (gcloud)', 'used'],
    ]);
    expect(JSON.stringify(findActiveProviders(asked))).not.toContain('very-secret');
  });
});

describe('an account that the config names', () => {
  it('signs with its own keys, whatever the environment has', () => {
    const aws = { accessKeyId: new Secret('AKIAOTHER'), secretAccessKey: new Secret('other'), sessionToken: null };
    const configured = [entry({ id: 'bedrock-us', type: 'bedrock', region: 'us-west-2', aws })];
    const env = { ...KEYS, AWS_BEARER_TOKEN_BEDROCK: 'bearer-of-the-environment' };
    const { active } = find({ env, configured });
    expect(active.find(({ id }) => id === 'bedrock-us')).toEqual({
      id: 'bedrock-us',
      apiBase: 'https://bedrock-runtime.us-west-2.amazonaws.com',
      key: null,
      signs: true,
      source: 'config',
    });
  });
});
