import type { ModelFacts } from '../canonical/model.ts';
import type { WireAddress } from '../canonical/target.ts';
import type { ConfiguredProvider } from '../config/settings.ts';
import { sameOrigin } from '../credentials/address.ts';
import type { FoundProviders } from '../credentials/find-active-providers.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import { providerFromConfig } from '../providers/provider-from-config.ts';
import type { Provider } from '../providers/provider.ts';
import { PROVIDERS } from '../providers/table.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import type { RoutedProvider } from '../routing/route-table.ts';
import { cloudFacts } from './cloud-facts.ts';

export interface RoutedProvidersInput {
  readonly found: FoundProviders;
  /** The config's `providers:`. */
  readonly configured: readonly ConfiguredProvider[];
  /** The keys that the profile names, by provider. */
  readonly keyNames: ReadonlyMap<string, string>;
  readonly modelsOf: (providerId: string) => readonly string[];
  /** What the list of a provider says of one of its models. */
  readonly listedFacts: (providerId: string, model: string) => ModelFacts;
  readonly prices: () => PriceBook;
  /** How people call the program. */
  readonly command: string;
}

/** Every provider as the router sees it: those that can be used with their models, the others with what they lack. */
export function routedProviders(input: RoutedProvidersInput): RoutedProvider[] {
  const { active, locked } = input.found;
  const usable = active.map((one) => routedProvider(one, input.modelsOf(one.provider.id), input));
  const used = new Set(active.map(({ provider }) => provider.id));
  const why = new Map(locked.map((one) => [one.id, one.why]));
  const unusable = [...PROVIDERS, ...ownProviders(input.configured)].filter(({ id }) => !used.has(id));
  return [
    ...usable,
    ...unusable.map((provider) => lacking(provider, why.get(provider.id) ?? howToGiveKey(provider, input), input)),
  ];
}

/** Those that only the config knows. */
function ownProviders(configured: readonly ConfiguredProvider[]): Provider[] {
  const known = new Set(PROVIDERS.map(({ id }) => id));
  return configured.flatMap((entry) => {
    const provider = known.has(entry.id) ? null : providerFromConfig(entry);
    return provider === null ? [] : [provider];
  });
}

/** The provider that makes a model, by our id; the price data has ids of its own. */
export function makerLookup(prices: () => PriceBook): (model: string) => string | null {
  const idOf = new Map<string, string>();
  for (const { id, priceProvider } of PROVIDERS) {
    if (priceProvider !== null && !idOf.has(priceProvider)) idOf.set(priceProvider, id);
  }
  return (model) => {
    const maker = prices().providerOf(model);
    return maker === null ? null : (idOf.get(maker) ?? null);
  };
}

function routedProvider(
  active: ActiveProvider,
  models: readonly string[],
  { listedFacts, prices }: Pick<RoutedProvidersInput, 'listedFacts' | 'prices'>,
): RoutedProvider {
  const { provider, apiBase, credential, signer, headers, insecureTls } = active;
  const { id, dialect, credentialHeader, extraHeaders, pathRule, quirks, priceProvider } = provider;
  const endpoint = {
    provider: id,
    dialect,
    apiBase,
    locality: 'cloud' as const,
    credential,
    credentialHeader,
    signer,
    extraHeaders,
    pathRule,
    quirks,
    alsoSpeaks: addressesAt(provider, apiBase),
    priceProvider,
    ...(headers.size === 0 ? {} : { secretHeaders: headers }),
    insecureTls,
  };
  const factsOf = (model: string): ModelFacts =>
    cloudFacts({ model, listed: listedFacts(id, model), priceProvider, prices: prices() });
  return { endpoint, usable: true, hint: '', models, factsOf };
}

/**
 * The further dialects of a provider, where it is. What answers at an address that was moved to another host is known
 * to speak the one dialect only.
 */
function addressesAt({ apiBase: own, alsoSpeaks }: Provider, apiBase: string): readonly WireAddress[] {
  if (!own.includes('{') && !sameOrigin(own, apiBase)) return [];
  return alsoSpeaks.map(({ apiBase: path, ...address }) => ({
    ...address,
    apiBase: path === '' ? apiBase : new URL(path, apiBase).href,
  }));
}

function lacking(provider: Provider, hint: string, input: RoutedProvidersInput): RoutedProvider {
  const { apiBase } = provider;
  const nothing: ActiveProvider = {
    provider,
    apiBase,
    credential: null,
    signer: null,
    credentialSource: '',
    configuredModels: null,
    headers: new Map(),
    insecureTls: false,
  };
  return { ...routedProvider(nothing, provider.knownModels, input), usable: false, hint };
}

function howToGiveKey({ id, displayName, keyVariables, signIn }: Provider, input: RoutedProvidersInput): string {
  const { command, keyNames } = input;
  const keyName = keyNames.get(id);
  // Another key does not take the place of one that is named.
  if (keyName !== undefined) return `To use ${displayName} here, run \`${command} auth add ${id}:${keyName}\`.`;
  if (signIn !== null) return `To use ${displayName}, ${signIn.hint}, and run \`${command} restart\`.`;
  const [variable] = keyVariables;
  const orSet = variable === undefined ? '' : `, or set ${variable} and run \`${command} restart\``;
  return `To use ${displayName}, run \`${command} auth add ${id}\`${orSet}.`;
}
