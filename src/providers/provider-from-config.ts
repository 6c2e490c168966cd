import type { DialectId } from '../canonical/dialect-id.ts';
import type { Environment, Provider } from './provider.ts';
import { providerRow } from './provider-row.ts';
import { findProvider } from './table.ts';

/** A provider that the config describes, as much of it as makes a row. */
export interface ProviderDescription {
  readonly id: string;
  /** The row that it is a further account of; `null`: none, or that of its own id. */
  readonly type: string | null;
  readonly dialect: DialectId | null;
  /** No trailing slash. */
  readonly baseUrl: string | null;
  /** `null`: listed at `/models`. */
  readonly models: readonly string[] | null;
}

/**
 * The row of an entry whose id the table lacks: that of its type under its own name, else one with a bearer key,
 * OpenAI's list of models and no price data. `null`: nobody knows where it is.
 */
export function providerFromConfig({ id, type, dialect, baseUrl, models }: ProviderDescription): Provider | null {
  const row = type === null ? null : findProvider(type);
  if (row !== null) return { ...row, id, displayName: `${row.displayName} (${id})`, dialect: dialect ?? row.dialect };
  if (baseUrl === null) return null;
  return providerRow({
    id,
    displayName: id,
    dialect: dialect ?? 'openai-chat',
    apiBase: baseUrl,
    keyVariables: [],
    knownModels: models ?? [],
  });
}

/** What the config says of an account beside its key. */
export interface AccountPlace {
  readonly region: string | null;
  readonly project: string | null;
  readonly apiVersion: string | null;
}

/**
 * The same in the variables by which rows are shaped and addresses filled; the first of each kind, which counts before
 * what the environment has.
 */
export function variablesOfAccount({ region, project, apiVersion }: AccountPlace): Environment {
  return {
    ...(region === null ? {} : { AWS_REGION: region, GOOGLE_CLOUD_LOCATION: region }),
    // A key of Vertex for the express mode knows neither projects nor places.
    ...(project === null ? {} : { GOOGLE_CLOUD_PROJECT: project, GOOGLE_VERTEX_API_KEY: '' }),
    ...(apiVersion === null ? {} : { AZURE_OPENAI_API_VERSION: apiVersion }),
  };
}
