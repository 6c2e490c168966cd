import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/parts.ts';
import { PLAIN_QUIRKS } from '../canonical/quirks.ts';
import type { ChatQuirks } from '../canonical/quirks.ts';
import type { CanonicalRequest } from '../canonical/request.ts';
import type { Target, WireAddress } from '../canonical/target.ts';
import type { Back, EncodedRequest, EncodeTarget } from '../dialects/dialect.ts';
import { withMerged } from '../dialects/body-members.ts';
import { changesSomething } from '../dialects/changes-something.ts';
import { embeddingBackOf } from '../dialects/embedding-faces.ts';
import type { EmbeddingBack } from '../dialects/embedding.ts';
import { backOf, completionBackOf } from '../dialects/faces.ts';
import { withModel as withModelIn } from '../dialects/openai-relay/rewrite-model.ts';
import { rewriteBody } from '../dialects/rewrite-body.ts';
import type { RequestChanges } from '../routing/group.ts';
import { isObject } from '../std/is-object.ts';
import { isNestedTooDeep, MAX_LEVELS } from '../std/nesting.ts';
import { parseJson } from '../std/parse-json.ts';
import type { Secret } from '../std/secret.ts';
import { unreachable } from '../std/unreachable.ts';
import { NO_SECRET_HEADERS } from '../upstream/upstream.ts';
import { loadedContextOf } from './asked-contexts.ts';
import type { Conversation } from './conversation.ts';
import { refuseEmpty } from './empty-request.ts';
import { foreignContent, refuseForeignPictures } from './foreign-content.ts';
import { markPrompt } from './mark-prompt.ts';
import { ownerOf, statesFor } from './owned-states.ts';
import { withPassedQuery } from './passed-query.ts';
import { changedBody, changedEmbedding, changedEncoding, changedRequest, changesBody } from './request-changes.ts';
import { passingAddress, wayTo } from './way.ts';
import type { Way } from './way.ts';

/** What goes to the target of one attempt, and how what comes back is to be taken. */
export interface Wire {
  readonly address: WireAddress;
  /** Below the address. */
  readonly path: string;
  readonly body: Buffer;
  /** Further headers of this body; none secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Further headers of the config's; they may hold keys. */
  readonly secretHeaders: ReadonlyMap<string, Secret>;
  /** What is answered in place of the target, which is not asked; `null`: it is. */
  readonly mock: string | null;
  /** The client's own bytes, or nearly: its headers go with them, and the answer's bytes go back as they come. */
  readonly passes: boolean;
  /** What was left out, or is not sent as it was asked for, for `x-llmgw-dropped`. */
  readonly dropped: readonly string[];
  /** Those of them that are sent, with a value that the model takes: nothing is refused for them. */
  readonly clamped: readonly string[];
  /** `null`: an endpoint whose answers only ever pass through, or are embeddings. */
  readonly back: Back | null;
  /** `null`: it is not asked for embeddings. */
  readonly embedding: EmbeddingBack | null;
  /** Tokens of the context that the upstream loads the model with for it; `null`: the request does not say. */
  readonly contextTokens: number | null;
}

/** What a request that is written anew is to have besides what its client asked for. */
export interface WireWishes {
  /** Marks for the prompt cache of an upstream that caches nothing unmarked. */
  readonly marksPrompts: boolean;
  /** Tokens of a context that proved too small for it; `null`: none did. */
  readonly exceededContextTokens: number | null;
  /** What the config makes of it for its deployment; `null`: nothing. */
  readonly changes: RequestChanges | null;
}

const NO_WISHES: WireWishes = { marksPrompts: false, exceededContextTokens: null, changes: null };

/**
 * What is sent to a target: the client's own bytes where it speaks the client's dialect, else the request written anew
 * in its own. Throws a `GatewayError` when the target cannot be asked this.
 */
