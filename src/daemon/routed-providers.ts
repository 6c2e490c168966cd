import type { FoundProviders } from '../credentials/find-active-providers.ts';
import type { ActiveProvider } from '../providers/active-provider.ts';
import type { Provider } from '../providers/provider.ts';
import { PROVIDERS } from '../providers/table.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import type { RoutedProvider } from '../routing/route-table.ts';

/** Every provider as the router sees it: those that can be used with their models, the others with what they lack. */
export function routedProviders(
  { active, locked }: FoundProviders,
  modelsOf: (providerId: string) => readonly string[],
  command: string,
): RoutedProvider[] {
  const usable = active.map((one) => routedProvider(one, modelsOf(one.provider.id)));
  const used = new Set(active.map(({ provider }) => provider.id));
  const why = new Map(locked.map((one) => [one.id, one.why]));
  const unusable = PROVIDERS.filter(({ id }) => !used.has(id)).map((provider) =>
    lacking(provider, why.get(provider.id) ?? howToGiveKey(provider, command)),
  );
  return [...usable, ...unusable];
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

function routedProvider({ provider, apiBase, credential }: ActiveProvider, models: readonly string[]): RoutedProvider {
  const { id, dialect, credentialHeader, extraHeaders, takesStreamUsage, priceProvider } = provider;
  const endpoint = {
    provider: id,
    dialect,
    apiBase,
    locality: 'cloud' as const,
    credential,
    credentialHeader,
    extraHeaders,
    takesStreamUsage,
    priceProvider,
    insecureTls: false,
  };
  return { endpoint, usable: true, hint: '', models };
}

function lacking(provider: Provider, hint: string): RoutedProvider {
  const { apiBase } = provider;
  const nothing = { provider, apiBase, credential: null, credentialSource: '', configuredModels: null };
  return { ...routedProvider(nothing, []), usable: false, hint };
}

function howToGiveKey({ id, displayName, keyVariables }: Provider, command: string): string {
  const [variable] = keyVariables;
  const orSet = variable === undefined ? '' : `, or set ${variable} and run \`${command} restart\``;
  return `To use ${displayName}, run \`${command} auth add ${id}\`${orSet}.`;
}
