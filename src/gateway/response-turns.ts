import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/parts.ts';
import { responseIdOfItem } from '../dialects/openai-responses/ids.ts';
import { itemsOfInput, outputItems, referenceIn, responseAtEnd } from '../dialects/openai-responses/turn.ts';
import type { Turn } from '../dialects/openai-responses/turn.ts';
import { isObject } from '../std/is-object.ts';
import { parseJson } from '../std/parse-json.ts';
import type { Conversation } from './conversation.ts';
import type { GatewayDependencies, KeptResponses } from './dependencies.ts';
import type { Wire } from './wire.ts';

/**
 * What a request of the Responses API means by `previous_response_id` and by references to items, where we keep it.
 * `null`: it refers to nothing of ours; what else it refers to, the upstream may know. Throws a `GatewayError` when
 * what is kept cannot be read.
 */
export function turnOf(conversation: Conversation, keyId: string | null, responses: KeptResponses): Turn | null {
  if (!isOfResponses(conversation.face)) return null;
  const { body } = conversation;
  const items = itemsOfInput(body['input']);
  const previous = body['previous_response_id'] ?? null;
  if (items === null || (previous !== null && typeof previous !== 'string')) return null;
  const earlier = previous === null ? [] : responses.chain(previous, keyId);
  if (earlier === null) return null;
  const whole = withReferredItems(items, keyId, responses);
  return previous === null && whole === null ? null : { previousId: previous, earlier, items: whole ?? items };
}

/** The items with those that are kept in place of references to them; `null`: there are none. */
function withReferredItems(
  items: readonly JsonObject[],
  keyId: string | null,
  responses: KeptResponses,
): readonly JsonObject[] | null {
  const known = new Map<string, readonly JsonObject[]>();
  let found = false as boolean;
  const whole = items.map((item) => {
    const id = referenceIn(item);
    const responseId = id === null ? null : responseIdOfItem(id);
    if (responseId === null) return item;
    const said = known.get(responseId) ?? outputItems(responses.get(responseId, keyId)?.response ?? {});
    known.set(responseId, said);
    const referred = said.find((one) => one['id'] === id);
    found ||= referred !== undefined;
    return referred ?? item;
  });
  return found ? whole : null;
}

/** The refusal of what goes on with something that is not there, where nothing ever is: that has another remedy. */
export function explained(refusal: GatewayError, responses: KeptResponses): GatewayError {
  if (refusal.wireCode !== 'previous_response_not_found' || responses.keeps()) return refusal;
  const { message, status, wireCode } = refusal;
  return new GatewayError('response_not_found', message, {
    status,
    param: 'previous_response_id',
    upstreamCode: wireCode,
    hint: 'This gateway keeps no responses (`responses.store` in its config). Send the whole conversation in `input`.',
  });
}

/** Keeps a turn that was translated, once its answer is whole, so that the next one can go on with it by its id. */
export class TurnKeeper {
  readonly #conversation: Conversation;
  readonly #keyId: string | null;
  readonly #gateway: KeeperParts;

  constructor(conversation: Conversation, keyId: string | null, gateway: KeeperParts) {
    this.#conversation = conversation;
    this.#keyId = keyId;
    this.#gateway = gateway;
  }

  /** A whole answer as the client gets it. */
  keepWhole(text: string): void {
    const response = parseJson(text);
    if (isObject(response)) this.#keep(response);
  }

  /** A stream whose end, as the client gets it, is this. */
  keepStream(end: string): void {
    const response = responseAtEnd(end);
    if (response !== null) this.#keep(response);
  }

  #keep(response: JsonObject): void {
    const { id, model } = response;
    if (typeof id !== 'string' || typeof model !== 'string') throw new Error('a response without its id was written');
    const { responses, logger, now } = this.#gateway;
    const { turn, body } = this.#conversation;
    const kept = responses.put({
      id,
      model,
      keyId: this.#keyId,
      previousId: turn?.previousId ?? null,
      createdAt: now(),
      input: turn?.items ?? itemsOfInput(body['input']) ?? [],
      response,
    });
    if (kept === 'too_large') logger.debug({ response: id }, 'a response is too large to be kept');
  }
}

export type KeeperParts = Pick<GatewayDependencies, 'responses' | 'logger' | 'now'>;

/** `null`: nothing of it is to be kept: its client or upstream does, the config says no, it is of another dialect. */
export function keeperOf(
  { conversation, wire }: { readonly conversation: Conversation; readonly wire: Wire },
  keyId: string | null,
  gateway: KeeperParts,
): TurnKeeper | null {
  if (wire.passes || !isOfResponses(conversation.face)) return null;
  if (conversation.body['store'] === false || !gateway.responses.keeps()) return null;
  return new TurnKeeper(conversation, keyId, gateway);
}

function isOfResponses({ dialect, front }: Conversation['face']): boolean {
  return dialect === 'openai-responses' && front !== null;
}
