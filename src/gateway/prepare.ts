import { GatewayError } from '../canonical/errors.ts';
import { decodeOpenAiRequest } from '../dialects/openai-chat/decode-request.ts';
import { needsOf } from '../dialects/openai-chat/request-needs.ts';
import { planRoute } from '../routing/plan.ts';
import { admitFrom } from './admission.ts';
import type { Admitted } from './admission.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';

/**
 * Reads a request, plans it and has it admitted, and fills the basis in on the way. The table is taken once: what is
 * switched meanwhile changes nothing for this exchange. `GatewayError`: why nobody can answer it.
 */
export function prepare(basis: ExchangeBasis, gateway: GatewayDependencies): Admitted | GatewayError {
  const { call } = basis;
  try {
    const table = gateway.routes(call.profile);
    basis.profile = table.profile;
    const request = decodeOpenAiRequest(call.body, call.endpoint);
    basis.request = request;
    basis.plan = planRoute(table, request.model, () => needsOf(request, call.endpoint));
    return admitFrom(basis, gateway, 0);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}
