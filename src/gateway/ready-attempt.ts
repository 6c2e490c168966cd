import { NOTHING } from './admission.ts';
import type { Admitted } from './admission.ts';
import type { Wire } from './wire.ts';

/** An attempt whose bytes are there. */
export interface Ready extends Admitted {
  readonly wire: Wire;
}

/**
 * An attempt with all that had to be fetched for it. Rejects with a `GatewayError` where that fails; what was set aside
 * for it is given back then.
 */
export async function readied(admitted: Admitted, now: () => number): Promise<Ready> {
  try {
    return { ...admitted, wire: await admitted.wire };
  } catch (reason) {
    admitted.hold.settle(NOTHING, now());
    admitted.call.released();
    throw reason;
  }
}
