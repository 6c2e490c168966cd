import type { Provider } from './provider.ts';
import { providerRow } from './provider-row.ts';

/**
 * Providers whose address holds a part of the person's account. What they list, where they list anything, are base
 * models and not what the account has deployed, or comes in a shape of its own: their models are named in the config.
 */
export const ACCOUNTS: readonly Provider[] = [
  // The model is the name of a deployment.
  providerRow({
    id: 'azure',
    displayName: 'Azure OpenAI',
    apiBase: 'https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1',
    credentialHeader: { kind: 'header', name: 'api-key' },
    keyVariables: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'],
    baseVariables: [{ name: 'AZURE_OPENAI_ENDPOINT', path: '/openai/v1' }],
    modelListing: null,
    priceProvider: 'azure',
  }),
  // The endpoints of Bedrock that take a bearer key; those that need a signed request are not here.
  providerRow({
    id: 'bedrock-mantle',
    displayName: 'Amazon Bedrock (OpenAI-compatible)',
    apiBase: 'https://bedrock-mantle.{AWS_REGION|AWS_DEFAULT_REGION}.api.aws/v1',
    keyVariables: ['AWS_BEARER_TOKEN_BEDROCK'],
    priceProvider: 'aws',
  }),
  providerRow({
    id: 'cloudflare',
    displayName: 'Cloudflare Workers AI',
    apiBase: 'https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1',
    keyVariables: ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_KEY'],
    modelListing: null,
    knownModels: ['@cf/openai/gpt-oss-120b', '@cf/openai/gpt-oss-20b', '@cf/meta/llama-3.3-70b-instruct-fp8-fast'],
    priceProvider: 'cloudflare',
  }),
  // Not every model behind it takes stream_options.
  providerRow({
    id: 'databricks',
    displayName: 'Databricks',
    apiBase: 'https://{DATABRICKS_HOST}/serving-endpoints',
    keyVariables: ['DATABRICKS_TOKEN'],
    baseVariables: [{ name: 'DATABRICKS_HOST', path: '/serving-endpoints' }],
    modelListing: null,
    takesStreamUsage: false,
  }),
  providerRow({
    id: 'snowflake',
    displayName: 'Snowflake Cortex',
    apiBase: 'https://{SNOWFLAKE_ACCOUNT}.snowflakecomputing.com/api/v2/cortex/v1',
    keyVariables: ['SNOWFLAKE_CORTEX_PAT'],
    modelListing: null,
    takesStreamUsage: false,
  }),
];
