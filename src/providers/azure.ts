import type { PathRule } from '../canonical/target.ts';
import type { Environment, Provider, RowShape } from './provider.ts';
import { OPENAI_RESPONSES, providerRow } from './provider-row.ts';

/** What stands in a variable for a version of the API where there is one. */
const VERSION_VARIABLES = ['AZURE_OPENAI_API_VERSION', 'OPENAI_API_VERSION', 'AZURE_API_VERSION'];
/** `2024-10-21`, `2025-04-01-preview`. `preview`, `latest` and `v1` are words of the API without versions. */
const DATED = /^\d{4}-\d{2}-\d{2}(?:-preview)?$/;

/** Azure's own models and Claude in Microsoft Foundry. A model is the name of a deployment. */
export const AZURE: readonly Provider[] = [
  providerRow({
    id: 'azure',
    displayName: 'Azure OpenAI',
    apiBase: 'https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1',
    credentialHeader: { kind: 'header', name: 'api-key' },
    keyVariables: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'],
    baseVariables: [{ name: 'AZURE_OPENAI_ENDPOINT', path: '/openai/v1' }],
    modelListing: null,
    priceProvider: 'azure',
    alsoSpeaks: [OPENAI_RESPONSES],
    shapedBy: classicShape,
    // "Request access: o4-mini reasoning summary feature" (learn.microsoft.com, Azure OpenAI reasoning models).
    quirks: { files: true, summaries: 'asked' },
  }),
  providerRow({
    id: 'azure-claude',
    displayName: 'Claude in Microsoft Foundry',
    dialect: 'anthropic-messages',
    apiBase: 'https://{ANTHROPIC_FOUNDRY_RESOURCE}.services.ai.azure.com/anthropic/v1',
    keyVariables: ['ANTHROPIC_FOUNDRY_API_KEY'],
    baseVariables: [{ name: 'ANTHROPIC_FOUNDRY_BASE_URL', path: '/v1' }],
    modelListing: null,
    quirks: { statesOf: 'anthropic', files: true },
    priceProvider: 'anthropic',
  }),
];

/** Before the API without versions, the deployment stood in the path and a date behind it. */
function classicShape(env: Environment): RowShape {
  const version = VERSION_VARIABLES.map((name) => env[name]?.trim() ?? '').find((text) => text !== '') ?? '';
  if (!DATED.test(version)) return {};
  return {
    apiBase: 'https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai',
    baseVariables: [{ name: 'AZURE_OPENAI_ENDPOINT', path: '/openai' }],
    pathRule: deploymentPath(version),
    // The Responses API came with the API without versions.
    alsoSpeaks: [],
  };
}

function deploymentPath(version: string): PathRule {
  return ({ path, model }) => `/deployments/${encodeURIComponent(model)}${path}?api-version=${version}`;
}