export function wireTo(conversation: Conversation, target: Target, wishes = NO_WISHES): Wire {
  const { changes } = wishes;
  if (changes === null) return plainWire(conversation, target, wishes);
  if (changes.mock === null) return changedWire(conversation, target, wishes, changes);
  // As the demo is asked: its answers are those of chat completions, and nothing depends on what is sent.
  const wire = plainWire(conversation, { ...target, via: { kind: 'demo' } }, { ...wishes, changes: null });
  return { ...wire, mock: changes.mock };
}

function changedWire(conversation: Conversation, target: Target, wishes: WireWishes, changes: RequestChanges): Wire {
  const wire = plainWire(conversation, target, wishes);
  const body = wire.passes ? changedBytes(wire.body, conversation, target, changes) : wire.body;
  return { ...wire, body, secretHeaders: changes.headers };
}

/** A form is sent as it came: its fields are no parameters of a body. */
function changedBytes(bytes: Buffer, conversation: Conversation, target: Target, changes: RequestChanges): Buffer {
  const { face, relayHead } = conversation;
  if (relayHead?.form === 'multipart' || !changesBody(changes)) return bytes;
  // What is nested deeper than anything that means something can be read and not written.
  if (isNestedTooDeep(bytes.toString('latin1'))) {
    throw new GatewayError('invalid_body', `The request body is nested deeper than ${MAX_LEVELS} levels.`);
  }
  const body = parseJson(bytes.toString('utf8'));
  if (!isObject(body)) return bytes;
  const changed = changedBody(body, face, encodeTargetOf(target, NO_WISHES), changes);
  if (changed === body) return bytes;
  return Buffer.from(JSON.stringify(changed));
}

function plainWire(conversation: Conversation, target: Target, wishes: WireWishes): Wire {
  const way = wayTo(target, conversation.face, conversation);
  switch (way.kind) {
    case 'passes':
      return passed(conversation, target, way.address);
    case 'embedding':
      return embeddingWire(conversation, target, way, wishes);
    case 'translated':
      return translated(conversation, target, way.address, wishes);
    default:
      return unreachable(way);
  }
}

/** Whether a request to this target is written anew. */
export function isTranslated(conversation: Conversation, target: Target): boolean {
  return !conversation.isRegular || passingAddress(target, conversation.face) === null;
}

