import { GatewayError } from '../canonical/errors.ts';
import type { ChatQuirks } from '../canonical/quirks.ts';
import type { Endpoint, Target, WireAddress } from '../canonical/target.ts';
import { embeddingBackOf, hasOwnEmbeddings } from '../dialects/embedding-faces.ts';
import type { EmbeddingBack } from '../dialects/embedding.ts';
import type { Face } from '../dialects/face.ts';

/** How a target is asked for what a client wants of it. */
export type Way =
  /** The client's own bytes go there. */
  | { readonly kind: 'passes'; readonly address: WireAddress }
  /** The request is written anew, in the dialect of this address. */
  | { readonly kind: 'translated'; readonly address: WireAddress }
  /** The same of one for embeddings. */
  | { readonly kind: 'embedding'; readonly address: WireAddress; readonly embedding: EmbeddingBack };

/** What the way depends on besides the face. */
export interface Asking {
  /** The client's bytes are what its dialect says, and all of it. */
  readonly isRegular: boolean;
  /** The model is to think, and has tools. */
  readonly thinksBesideTools: boolean;
}

/** The address at which the demo would be, if it were reached over a network. */
const DEMO_ADDRESS: WireAddress = { dialect: 'openai-chat', apiBase: '' };

/**
 * The way to a target for requests of a face. Throws a `GatewayError` when the target cannot be asked this. What
 * `llmgw route` tells of a request is decided here too.
 */
export function wayTo(target: Target, face: Face, asking: Asking): Way {
  const passing = asking.isRegular && face.pathOf !== null ? passingAddress(target, face) : null;
  if (passing !== null) return { kind: 'passes', address: passing };
  const address = ownAddress(target, face, asking);
  if (face.embedding !== null) {
    const embedding = embeddingBackOf(address.dialect, flavourOf(target));
    if (embedding !== null) return { kind: 'embedding', address, embedding };
  } else if (face.front !== null) {
    return { kind: 'translated', address };
  }
  throw notAnswered(target, face);
}

/** Where the target takes the dialect of the client; `null`: nowhere. */
export function passingAddress(target: Target, { dialect, task }: Face): WireAddress | null {
  const { via, model } = target;
  if (task === 'embedding' && hasOwnEmbeddings(dialect, flavourOf(target))) return null;
  if (via.kind === 'demo') return dialect === DEMO_ADDRESS.dialect && task !== 'relay' ? DEMO_ADDRESS : null;
  const { endpoint } = via;
  const only = onlyPlaceOf(model, endpoint);
  if (only !== null) return only.dialect === dialect ? only : null;
  if (endpoint.dialect === dialect) return endpoint;
  const takes = ({ models }: WireAddress): boolean => models?.test(model) ?? true;
  return endpoint.alsoSpeaks.find((address) => address.dialect === dialect && takes(address)) ?? null;
}

function flavourOf({ via }: Target): ChatQuirks['flavour'] {
  return via.kind === 'network' ? via.endpoint.quirks.flavour : 'plain';
}

function ownAddress({ via, model }: Target, { dialect }: Face, asking: Asking): WireAddress {
  if (via.kind === 'demo') return DEMO_ADDRESS;
  const { endpoint } = via;
  const only = onlyPlaceOf(model, endpoint);
  if (only !== null) return only;
  const better = endpoint.alsoSpeaks.find(({ betterFor }) => betterFor?.test(model) === true);
  if (better === undefined) return endpoint;
  // A client of the endpoint's own dialect is not moved in mid-course to one that lacks words of it, because of what
  // another provider left in the conversation: only where the model would have to do without its thoughts.
  return dialect === endpoint.dialect && !asking.thinksBesideTools ? endpoint : better;
}

/** The address of a model that answers in one dialect alone, which is not its endpoint's first. */
function onlyPlaceOf(model: string, { alsoSpeaks }: Endpoint): WireAddress | null {
  return alsoSpeaks.find((address) => address.onlyPlaceOf?.test(model) === true) ?? null;
}

function notAnswered({ name }: Target, face: Face): GatewayError {
  // Clients that sum conversations up by themselves where nobody does it for them know it by a path that is not there.
  const status = face.relay === 'responses/compact' ? { status: 404 } : {};
  const message = `${name} does not answer ${face.name}.`;
  return new GatewayError('endpoint_not_supported', message, { param: 'model', ...status });
}
