import { describe, expect, it } from 'vitest';
import { findAwsAccount } from '../../src/credentials/aws.ts';

const HOME = '/home/me';
const CREDENTIALS = `${HOME}/.aws/credentials`;
const CONFIG = `${HOME}/.aws/config`;

function find(env: NodeJS.ProcessEnv, files: Readonly<Record<string, string>> = {}) {
  const { access, region, problems } = findAwsAccount({ HOME, ...env }, (path) => files[path] ?? null);
  if (access === null) return { access: null, region, problems };
  if (access.kind === 'bearer') return { access: ['bearer', access.key.reveal(), access.where], region, problems };
  const { accessKeyId, secretAccessKey, sessionToken } = access.keys;
  const shown = [accessKeyId, secretAccessKey.reveal(), sessionToken?.reveal() ?? null, access.where];
  return { access: shown, region, problems };
}

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 's1' };
const FILE = `
# mine
[default]
aws_access_key_id = AKIA2
aws_secret_access_key=s2
region = eu-west-1

[work]
aws_access_key_id     =   ASIA3
aws_secret_access_key = s3/=+
aws_session_token = t3==
`;

describe('the account of AWS', () => {
  it.each<[string, NodeJS.ProcessEnv, Record<string, string>, unknown]>([
    ['is not there', {}, {}, { access: null, region: null, problems: [] }],
    [
      'is in the environment',
      { ...KEYS, AWS_SESSION_TOKEN: ' t1\n', AWS_DEFAULT_REGION: 'us-west-2' },
      {},
      { access: ['AKIA1', 's1', 't1', 'AWS_ACCESS_KEY_ID (environment)'], region: 'us-west-2', problems: [] },
    ],
    [
      'is a bearer key before all others',
      { ...KEYS, AWS_BEARER_TOKEN_BEDROCK: 'ABSK', AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-west-2' },
      { [CREDENTIALS]: FILE },
      { access: ['bearer', 'ABSK', 'AWS_BEARER_TOKEN_BEDROCK (environment)'], region: 'us-east-1', problems: [] },
    ],
    [
      'is in the environment before it is in a file, whose region holds',
      KEYS,
      { [CREDENTIALS]: FILE },
      { access: ['AKIA1', 's1', null, 'AWS_ACCESS_KEY_ID (environment)'], region: 'eu-west-1', problems: [] },
    ],
    [
      'is the default profile',
      {},
      { [CREDENTIALS]: FILE },
      { access: ['AKIA2', 's2', null, 'AWS profile default'], region: 'eu-west-1', problems: [] },
    ],
    [
      'is the profile that is named, with the region of the other file',
      { AWS_PROFILE: 'work' },
      { [CREDENTIALS]: FILE, [CONFIG]: '[profile work]\r\nregion=ap-south-1\r\n[work]\nregion=no-where-1\n' },
      { access: ['ASIA3', 's3/=+', 't3==', 'AWS profile work'], region: 'ap-south-1', problems: [] },
    ],
    [
      'may be in the config file alone',
      { AWS_PROFILE: 'c' },
      { [CONFIG]: '[profile   c]\naws_access_key_id=A\naws_secret_access_key=S\ns3 =\n  addressing_style = path\n' },
      { access: ['A', 'S', null, 'AWS profile c'], region: null, problems: [] },
    ],
    [
      'may be in files of other names',
      { AWS_SHARED_CREDENTIALS_FILE: '/x/c', AWS_CONFIG_FILE: '/x/d' },
      {
        '/x/c': '[default]\naws_access_key_id=A\naws_secret_access_key=S',
        '/x/d': '[default]\nregion=r',
        [CREDENTIALS]: FILE,
      },
      { access: ['A', 'S', null, 'AWS profile default'], region: 'r', problems: [] },
    ],
    [
      'needs both halves of a key',
      { AWS_ACCESS_KEY_ID: 'AKIA1' },
      { [CREDENTIALS]: '[default]\naws_access_key_id=A' },
      { access: null, region: null, problems: [] },
    ],
  ])('%s', (_name, env, files, expected) => {
    expect(find(env, files)).toEqual(expected);
  });

  it.each([
    ['sso_session = corp', 'signs in by SSO'],
    ['credential_process = /bin/get-keys --all', 'gets its keys from another program'],
    ['role_arn = arn:aws:iam::1:role/x\nsource_profile = default', 'takes on a role'],
  ])('says what to do for a profile with %j', (text, way) => {
    const { access, problems } = find({ AWS_PROFILE: 'w' }, { [CONFIG]: `[profile w]\n${text}\n` });
    expect(access).toBeNull();
    expect(problems).toEqual([
      `the AWS profile w ${way}, which llmgw does not do itself: ` +
        'run `eval "$(aws configure export-credentials --profile w --format env)"` where you start it',
    ]);
  });
});