function passed(conversation: Conversation, target: Target, address: WireAddress): Wire {
  const { face, head } = conversation;
  const { task, dialect, front, pathOf, embedding } = face;
  if (pathOf === null) throw new Error(`${face.name} never passes through`);
  return {
    address,
    path: withPassedQuery(pathTo(target, pathOf(target.model, head.stream), head.stream), conversation, target),
    body: passedBody(conversation, target),
    headers: headersOfForm(conversation),
    secretHeaders: NO_SECRET_HEADERS,
    mock: null,
    passes: true,
    dropped: [],
    clamped: [],
    // The answers of `/v1/completions` are passed on as they are: nothing here reads them.
    back: front === null || (task === 'completion' && dialect === 'openai-chat') ? null : backOf(address.dialect),
    embedding: embedding === null ? null : embeddingBackOf(address.dialect, statedQuirks(target).flavour),
    contextTokens: null,
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

function translated(conversation: Conversation, target: Target, address: WireAddress, wishes: WireWishes): Wire {
  const { face, head } = conversation;
  const { changes } = wishes;
  const back = face.task === 'completion' ? completionBackOf(address.dialect) : backOf(address.dialect);
  const isMarked = wishes.marksPrompts && back.cachesMarked?.(target.model) === true;
  refuseForeignPictures(conversation.request, address.dialect);
  refuseEmpty(conversation.request, address.dialect, conversation);
  const readable = statesFor(conversation.request, ownerOf(target));
  const marked = isMarked ? markPrompt(readable) : readable;
  const request = changes === null ? marked : changedRequest(marked, changes);
  const encoded = back.encodeRequest(request, encodeTargetOf(target, wishes));
  const path = pathTo(target, back.pathOf(target.model, head.stream), head.stream);
  const body = changes === null ? encoded.body : changedEncoding(encoded.body, request, address.dialect, changes);
  const { clamped = NONE } = encoded;
  return {
    address,
    path,
    body: bytesOf(body),
    headers: encoded.headers,
    secretHeaders: NO_SECRET_HEADERS,
    mock: null,
    passes: false,
    dropped: droppedOf(encoded, request, address),
    clamped,
    back,
    embedding: null,
    contextTokens: changes === null ? (encoded.contextTokens ?? null) : contextIn(body, encoded),
  };
}

/** Most requests lose nothing. */
function droppedOf({ dropped, clamped = NONE }: EncodedRequest, request: CanonicalRequest, address: WireAddress) {
  const missed = dropped.filter((name) => changesSomething(name, request));
  const foreign = foreignContent(request, address.dialect);
  return missed.length + foreign.length + clamped.length === 0 ? NONE : [...missed, ...foreign, ...clamped];
}

const NONE: readonly string[] = [];

/** What the config says goes before what was worked out. */
function contextIn({ options }: JsonObject, { contextTokens }: EncodedRequest): number | null {
  if (contextTokens === undefined) return null;
  const given: unknown = isObject(options) ? options['num_ctx'] : null;
  return typeof given === 'number' ? given : contextTokens;
}

type EmbeddingWay = Extract<Way, { kind: 'embedding' }>;

function embeddingWire(
  { embeddingRequest }: Conversation,
  target: Target,
  { address, embedding }: EmbeddingWay,
  { changes }: WireWishes,
): Wire {
  const request = changes === null ? embeddingRequest : changedEmbedding(embeddingRequest, changes);
  const encoded = embedding.encodeRequest(request, target);
  const body = changes === null ? encoded.body : withMerged(encoded.body, changes.body);
  const path = pathTo(target, embedding.pathOf(target.model), false);
  const { headers, dropped, clamped = NONE } = encoded;
  return {
    address,
    path,
    body: bytesOf(body),
    headers,
    secretHeaders: NO_SECRET_HEADERS,
    mock: null,
    passes: false,
    dropped,
    clamped,
    back: null,
    embedding,
    contextTokens: null,
  };
}

function bytesOf(body: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(body));
}

/** Providers there are that put the model, or the version of their API, into paths of their own. */
function pathTo({ via, model }: Target, path: string, stream: boolean): string {
  const rule = via.kind === 'network' ? via.endpoint.pathRule : null;
  return rule === null ? path : rule({ path, model, stream });
}

function encodeTargetOf(target: Target, { exceededContextTokens }: WireWishes): EncodeTarget {
  const { maxOutputTokens, contextTokens } = target.limits;
  return {
    model: target.model,
    quirks: quirksOf(target),
    maxOutputTokens,
    contextTokens,
    loadedContextTokens: loadedContextOf(target),
    ...(exceededContextTokens === null ? {} : { exceededContextTokens }),
  };
}

/** What the endpoint takes, less what this model cannot do: asked to think, Ollama and others answer 400. */
export function quirksOf(target: Target): ChatQuirks {
  const { model, capabilities } = target;
  const quirks = statedQuirks(target);
  const mayThink = capabilities?.includes('thinking') ?? quirks.thinkers?.test(model) ?? true;
  const mayHear = quirks.audio && (capabilities?.includes('audio') ?? true);
  const mayLook = capabilities?.includes('vision') ?? true;
  if ((mayThink || quirks.reasoning === 'none') && mayHear === quirks.audio && mayLook) return quirks;
  const known = narrowed.get(target);
  if (known !== undefined) return known;
  const { reasoning, images } = quirks;
  const own = {
    ...quirks,
    reasoning: mayThink ? reasoning : ('none' as const),
    audio: mayHear,
    images: mayLook ? images : ('none' as const),
  };
  narrowed.set(target, own);
  return own;
}

/** Asked for several times in each request; a target stays as it is. */
const narrowed = new WeakMap<Target, ChatQuirks>();

/** What the endpoint takes, whatever its model can do. */
function statedQuirks({ via }: Target): ChatQuirks {
  return via.kind === 'network' ? via.endpoint.quirks : PLAIN_QUIRKS;
}
