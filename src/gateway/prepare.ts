import { GatewayError } from '../canonical/errors.ts';
import { planRoute } from '../routing/plan.ts';
import type { RoutePlan } from '../routing/route-table.ts';
import { admitFrom } from './admission.ts';
import type { Admitted } from './admission.ts';
import { Conversation } from './conversation.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { InferenceCall } from './inference-call.ts';
import { plannedName } from './planned-name.ts';
import { explained, turnOf } from './response-turns.ts';
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
 * Reads a request, plans it and has it admitted, and fills the basis in on the way. The table is taken once: what is
 * switched meanwhile changes nothing for this exchange. `GatewayError`: why nobody can answer it.
 */
export function prepare(basis: ExchangeBasis, gateway: GatewayDependencies): Admitted | OwnAnswer | GatewayError {
  const { call } = basis;
  try {
    const table = gateway.routes(call.profile);
    basis.profile = table.profile;
    const conversation = new Conversation(call.face, call.body, call.path, typeOfForm(call));
    basis.conversation = conversation;
    conversation.checkNeeded();
    const turn = turnOf(conversation, call.keyId, gateway.responses);
    if (turn !== null) conversation.goOnWith(turn);
    const name = plannedName(table, call.face, conversation.head.model);
    basis.plan = planRoute(table, name, () => conversation.needs());
    const own = ownAnswer(conversation, basis.plan);
    if (own !== null) return own;
    if (!basis.plan.targets.some((target) => isTranslated(conversation, target))) conversation.forgetBody();
    const admitted = admitFrom(basis, gateway, 0);
    return admitted instanceof GatewayError ? explained(admitted, gateway.responses) : admitted;
  } catch (error) {
    if (error instanceof GatewayError) return explained(error, gateway.responses);
    throw error;
  }
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
