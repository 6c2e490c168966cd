import { GatewayError } from '../../canonical/errors.ts';
import { hideSecrets, secretsTo } from '../../gateway/hide-secrets.ts';
import { namedDeployments, namesAndWildcards } from '../../routing/named-deployments.ts';
import type { NamedDeployment } from '../../routing/named-deployments.ts';
import type { RouteTable } from '../../routing/route-table.ts';
import { NO_SECRET_HEADERS } from '../../upstream/upstream.ts';

/** What LiteLLM calls the provider or server of this name (`openai-eu` is `openai`). */
export type LiteLlmWords = (provider: string) => string;

/** What is told of a table, and how. */
export interface Told {
  readonly table: RouteTable;
  readonly words: LiteLlmWords;
}

/** Every deployment behind every name of the table's profile, as often as it has names. */
export function everyDeployment(table: RouteTable): readonly NamedDeployment[] {
  return namesAndWildcards(table).flatMap((name) => namedDeployments(table, name));
}

/** `openai/gpt-4o`, as LiteLLM's files write it. */
export function liteLlmModel({ deployment: { target } }: NamedDeployment, words: LiteLlmWords): string {
  return `${words(providerOf(target))}/${target.model}`;
}

export function liteLlmProvider({ deployment: { target } }: NamedDeployment, words: LiteLlmWords): string {
  return words(providerOf(target));
}

/** Of one that answers by itself it stands in the name. */
function providerOf({ via, name }: NamedDeployment['deployment']['target']): string {
  return via.kind === 'network' ? via.endpoint.provider : name.slice(0, Math.max(0, name.indexOf('/')));
}

/** Without what may be a key in it: a name and a password, a query. `null`: nobody is asked. */
export function apiBaseOf(named: NamedDeployment): string | null {
  const { via } = named.deployment.target;
  if (via.kind === 'demo') return null;
  const { apiBase } = via.endpoint;
  // Some have a part that is filled in from the account.
  if (!URL.canParse(apiBase)) return null;
  const { origin, pathname } = new URL(apiBase);
  return withoutSecrets(`${origin}${pathname === '/' ? '' : pathname}`, named);
}

/** A text in which an upstream, or whoever wrote the config, may have put what it is asked with. */
export function withoutSecrets(text: string, { deployment: { target, changes } }: NamedDeployment): string {
  return hideSecrets(text, secretsTo(target, { secretHeaders: changes?.headers ?? NO_SECRET_HEADERS }));
}

/** A value of the query; empty is none. */
export function asked(query: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = query[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Nothing has what was asked for. */
export function nothingOf(param: string, value: string): GatewayError {
  const shown = JSON.stringify(value.slice(0, 200));
  return new GatewayError('model_not_found', `No deployment here has the ${param} ${shown}.`, { param });
}
