import type { ServerKind } from '../canonical/model.ts';
import { isLoopbackHost } from '../std/loopback.ts';
import type { Secret } from '../std/secret.ts';
import { addressOfBaseUrl, isWildcard, type Address } from './address.ts';
import type { Absence } from './asking.ts';
import type { Candidate } from './candidates.ts';
import { Spot, type Looking, type Sighting } from './spot.ts';

/** A model server that the config names. */
export interface NamedServer {
  readonly name: string;
  /** `http(s)://host[:port][/path]`, with or without `/v1`. */
  readonly baseUrl: string;
  readonly apiKey: Secret | null;
  /** `null`: recognised by what it answers. */
  readonly kind: ServerKind | null;
  /** `null`: local when the address is loopback, else cloud. */
  readonly local: boolean | null;
  readonly insecureTls: boolean;
}

/** A model server that answered, and where. */
export interface Present {
  readonly address: Address;
  readonly sighting: Sighting;
}

export type SlotLook = Present | Absence | 'own';

/** A place that holds one model server at a time: a server of the config, or a port of this machine. */
export interface Slot {
  /** The same in every round and after a restart. */
  readonly key: string;
  /** `null`: a place where one is only looked for. */
  readonly named: NamedServer | null;
  readonly addresses: readonly Address[];
  readonly look: (signal: AbortSignal) => Promise<SlotLook>;
  readonly forget: () => void;
}

/** What a slot needs from outside. */
export interface SlotContext extends Looking {
  /** Where llmgw itself listens. */
  readonly ownAddresses: () => readonly { readonly host: string; readonly port: number }[];
}

export function slotOfNamed(named: NamedServer, context: SlotContext): Slot {
  const address = addressOfBaseUrl(named.baseUrl);
  const { apiKey, kind, insecureTls } = named;
  const spot = new Spot({ address, apiKey, insecureTls, secondPath: null, kind, certain: true }, context);
  return {
    key: `config ${named.name}`,
    named,
    addresses: [address],
    forget: () => spot.forget(),
    look: async (signal) => {
      if (isOwn(address, context)) return 'own';
      const look = await spot.look(signal);
      return look.seen === null ? look.why : { address, sighting: look.seen };
    },
  };
}

export function slotOfCandidate(candidate: Candidate, context: SlotContext): Slot {
  const secondPath = candidate.secondPath ?? null;
  const rest = { apiKey: null, insecureTls: false, secondPath, kind: null, certain: false };
  const spots = candidate.addresses.map((address) => ({ address, spot: new Spot({ address, ...rest }, context) }));
  return {
    key: candidate.addresses[0]?.root ?? '',
    named: null,
    addresses: candidate.addresses,
    forget: () => spots.forEach(({ spot }) => spot.forget()),
    look: async (signal) => {
      let why: Absence = 'closed';
      for (const { address, spot } of spots) {
        if (isOwn(address, context)) continue;
        const look = await spot.look(signal);
        if (look.seen !== null) return { address, sighting: look.seen };
        if (look.why !== 'closed') why = look.why;
      }
      return why;
    },
  };
}

function isOwn(address: Address, context: SlotContext): boolean {
  return context.ownAddresses().some((own) => {
    if (own.port !== address.port) return false;
    return (
      own.host === address.host || (isLoopbackHost(address.host) && (isWildcard(own.host) || isLoopbackHost(own.host)))
    );
  });
}
