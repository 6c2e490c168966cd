import { idWithStates } from '../../canonical/carried-state.ts';
import type { CarriedState, JsonObject } from '../../canonical/parts.ts';
import { detailsOfState, extraOfState } from './own-state.ts';

/**
 * States on their way to a client that has no place for them. It sends the ids of tool calls back as they came: a
 * call's own state goes there, else that of the thoughts before it.
 */
export class StateInIds {
  #ofThoughts: CarriedState[] = [];

  /** The next call follows from what was thought before it. States of this dialect have a place of their own. */
  noteThoughts(state: CarriedState): void {
    if (detailsOfState(state, '') === null) this.#ofThoughts.push(state);
  }

  /** How the id of a call is written, and what stands beside it. */
  take(id: string, state: CarriedState | null): { readonly id: string; readonly extra: JsonObject | null } {
    const extra = extraOfState(state);
    const carried = extra === null && state !== null ? [state] : this.#ofThoughts;
    if (carried === this.#ofThoughts) this.#ofThoughts = [];
    return { id: idWithStates(id, carried), extra };
  }
}
