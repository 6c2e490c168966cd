import type { DialectId } from '../canonical/dialect-id.ts';
import type { Provider } from './provider.ts';
import { providerRow } from './provider-row.ts';

/** A provider that only the config knows, as much of it as makes a row. */
export interface ProviderDescription {
  readonly id: string;
  readonly dialect: DialectId | null;
  /** No trailing slash. */
  readonly baseUrl: string;
  /** `null`: listed at `/models`. */
  readonly models: readonly string[] | null;
}

/** The row of a provider that the table lacks: a bearer key, OpenAI's list of models, no price data. */
export function providerFromConfig(description: ProviderDescription): Provider {
  return providerRow({
    id: description.id,
    displayName: description.id,
    dialect: description.dialect ?? 'openai-chat',
    apiBase: description.baseUrl,
    keyVariables: [],
    knownModels: description.models ?? [],
  });
}
