import { findProvider } from '../../providers/table.ts';
import { groupName } from '../model-names.ts';
import { isPrivateAddress, openAiBase, providerAtHost } from './addresses.ts';
import { azureAiPlace, bedrockPlace, knownPlace, unknownPlace, vertexPlace } from './account-places.ts';
import { providerOfBareName } from './bare-names.ts';
import type { Connection } from './deployment-draft.ts';
import type { Placement, PlacingDesk } from './placement.ts';
import { isNoKey, keyText, unsupported } from './placement.ts';
import { isOurProvider, meaningOf } from './providers.ts';
import type { ProviderMeaning } from './providers.ts';
import { serverPlace } from './server-places.ts';
import { unreachable } from '../../std/unreachable.ts';

/** Where a deployment is in the native form: which server or account, and by which name the model goes there. */
export function placeOf(connection: Connection, desk: PlacingDesk): Placement {
  const written = connection.model?.text ?? '';
  if (written === '') return unsupported('names no model in litellm_params');
  if (!groupName.safeParse(written).success) return unsupported('names a model as no server can know one');
  if (connection.foreignCredential !== null && connection.apiKey === null) {
    return unsupported(`needs ${connection.foreignCredential}, which llmgw cannot use`);
  }
  if (connection.apiKey !== null && !isNoKey(connection.apiKey) && keyText(connection.apiKey) === undefined) {
    return unsupported('has an api_key with characters in it that no key has');
  }
  const named = namedProvider(connection, written);
  if (named === null) return withoutProvider(connection, written, desk);
  const model = named.model.replace(/^responses\//, '');
  return placeAt(named.meaning, { ...connection, model: { text: model, written: model, variable: null } }, desk);
}

interface NamedProvider {
  readonly meaning: ProviderMeaning;
  readonly model: string;
}

/** The provider that `custom_llm_provider`, or the first part of the model, names; `null`: neither names one. */
function namedProvider({ provider }: Connection, written: string): NamedProvider | null {
  if (provider !== null) {
    const meaning = meaningOf(provider) ?? ourMeaning(provider);
    const model = written.startsWith(`${provider}/`) ? written.slice(provider.length + 1) : written;
    return meaning === null ? null : { meaning, model };
  }
  const slash = written.indexOf('/');
  if (slash <= 0) return null;
  const name = written.slice(0, slash);
  const meaning = meaningOf(name) ?? ourMeaning(name);
  return meaning === null ? null : { meaning, model: written.slice(slash + 1) };
}

function ourMeaning(name: string): ProviderMeaning | null {
  return isOurProvider(name) ? { kind: 'known', id: name } : null;
}

/** LiteLLM looks the name up in its list; at an address it knows it goes by that. */
function withoutProvider(connection: Connection, model: string, desk: PlacingDesk): Placement {
  const { apiBase } = connection;
  const maker = providerOfBareName(model);
  const isPlainOwner = maker === 'openai' || maker === 'anthropic' || maker === 'vertex_ai' || maker === 'bedrock';
  const meaning = maker !== null && (apiBase === null || isPlainOwner) ? meaningOf(maker) : null;
  if (meaning !== null) return placeAt(meaning, connection, desk);
  if (apiBase === null) return unsupported(whyNobody(connection, model));
  const placement = placeAt({ kind: 'known', id: 'openai' }, connection, desk);
  const reading = "names no provider, which LiteLLM refuses; llmgw takes its address for one that speaks OpenAI's API";
  return placement.kind === 'place' ? { ...placement, readings: [...placement.readings, reading] } : placement;
}

function whyNobody({ provider }: Connection, model: string): string {
  const named = provider ?? (model.includes('/') ? model.slice(0, model.indexOf('/')) : '');
  if (named === '') return 'names no provider before its model, as openai/ would';
  return 'names a provider that neither LiteLLM nor llmgw knows, and no api_base';
}

function placeAt(meaning: ProviderMeaning, connection: Connection, desk: PlacingDesk): Placement {
  switch (meaning.kind) {
    case 'known':
      if (meaning.id === 'openai' && connection.apiBase !== null) return atOpenAiBase(connection, desk);
      return meaning.id === 'bedrock' ? bedrockPlace(connection, desk) : knownPlace(meaning.id, connection, desk);
    case 'server':
      return serverPlace(meaning, connection, desk);
    case 'compatible': {
      const { name, apiBase, keyVariable } = meaning;
      const base = connection.apiBase ?? { text: apiBase, written: apiBase, variable: null };
      // Its key is for its own address.
      const usual = { name, keyVariable: connection.apiBase === null ? keyVariable : null };
      return unknownPlace({ ...connection, apiBase: base }, desk, usual);
    }
    case 'vertex':
      return vertexPlace(connection, desk);
    case 'azure-ai':
      return azureAiPlace(connection, desk);
    case 'unsupported':
      return unsupported(meaning.why);
    default:
      return unreachable(meaning);
  }
}

/** `openai/…` with an address is whoever speaks OpenAI's dialect: a provider of the table, the house, or a stranger. */
function atOpenAiBase(connection: Connection, desk: PlacingDesk): Placement {
  const written = connection.apiBase?.text ?? '';
  // A variable that is not set: nobody can say more of it than that it is an address.
  if (written === '') return unknownPlace(connection, desk, null);
  const base = openAiBase(written);
  if (base === null) return unsupported('has an api_base that is no address of http or https');
  const owner = providerAtHost(base);
  if (owner !== null) {
    if (findProvider(owner.id)?.dialect === 'openai-chat') return knownPlace(owner.id, connection, desk);
    const placement = knownPlace(owner.id, { ...connection, apiBase: null }, desk);
    const reading = `asks ${owner.displayName} by an API made after OpenAI's; llmgw asks it by its own`;
    return placement.kind === 'place' ? { ...placement, readings: [...placement.readings, reading] } : placement;
  }
  if (!isPrivateAddress(base)) return unknownPlace(connection, desk, null);
  const server = { kind: 'server', server: null, apiBase: null, baseVariable: null, keyVariable: null } as const;
  return serverPlace(server, connection, desk);
}
