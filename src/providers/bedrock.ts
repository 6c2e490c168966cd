import type { RequestSigner } from '../canonical/signing.ts';
import type { Provider } from './provider.ts';
import { providerRow } from './provider-row.ts';
import { signV4 } from './sign-v4.ts';
import type { AwsKeys } from './sign-v4.ts';

/** Amazon Bedrock: by its own API, and by the one that resembles OpenAI's. */
export const BEDROCK: readonly Provider[] = [
  providerRow({
    id: 'bedrock',
    displayName: 'Amazon Bedrock',
    dialect: 'bedrock-converse',
    apiBase: 'https://bedrock-runtime.{AWS_REGION|AWS_DEFAULT_REGION}.amazonaws.com',
    // A bearer key that the account's environment holds is found with the account.
    keyVariables: [],
    modelListing: null,
    // Inference profiles that answer from every region, and models that need none (AWS's list of model ids, as the
    // price data and Vercel's AI SDK have it).
    knownModels: [
      'global.anthropic.claude-opus-5',
      'global.anthropic.claude-sonnet-5',
      'global.anthropic.claude-opus-4-6-v1',
      'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'global.anthropic.claude-haiku-4-5-20251001-v1:0',
      'global.amazon.nova-2-lite-v1:0',
      'openai.gpt-oss-120b-1:0',
      'openai.gpt-oss-20b-1:0',
    ],
    quirks: { images: 'inline', files: true, audio: true },
    priceProvider: 'aws',
    signIn: {
      account: 'aws',
      service: 'bedrock',
      hosts: ['.amazonaws.com', '.amazonaws.com.cn'],
      hint: 'set AWS_REGION, and AWS_BEARER_TOKEN_BEDROCK or the keys of your AWS account',
    },
  }),
  // It takes a bearer key alone.
  providerRow({
    id: 'bedrock-mantle',
    displayName: 'Amazon Bedrock (OpenAI-compatible)',
    apiBase: 'https://bedrock-mantle.{AWS_REGION|AWS_DEFAULT_REGION}.api.aws/v1',
    keyVariables: ['AWS_BEARER_TOKEN_BEDROCK'],
    priceProvider: 'aws',
  }),
];

export interface AwsSignerOptions {
  readonly service: string;
  /** Where the account is used, unless the host says another. */
  readonly region: string;
  /** The keys as they are now: others may renew them in their file. Throws a `GatewayError` where there are none. */
  readonly keys: () => AwsKeys;
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** Signs requests of AWS, by Signature Version 4. */
export function awsSigner({ service, region, keys, now }: AwsSignerOptions): RequestSigner {
  return (request) => {
    const scope = { service, region: regionOf(request.url) ?? region, at: new Date(now()) };
    return signV4(request, keys(), scope);
  };
}

/** `https://bedrock-runtime.eu-west-1.amazonaws.com`, also with `-fips` and in a private network's name. */
function regionOf(url: string): string | null {
  return /\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(`.${new URL(url).hostname}`)?.[1] ?? null;
}
