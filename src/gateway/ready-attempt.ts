import { GatewayError } from '../canonical/errors.ts';
import { admitFrom, NOTHING } from './admission.ts';
import type { Admitted } from './admission.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { Wire } from './wire.ts';

/** An attempt whose bytes are there. */
export interface Ready extends Admitted {
  readonly wire: Wire;
}

/**
 * An attempt with all that had to be fetched for it. Where that fails the next target of the plan is taken, which may
 * fetch it itself. Rejects with the `GatewayError` of the first where none is left; what was set aside is given back.
 */
export async function readied(admitted: Admitted, basis: ExchangeBasis, gateway: GatewayDependencies): Promise<Ready> {
  const { target, targetIndex, hold } = admitted;
  try {
    return { ...admitted, wire: await admitted.wire };
  } catch (reason) {
    hold.settle(NOTHING, gateway.now());
    if (!(reason instanceof GatewayError) || reason.code === 'client_left') throw reason;
    basis.skipped.add(target, reason);
    if (targetIndex + 1 >= (basis.plan?.targets.length ?? 0)) throw reason;
    const next = admitFrom(basis, gateway, targetIndex + 1);
    if (next instanceof GatewayError) throw reason;
    return readied(next, basis, gateway);
  }
}
