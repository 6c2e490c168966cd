import type { Provider } from './provider.ts';
import { ACCOUNTS } from './accounts.ts';
import { GATEWAYS } from './gateways.ts';
import { HOSTS } from './hosts.ts';
import { MAKERS } from './makers.ts';

/** Every provider that is known without being configured. Those whose requests must be signed are not here yet. */
export const PROVIDERS: readonly Provider[] = [...MAKERS, ...HOSTS, ...GATEWAYS, ...ACCOUNTS];

const byId = new Map(PROVIDERS.map((provider) => [provider.id, provider]));

/** The row of a provider, by its exact id. */
export function findProvider(id: string): Provider | null {
  return byId.get(id) ?? null;
}
