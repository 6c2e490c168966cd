import { isIP } from 'node:net';
import { isLoopbackHost } from '../../std/loopback.ts';
import { isPrivateAddress, openAiBase, providerAtHost } from './addresses.ts';
import { knownPlace } from './account-places.ts';
import { priceOfReseller } from './bare-names.ts';
import type { Connection } from './deployment-draft.ts';
import { headersOf, hostLabel, serverKey, unsupported, variableLabel } from './placement.ts';
import type { Placement, PlacingDesk } from './placement.ts';
import type { ServerMeaning } from './providers.ts';
import { literalValue, presentOnly, valueOfVariable, withAddress } from './value.ts';
import type { Value } from './value.ts';

/** A model server that somebody runs: an entry of `servers:`. */
export function serverPlace(meaning: ServerMeaning, connection: Connection, desk: PlacingDesk): Placement {
  const written = connection.apiBase ?? usualBase(meaning, desk);
  if (written === null) return unsupported('says no api_base, without which nobody knows where its server is');
  const isUnset = written.text === '';
  const base = isUnset ? '' : serverBase(meaning, written.text);
  if (base === null) return unsupported('has an api_base that is no address of http or https');
  // What its maker runs for everybody is no server of the house.
  const owner = isUnset ? null : providerAtHost(base);
  if (owner !== null) return knownPlace(owner.id, { ...connection, apiBase: null }, desk);
  const model = connection.model?.text ?? '';
  return {
    kind: 'place',
    model,
    account: {
      section: 'servers',
      type: null,
      entry: presentOnly({
        base_url: isUnset ? written.written : withAddress(written, base).written,
        api_key: serverKey(withUsualKey(connection, meaning, desk)),
        kind: meaning.server ?? undefined,
        local: isUnset ? undefined : localityOf(meaning, base),
        insecure_tls: connection.insecureTls ? true : undefined,
      }),
      names: isUnset ? [variableLabel(written.variable ?? '', ''), 'server'] : serverNames(meaning, base),
    },
    priceAs: !isUnset && !isPrivateAddress(base) ? priceOfReseller(model) : null,
    headers: headersOf(connection),
    readings: [],
  };
}

function usualBase({ baseVariable, apiBase }: ServerMeaning, { variables }: PlacingDesk): Value | null {
  const text = baseVariable === null ? null : variables.get(baseVariable);
  if (baseVariable !== null && text !== null) return valueOfVariable(baseVariable, text);
  return apiBase === null ? null : literalValue(apiBase);
}

function withUsualKey(connection: Connection, { keyVariable }: ServerMeaning, { variables }: PlacingDesk): Connection {
  const text = keyVariable === null ? null : variables.get(keyVariable);
  if (connection.apiKey !== null || keyVariable === null || text === null) return connection;
  return { ...connection, apiKey: valueOfVariable(keyVariable, text) };
}

function serverBase({ server }: ServerMeaning, written: string): string | null {
  const base = openAiBase(written.includes('://') ? written : `http://${written}`);
  return server === 'ollama' ? (base?.replace(/\/(?:v1|api(?:\/\w+)?)$/, '') ?? null) : base;
}

/** A server in the house costs nothing, unless it is a gateway to others. On loopback that is known without saying. */
function localityOf({ server }: ServerMeaning, base: string): boolean | undefined {
  if (server === 'litellm') return false;
  const isHere = isLoopbackHost(new URL(base).hostname);
  return !isHere && isPrivateAddress(base) ? true : undefined;
}

/** `ollama`, `ollama-11435`, `ollama-gpu-box`, `gpu-box`, `gpu-box-8001`. */
function serverNames({ server }: ServerMeaning, base: string): string[] {
  const { hostname, port, protocol } = new URL(base);
  const number = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  if (isLoopbackHost(hostname)) {
    const kind = server ?? 'localhost';
    return server === 'ollama' && number === '11434' ? [kind, `${kind}-${number}`] : [`${kind}-${number}`];
  }
  const label = hostLabel(base);
  const name = server === null || label.includes(server) ? label : `${server}-${label}`;
  const isName = hostname.includes('.') && isIP(hostname) === 0;
  return [name, ...(isName ? [hostname.replaceAll('.', '-')] : []), `${name}-${number}`];
}
