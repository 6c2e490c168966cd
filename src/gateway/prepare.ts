import { GatewayError } from '../canonical/errors.ts';
import { planRoute } from '../routing/plan.ts';
import type { RoutePlan } from '../routing/route-table.ts';
import { ConversationFacts } from './auto-facts.ts';
import { Conversation } from './conversation.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { InferenceCall } from './inference-call.ts';
import { Itinerary } from './itinerary.ts';
import { plannedName } from './planned-name.ts';
import { NO_REQUEST_WISHES, WISH_MARKS, wishesOf, withoutWishes } from './request-wishes.ts';
import type { RequestWishes } from './request-wishes.ts';
import { explained, turnOf } from './response-turns.ts';
import { tiesOf } from './ties.ts';
import { isTranslated } from './wire.ts';

/** An answer that no model is asked for. */
export class OwnAnswer {
  readonly body: Buffer;
  readonly contentType = 'application/json; charset=utf-8';

  constructor(text: string) {
    this.body = Buffer.from(text);
  }
}

/**
 * Reads a request and plans it, and fills the basis in on the way. The table is taken once: what is switched meanwhile
 * changes nothing for this exchange. `GatewayError`: why nobody can answer it.
 */
export function prepare(basis: ExchangeBasis, gateway: GatewayDependencies): Itinerary | OwnAnswer | GatewayError {
  const { call } = basis;
  try {
    const table = gateway.routes(call.profile);
    basis.profile = table.profile;
    const [conversation, wishes] = readCall(call, basis);
    conversation.checkNeeded();
    const turn = turnOf(conversation, call.keyId, gateway.responses);
    if (turn !== null) conversation.goOnWith(turn);
    const name = plannedName(table, call.face, conversation.head.model);
    const facts = new ConversationFacts(conversation);
    basis.plan = planRoute(table, name, () => conversation.needs(), facts);
    const { group, targets } = basis.plan;
    const own = ownAnswer(conversation, basis.plan);
    if (own !== null) return own;
    const itinerary = new Itinerary({ basis, gateway, table, group, conversation, facts, wishes });
    if (targets.length > 1) itinerary.tie(tiesOf(conversation, { name: group.name, keyId: call.keyId }, gateway));
    if (!targets.some((target) => isTranslated(conversation, target))) conversation.forgetBody();
    return itinerary;
  } catch (error) {
    if (error instanceof GatewayError) return explained(error, gateway.responses);
    throw error;
  }
}

/** What the client asks, and what it says of how that is to be routed: the one without the other. */
export function readCall(call: InferenceCall, basis: ExchangeBasis): readonly [Conversation, RequestWishes] {
  const asWritten = new Conversation(call.face, call.body, call.path, typeOfForm(call));
  basis.conversation = asWritten;
  const body = mayHaveWishes(asWritten) ? asWritten.body : null;
  const wishes = wishesOf(call.clientHeaders, body);
  if (body === null || wishes === NO_REQUEST_WISHES || withoutWishes(body) === body) return [asWritten, wishes];
  const rest = withoutWishes(asWritten.writableBody);
  const conversation = new Conversation(call.face, Buffer.from(JSON.stringify(rest)), call.path, typeOfForm(call));
  basis.conversation = conversation;
  return [conversation, wishes];
}

/** A relayed request was not parsed yet, and may be large. */
function mayHaveWishes({ relayHead }: Conversation): boolean {
  if (relayHead === null) return true;
  return relayHead.form === 'json' && WISH_MARKS.some((mark) => relayHead.bytes.includes(mark));
}

/** The content type of a request that may be a form; of all others nothing depends on it. */
function typeOfForm({ face, clientHeaders }: InferenceCall): string | undefined {
  if (face.relay === null) return undefined;
  const at = clientHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  return at < 0 ? undefined : clientHeaders[at + 1];
}

/** What an upstream of the client's dialect answers otherwise; `null`: a model has to. */
function ownAnswer(conversation: Conversation, { targets }: RoutePlan): OwnAnswer | null {
  const { face, head } = conversation;
  const [first] = targets;
  if (face.answerWithout === null || first === undefined || !isTranslated(conversation, first)) return null;
  const text = face.answerWithout(conversation.body, { model: head.model, createdAt: Date.now() });
  return text === null ? null : new OwnAnswer(text);
}
