import type { Locality, ModelServer, ServedModel, ServerKind } from '../canonical/model.ts';
import { isLoopbackHost } from '../std/loopback.ts';
import { unreachable } from '../std/unreachable.ts';
import { addressOfBaseUrl, type Address } from './address.ts';
import type { Absence } from './asking.ts';
import type { NamedServer, Present } from './slot.ts';
import type { Sighting } from './spot.ts';

/** A server that was found where no config names one. */
export function discoveredServer(name: string, present: Present): ModelServer {
  const locality = isRecognised(present) ? localityOf(present.address, present.sighting, null) : 'cloud';
  return {
    ...seenServer(present, locality),
    name,
    apiKey: null,
    insecureTls: false,
    problem: present.sighting.identity.locked
      ? `It wants a key: add it to servers in the config, with base_url ${present.address.root} and its api_key.`
      : null,
    fromConfig: false,
  };
}

/** A server of the config, that answered. */
export function answeringServer(named: NamedServer, present: Present): ModelServer {
  const locality = localityOf(present.address, present.sighting, named.local);
  const refusal =
    named.apiKey === null ? 'It wants a key: set api_key in its entry of the config.' : 'It refused the key.';
  return {
    ...seenServer(present, locality),
    name: named.name,
    apiKey: named.apiKey,
    insecureTls: named.insecureTls,
    problem: present.sighting.identity.locked ? refusal : null,
    fromConfig: true,
  };
}

/** A server of the config, that does not answer. `before`: what it was when it last did. */
export function downServer(
  named: NamedServer,
  why: Absence | 'own' | 'not-asked',
  before: ModelServer | null,
): ModelServer {
  const address = addressOfBaseUrl(named.baseUrl);
  return {
    name: named.name,
    kind: named.kind ?? before?.kind ?? 'openai-compatible',
    origin: address.origin,
    apiBase: before?.apiBase ?? address.apiBases[0] ?? address.root,
    version: null,
    apiKey: named.apiKey,
    insecureTls: named.insecureTls,
    locality: localityOf(address, null, named.local),
    state: 'down',
    problem: problemOf(why, address),
    models: [],
    fromConfig: true,
    mayAnswer: why === 'foreign',
  };
}

/**
 * What nobody recognises may be a gateway that spends: until the config says that it is local, it is not taken for a
 * server that runs its models itself. One that the config names is the user's word already.
 */
function isRecognised({ sighting }: Present): boolean {
  return !MAY_FORWARD.has(sighting.identity.kind);
}

/**
 * GPT4All lists remote models (with keys of the user's) like its own, and answers a name that it does not know with
 * whichever model is its default: `gpt4all-chat/src/server.cpp`.
 */
const MAY_FORWARD: ReadonlySet<ServerKind> = new Set(['openai-compatible', 'gpt4all']);

function seenServer({ address, sighting }: Present, locality: Locality) {
  const { kind, version, apiBase, locked } = sighting.identity;
  return {
    kind,
    version,
    origin: address.origin,
    apiBase,
    locality,
    state: locked ? ('locked' as const) : ('ready' as const),
    models: sighting.models.map((model) => asFarAs(locality, model)),
  };
}

/** A model of a server elsewhere is not local, whatever that server calls it. */
function asFarAs(locality: Locality, model: ServedModel): ServedModel {
  return locality === 'cloud' && model.locality !== 'cloud' ? { ...model, locality } : model;
}

/** The config's word first; a gateway relays to who knows where; else this machine is local, and no other. */
function localityOf(address: Address, sighting: Sighting | null, stated: boolean | null): Locality {
  if (stated !== null) return stated ? 'local' : 'cloud';
  if (sighting?.identity.gateway === true) return 'cloud';
  return isLoopbackHost(address.host) ? 'local' : 'cloud';
}

function problemOf(why: Absence | 'own' | 'not-asked', address: Address): string {
  switch (why) {
    case 'not-asked':
      return 'It was not asked yet.';
    case 'own':
      return `${address.origin} is the address of llmgw itself.`;
    case 'llmgw':
      return `Another llmgw answers at ${address.origin}.`;
    case 'closed':
      return `Nobody listens at ${address.origin}; start the server.`;
    case 'silent':
      return `${address.origin} takes connections, but does not answer in time, or only with server errors.`;
    case 'foreign':
      return `What answers at ${address.root} lists no models; check base_url if requests to it fail.`;
    case 'tls':
      return `The TLS certificate of ${address.origin} was not accepted; insecure_tls in its config entry allows it.`;
    default:
      return unreachable(why);
  }
}
