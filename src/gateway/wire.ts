import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/parts.ts';
import { PLAIN_QUIRKS } from '../canonical/quirks.ts';
import type { ChatQuirks } from '../canonical/quirks.ts';
import type { CanonicalRequest } from '../canonical/request.ts';
import type { Endpoint, Target, WireAddress } from '../canonical/target.ts';
import type { Back, EncodedRequest, EncodeTarget } from '../dialects/dialect.ts';
import type { Face } from '../dialects/face.ts';
import { embeddingBackOf } from '../dialects/embedding-faces.ts';
import type { EmbeddingBack } from '../dialects/embedding.ts';
import { backOf, completionBackOf } from '../dialects/faces.ts';
import { withModel as withModelIn } from '../dialects/openai-relay/rewrite-model.ts';
import { rewriteBody } from '../dialects/rewrite-body.ts';
import { loadedContextOf, rememberContext } from './asked-contexts.ts';
import type { Conversation } from './conversation.ts';
import { foreignContent } from './foreign-content.ts';

/** What goes to the target of one attempt, and how what comes back is to be taken. */
export interface Wire {
  readonly address: WireAddress;
  /** Below the address. */
  readonly path: string;
  readonly body: Buffer;
  /** Further headers of this body; none secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** The client's own bytes: its headers go with them, and the answer's bytes go back as they come. */
  readonly passes: boolean;
  /** What was left out, for `x-llmgw-dropped`. */
  readonly dropped: readonly string[];
  /** `null`: an endpoint whose answers only ever pass through, or are embeddings. */
  readonly back: Back | null;
  /** `null`: it is not asked for embeddings. */
  readonly embedding: EmbeddingBack | null;
}

/** The address at which the demo would be, if it were reached over a network. */
const DEMO_ADDRESS: WireAddress = { dialect: 'openai-chat', apiBase: '' };

/**
 * What is sent to a target: the client's own bytes where it speaks the client's dialect, else the request written anew
 * in its own. Throws a `GatewayError` when the target cannot be asked this.
 */
export function wireTo(conversation: Conversation, target: Target): Wire {
  const { face } = conversation;
  const passing = conversation.isRegular ? addressIn(target, face) : null;
  if (passing !== null) return passed(conversation, target, passing);
  if (face.embedding !== null) return embeddingWire(conversation, target);
  if (face.front === null) throw notAnswered(target, face);
  return translated(conversation, target, conversation.request);
}

function notAnswered({ name }: Target, face: Face): GatewayError {
  // Clients that sum conversations up by themselves where nobody does it for them know it by a path that is not there.
  const status = face.relay === 'responses/compact' ? { status: 404 } : {};
  const message = `${name} does not answer ${face.name}.`;
  return new GatewayError('endpoint_not_supported', message, { param: 'model', ...status });
}

/** Whether a request to this target is written anew. */
export function isTranslated(conversation: Conversation, target: Target): boolean {
  return !conversation.isRegular || addressIn(target, conversation.face) === null;
}

/** Where the target takes the dialect of the client; `null`: nowhere. */
function addressIn({ via, model }: Target, { dialect, task }: Face): WireAddress | null {
  if (via.kind === 'demo') return dialect === DEMO_ADDRESS.dialect && task !== 'relay' ? DEMO_ADDRESS : null;
  const { endpoint } = via;
  const only = onlyPlaceOf(model, endpoint);
  if (only !== null) return only.dialect === dialect ? only : null;
  if (endpoint.dialect === dialect) return endpoint;
  const takes = ({ models }: WireAddress): boolean => models?.test(model) ?? true;
  return endpoint.alsoSpeaks.find((address) => address.dialect === dialect && takes(address)) ?? null;
}

/** The address of a model that answers in one dialect alone, which is not its endpoint's first. */
function onlyPlaceOf(model: string, { alsoSpeaks }: Endpoint): WireAddress | null {
  return alsoSpeaks.find((address) => address.onlyPlaceOf?.test(model) === true) ?? null;
}

function passed(conversation: Conversation, target: Target, address: WireAddress): Wire {
  const { face, head } = conversation;
  const { task, dialect, front, pathOf, embedding } = face;
  if (pathOf === null) throw new Error(`${face.name} never passes through`);
  return {
    address,
    path: pathTo(target, pathOf(target.model, head.stream), head.stream),
    body: passedBody(conversation, target),
    headers: headersOfForm(conversation),
    passes: true,
    dropped: [],
    // The answers of `/v1/completions` are passed on as they are: nothing here reads them.
    back: front === null || (task === 'completion' && dialect === 'openai-chat') ? null : backOf(address.dialect),
    embedding: embedding === null ? null : embeddingBackOf(address.dialect),
  };
}

