import { AZURE } from './azure.ts';
import { BEDROCK } from './bedrock.ts';
import type { Provider } from './provider.ts';
import { providerRow } from './provider-row.ts';
import { VERTEX } from './vertex.ts';

/**
 * Providers whose address holds a part of the person's account. What they list, where they list anything, are base
 * models and not what the account has deployed, or comes in a shape of its own: their models are named in the config.
 */
export const ACCOUNTS: readonly Provider[] = [
  ...AZURE,
  ...BEDROCK,
  ...VERTEX,
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
    quirks: { streamUsage: false },
  }),
  providerRow({
    id: 'snowflake',
    displayName: 'Snowflake Cortex',
    apiBase: 'https://{SNOWFLAKE_ACCOUNT}.snowflakecomputing.com/api/v2/cortex/v1',
    keyVariables: ['SNOWFLAKE_CORTEX_PAT'],
    modelListing: null,
    quirks: { streamUsage: false },
  }),
];
