import type { ServerKind } from '../../canonical/model.ts';
import { nameOfProvider, nameOfServer } from './providers.ts';

/** What an endpoint is by our words: a row of the provider table, or a kind of model server. */
export type EndpointKind =
  { readonly kind: 'provider'; readonly id: string } | { readonly kind: 'server'; readonly server: ServerKind };

/** What LiteLLM calls it, as in `openai/gpt-4o`. One that it does not know keeps our word. */
export function liteLlmWord(endpoint: EndpointKind): string {
  if (endpoint.kind === 'server') return nameOfServer(endpoint.server) ?? COMPATIBLE;
  return nameOfProvider(endpoint.id) ?? SPLIT.get(endpoint.id) ?? endpoint.id;
}

/** Whatever speaks OpenAI's dialect at an address of its own is written so there. */
const COMPATIBLE = 'openai';

/** Rows of ours that LiteLLM tells apart by the model alone. */
const SPLIT: ReadonlyMap<string, string> = new Map([
  ['vertex', 'vertex_ai'],
  ['vertex-claude', 'vertex_ai'],
  ['azure-claude', 'azure_ai'],
]);