/** The body itself is only asked for where the bytes will not do: it may have to be parsed again. */
function passedBody(conversation: Conversation, target: Target): Buffer {
  const { face, head, relayHead } = conversation;
  if (relayHead !== null) return withModelIn(relayHead, target.model);
  const { task, dialect, withModel } = face;
  if (withModel !== null && head.model !== target.model) {
    return Buffer.from(JSON.stringify(withModel(conversation.writableBody, target.model)));
  }
  if (dialect === 'anthropic-messages' && statedQuirks(target).flavour === 'google-cloud') {
    return versionedBody(conversation.writableBody, face.countAnswer === null ? undefined : target.model);
  }
  const asksUsage = task !== 'embedding' && dialect === 'openai-chat' && statedQuirks(target).streamUsage;
  return rewriteBody(head, { model: target.model, takesStreamUsage: asksUsage });
}

/** A form can only be read with what stands between its parts, which its type says. */
function headersOfForm({ relayHead }: Conversation): Readonly<Record<string, string>> {
  return relayHead?.form === 'multipart' ? { 'content-type': relayHead.contentType } : NO_HEADERS;
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

/**
 * Google's cloud has the model in the path, and the version of Anthropic's API in the body (its documentation). Where
 * tokens are only counted the model stays in the body (Anthropic's SDK for Vertex).
 */
function versionedBody(body: JsonObject, model: string | undefined): Buffer {
  // A member that is `undefined` is not written.
  return Buffer.from(JSON.stringify({ ...body, model, anthropic_version: 'vertex-2023-10-16' }));
}

function translated({ face, head }: Conversation, target: Target, request: CanonicalRequest): Wire {
  const address = ownAddress(target);
  const back = face.task === 'completion' ? completionBackOf(address.dialect) : backOf(address.dialect);
  const encoded = back.encodeRequest(request, encodeTargetOf(target));
  if (encoded.contextTokens !== undefined) rememberContext(target, encoded.contextTokens);
  const path = pathTo(target, back.pathOf(target.model, head.stream), head.stream);
  const wire = written(encoded);
  const dropped = [...wire.dropped, ...foreignContent(request, address.dialect)];
  return { ...wire, dropped, address, path, back, embedding: null };
}

function embeddingWire({ face, embeddingRequest }: Conversation, target: Target): Wire {
  const address = ownAddress(target);
  const embedding = embeddingBackOf(address.dialect);
  if (embedding === null) throw notAnswered(target, face);
  const encoded = embedding.encodeRequest(embeddingRequest, target);
  const path = pathTo(target, embedding.pathOf(target.model), false);
  return { ...written(encoded), address, path, back: null, embedding };
}

function ownAddress({ via, model }: Target): WireAddress {
  return via.kind === 'demo' ? DEMO_ADDRESS : (onlyPlaceOf(model, via.endpoint) ?? via.endpoint);
}

function written({ body, dropped, headers }: EncodedRequest): Pick<Wire, 'body' | 'headers' | 'passes' | 'dropped'> {
  return { body: Buffer.from(JSON.stringify(body)), headers, passes: false, dropped };
}

/** Providers there are that put the model, or the version of their API, into paths of their own. */
function pathTo({ via, model }: Target, path: string, stream: boolean): string {
  const rule = via.kind === 'network' ? via.endpoint.pathRule : null;
  return rule === null ? path : rule({ path, model, stream });
}

function encodeTargetOf(target: Target): EncodeTarget {
  const { maxOutputTokens, contextTokens } = target.limits;
  const loadedContextTokens = loadedContextOf(target);
  return { model: target.model, quirks: quirksOf(target), maxOutputTokens, contextTokens, loadedContextTokens };
}

/** What the endpoint takes, less what this model cannot do: asked to think, Ollama and others answer 400. */
export function quirksOf(target: Target): ChatQuirks {
  const { model, capabilities } = target;
  const quirks = statedQuirks(target);
  const mayThink = capabilities?.includes('thinking') ?? quirks.thinkers?.test(model) ?? true;
  const mayHear = quirks.audio && (capabilities?.includes('audio') ?? true);
  const mayLook = capabilities?.includes('vision') ?? true;
  if ((mayThink || quirks.reasoning === 'none') && mayHear === quirks.audio && mayLook) return quirks;
  const { reasoning, images } = quirks;
  return {
    ...quirks,
    reasoning: mayThink ? reasoning : 'none',
    audio: mayHear,
    images: mayLook ? images : 'none',
  };
}

/** What the endpoint takes, whatever its model can do. */
function statedQuirks({ via }: Target): ChatQuirks {
  return via.kind === 'network' ? via.endpoint.quirks : PLAIN_QUIRKS;
}
