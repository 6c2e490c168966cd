import { mayCarryState } from '../canonical/carried-state.ts';
import type { EmbeddingRequest } from '../canonical/embedding.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/parts.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import type { CanonicalRequest } from '../canonical/request.ts';
import type { Face, PathFacts } from '../dialects/face.ts';
import { isPlainChatBody, isResponsesShaped } from '../dialects/openai-chat/body-shape.ts';
import { maxOutputTokensOf, needsOf } from '../dialects/openai-chat/request-needs.ts';
import { surelyTakesAtMost } from '../dialects/prompt-bound.ts';
import { estimatePromptTokens } from '../dialects/prompt-estimate.ts';
import { checkNeeded, readRequest } from '../dialects/request-head.ts';
import type { ReadRequest, RequestHead } from '../dialects/request-head.ts';
import { isNestedTooDeep, MAX_LEVELS } from '../std/nesting.ts';
import { CHAT_FACE, RESPONSES_AS_CHAT_FACE } from '../dialects/faces.ts';
import { readRelayHead } from '../dialects/openai-relay/relay-head.ts';
import type { RelayHead } from '../dialects/openai-relay/relay-head.ts';
import { withGoOn } from './go-on.ts';
import type { MediaHold } from './media-room.ts';
import { bodyOfTurn } from '../dialects/openai-responses/turn.ts';
import type { Turn } from '../dialects/openai-responses/turn.ts';

/** What an answer takes of the context where the request does not say. */
const ANSWER_TOKENS = 512;

/** What one client asks, as far as it has been read: its head at once, the rest when somebody has to translate it. */
export class Conversation {
  readonly face: Face;
  readonly head: RequestHead;
  /** What stands behind the `?` of its path. */
  readonly query: string;
  /** Of a request that is relayed as it is; `null`: it is none. */
  readonly relayHead: RelayHead | null;
  /** What is set aside in memory for what was fetched for it; `null`: nothing was. */
  mediaHold: MediaHold | null = null;
  readonly #isWrittenAsSaid: boolean;
  #body: JsonObject | null;
  #turn: Turn | null = null;
  #request: CanonicalRequest | null = null;
  /** What of its answer was said before it broke off; `null`: it did not. */
  #saidText: string | null = null;
  #embedding: EmbeddingRequest | null = null;
  #fetchFailure: GatewayError | null = null;

  /** Throws a `GatewayError` that names the field. `contentType`: the client's; only of a form it is looked at. */
  constructor(face: Face, bytes: Buffer, path: PathFacts, contentType?: string) {
    this.relayHead = face.relay === null ? null : readRelayHead(bytes, face.relay, contentType);
    const read = this.relayHead === null ? readAs(face, bytes, path) : { head: this.relayHead, body: null, face };
    this.face = read.face;
    this.head = read.head;
    this.query = path.query;
    this.#isWrittenAsSaid =
      read.face.pathOf !== null &&
      (read.face !== CHAT_FACE || read.body === null || isPlainChatBody(read.body)) &&
      // What another provider keeps in a conversation is taken out where its own dialect is written anew.
      !(read.face.task === 'chat' && mayCarryState(bytes));
    this.#body = read.body;
  }

  /**
   * Throws a `GatewayError` (400) where the field is missing without which there is nothing to do. Apart from reading:
   * what was asked for, and could be read, is known of a request that is refused.
   */
  checkNeeded(): void {
    if (this.relayHead === null) checkNeeded(this.body, this.face.body);
  }

  /** The bytes are what the dialect says, and all of it, so that an upstream of the same dialect may have them. */
  get isRegular(): boolean {
    return this.#isWrittenAsSaid && this.#turn === null && this.#saidText === null;
  }

  /** The model is to think, and has tools. Throws a `GatewayError` where the request cannot be understood. */
  get thinksBesideTools(): boolean {
    if (this.face.front === null) return false;
    const { tools, reasoning } = this.request;
    if (tools.length === 0 || reasoning === null || reasoning.effort === 'none') return false;
    return reasoning.effort !== null || reasoning.budgetTokens !== null;
  }

  /** What the request goes on with; `null`: nothing that is kept here. */
  get turn(): Turn | null {
    return this.#turn;
  }

  goOnWith(turn: Turn): void {
    this.#turn = turn;
  }

  /** The same, whose answer broke off behind this text, for whoever goes on with it. */
  continued(text: string): Conversation {
    const { face, head, query } = this;
    const path = { model: face.body.model === 'path' ? head.model : null, stream: head.stream, query };
    const copy = new Conversation(face, head.bytes, path);
    copy.mediaHold = this.mediaHold;
    copy.#turn = this.#turn;
    copy.#saidText = text;
    copy.#request = withGoOn(this.request, text);
    return copy;
  }

  /** The body as it was parsed. */
  get body(): JsonObject {
    this.#body ??= JSON.parse(this.head.bytes.toString('utf8')) as JsonObject;
    return this.#body;
  }

  /** The same for writing another one of it: what is nested deeper than anything that means something cannot be. */
  get writableBody(): JsonObject {
    if (!isNestedTooDeep(this.head.bytes.toString('latin1'))) return this.body;
    throw new GatewayError('invalid_body', `The request body is nested deeper than ${MAX_LEVELS} levels.`);
  }

  /** The same with what was said before and is kept here. */
  get #wholeBody(): JsonObject {
    const body = this.writableBody;
    return this.#turn === null ? body : bodyOfTurn(body, this.#turn);
  }

  /** Bytes that are about as many as those which the model is to read. */
  get promptBytes(): Uint8Array {
    if (this.#saidText !== null) return Buffer.concat([this.head.bytes, Buffer.from(this.#saidText)]);
    return this.#turn === null ? this.head.bytes : Buffer.from(JSON.stringify(this.#wholeBody));
  }

  /** Lets go of what was parsed, where the bytes will do. */
  forgetBody(): void {
    this.#body = null;
  }

  /** The request in no dialect. Throws a `GatewayError` that names the field which cannot be understood. */
  get request(): CanonicalRequest {
    const { front } = this.face;
    if (front === null) throw new Error(`${this.face.name} is never translated`);
    this.#request ??= front.decodeRequest(this.#wholeBody, this.head);
    return this.#request;
  }

  /** The same of one for embeddings. */
  get embeddingRequest(): EmbeddingRequest {
    const { embedding, name } = this.face;
    if (embedding === null) throw new Error(`${name} makes no embeddings`);
    this.#embedding ??= embedding.decodeRequest(this.body, this.head);
    return this.#embedding;
  }

  /** The request with the bytes of what it named by its address. */
  mediaFetched(request: CanonicalRequest): void {
    this.#request = request;
  }

  /** Why that could not be had; `null`: it could, or nobody has tried. */
  get fetchFailure(): GatewayError | null {
    return this.#fetchFailure;
  }

  mediaNotFetched(failure: GatewayError): void {
    this.#fetchFailure = failure;
  }

  /** The same, without throwing: `null`: it cannot be understood, which only matters to who has to translate it. */
  #readable(): CanonicalRequest | null {
    try {
      return this.request;
    } catch (error) {
      if (error instanceof GatewayError) return null;
      throw error;
    }
  }

  needs(): RequestNeeds {
    const { task, front } = this.face;
    // A form, or a text that is to be spoken: nothing that a chat model is chosen by.
    if (this.relayHead !== null) return { task, tools: false, vision: false, contextTokens: 0, answerTokens: 0 };
    if (front === null || this.#isRegularOpenAi()) return needsOf(this.head, task);
    const request = this.#readable();
    // An upstream of the same dialect may still understand it; any other is refused when its turn comes.
    if (request === null) return needsOf(this.head, task);
    const parts = request.messages.flatMap((message) => (message.role === 'user' ? message.content : []));
    const answerTokens = request.maxOutputTokens ?? ANSWER_TOKENS;
    return {
      task,
      tools: request.tools.some(({ kind }) => kind !== 'provider'),
      vision: parts.some(({ type }) => type === 'image'),
      contextTokens: estimatePromptTokens(request) + answerTokens,
      answerTokens,
    };
  }

  /** Whether the prompt surely takes no more tokens than these by `needs`, which takes far longer to find out. */
  surelyTakesAtMost(tokens: number): boolean {
    return this.#turn === null && surelyTakesAtMost(tokens, this.head.bytes);
  }

  /** The most tokens that all that is written for it may have together; `null`: it sets no limit. */
  maxOutputTokens(): number | null {
    const { task, front } = this.face;
    if (task === 'embedding') return 0;
    if (this.relayHead !== null) return relayedOutputTokens(this.relayHead, this.face);
    if (front === null || this.#isRegularOpenAi()) return maxOutputTokensOf(this.head);
    return this.#readable()?.maxOutputTokens ?? null;
  }

  #isRegularOpenAi(): boolean {
    return this.face.dialect === CHAT_FACE.dialect && this.isRegular;
  }
}

/** OpenAI's largest picture of the finest quality (developers.openai.com/api/docs/guides/image-generation). */
const TOKENS_PER_PICTURE = 6_240;

function relayedOutputTokens({ choiceCount }: RelayHead, { relay }: Face): number | null {
  if (relay === 'images/generations') return TOKENS_PER_PICTURE * choiceCount;
  // Verdicts and scores; what is said of a sound, or with one, has no limit that is told.
  return relay === 'moderations' || relay === 'rerank' ? 0 : null;
}

function readAs(face: Face, bytes: Buffer, path: PathFacts): ReadRequest & { readonly face: Face } {
  const read = readRequest(bytes, face.body, path);
  const spoken = face === CHAT_FACE && isResponsesShaped(read.body) ? RESPONSES_AS_CHAT_FACE : face;
  return { ...read, face: spoken };
}
