import { setMaxListeners } from 'node:events';
import type { ModelServer } from '../canonical/model.ts';
import type { Probe } from '../canonical/probe.ts';
import type { Logger } from '../std/log.ts';
import { isSameServer, type Address } from './address.ts';
import { findCandidates, type Candidate } from './candidates.ts';
import { logChanges, isSameServerState } from './changes.ts';
import { answeringServer, discoveredServer, downServer } from './model-server.ts';
import { nameServers, type Nameless } from './names.ts';
import { slotOfCandidate, slotOfNamed, type NamedServer, type Present, type Slot, type SlotLook } from './slot.ts';

export type { Candidate } from './candidates.ts';
export type { NamedServer } from './slot.ts';

export interface DiscoveryOptions {
  readonly probe: Probe;
  /** The config's `servers:`, in its order. They are asked every round and never disappear. */
  readonly servers: readonly NamedServer[];
  /** Whether to look for others. */
  readonly enabled: boolean;
  /** From the start of one round to the start of the next. */
  readonly intervalMs: number;
  /** Ports that are not looked at; a server of the config is, wherever it is. */
  readonly ignoredPorts: readonly number[];
  /** Variables that move servers: `OLLAMA_HOST` and others. */
  readonly env: NodeJS.ProcessEnv;
  /** Where llmgw itself listens: never asked. */
  readonly ownAddresses: () => readonly { readonly host: string; readonly port: number }[];
  readonly logger: Logger;
  /** Called with all servers when anything about them has changed: after a round, and within one that takes long. */
  readonly onChange: (servers: readonly ModelServer[]) => void;
  /** In place of the default ports. */
  readonly candidates?: readonly Candidate[];
}

export interface Discovery {
  /** As they were last seen: those of the config in its order, then the others in the order of the candidates. */
  readonly servers: () => readonly ModelServer[];
  /** Every place has answered, or had its time. Never rejects. */
  readonly firstRound: Promise<void>;
  /** Looks everywhere now, also where something else answered before. */
  readonly scan: () => Promise<readonly ModelServer[]>;
  /** Ends what is under way; no `onChange` comes after. */
  readonly stop: () => Promise<void>;
}

/** Finds the model servers of this machine and follows them: who appears, vanishes, or changes what it serves. */
export function startDiscovery(options: DiscoveryOptions): Discovery {
  const stopping = new AbortController();
  // Each question under way listens for the stop.
  setMaxListeners(LOOKS_AT_ONCE * QUESTIONS_AT_ONCE, stopping.signal);
  const rounds = new Rounds(options, stopping.signal);
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();
  let scanning: Promise<readonly ModelServer[]> | null = null;

  function run(): Promise<void> {
    running = running
      .then(() => rounds.next())
      .catch((error: unknown) => options.logger.error({ err: error }, 'discovery failed'));
    return running;
  }

  function keepRunning(): Promise<void> {
    const startedAt = performance.now();
    return run().then(() => {
      if (stopping.signal.aborted) return;
      const waitMs = Math.max(MIN_PAUSE_MS, options.intervalMs - (performance.now() - startedAt));
      timer = setTimeout(() => void keepRunning(), waitMs);
      timer.unref();
    });
  }

  const firstRound = keepRunning();
  return {
    firstRound,
    servers: () => rounds.servers,
    scan: () => {
      scanning ??= running
        .then(() => {
          // From here on a further scan is another one.
          scanning = null;
          rounds.forget();
          return run();
        })
        .then(() => rounds.servers);
      return scanning;
    },
    stop: async () => {
      stopping.abort();
      if (timer !== null) clearTimeout(timer);
      await firstRound;
      await running;
    },
  };
}

const MIN_PAUSE_MS = 10;
/** While a round lasts, what it has seen is made known this often. */
const PUBLISH_MS = 200;
/** Places looked at at a time. */
const LOOKS_AT_ONCE = 32;
/** Questions under way to one server at a time, at most: a few lists, or a few details. */
const QUESTIONS_AT_ONCE = 8;

/** One round after another over all slots, and what the last one found. */
class Rounds {
  servers: readonly ModelServer[];
  readonly #options: DiscoveryOptions;
  readonly #signal: AbortSignal;
  readonly #slots: readonly Slot[];
  #bySlot: ReadonlyMap<string, ModelServer> = new Map();

  constructor(options: DiscoveryOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#slots = slotsOf(options);
    this.servers = options.servers.map((named) => downServer(named, 'not-asked', null));
  }

  forget(): void {
    for (const slot of this.#slots) slot.forget();
  }

  async next(): Promise<void> {
    if (this.#isStopped()) return;
    const looks = new Map<Slot, SlotLook>();
    // One place that takes connections and says nothing must not hide the others that long.
    const publishing = setInterval(() => this.#publish(looks), PUBLISH_MS);
    await inParallel(this.#slots, LOOKS_AT_ONCE, async (slot) => looks.set(slot, await slot.look(this.#signal)));
    clearInterval(publishing);
    this.#publish(looks);
  }

  /** Makes known what was seen so far; a place that is still being asked is as it was before. */
  #publish(looks: ReadonlyMap<Slot, SlotLook>): void {
    // What an aborted look says is not what is there.
    if (this.#isStopped()) return;
    const before = this.#bySlot;
    this.#bySlot = this.#serversOf(looks);
    this.servers = [...this.#bySlot.values()];
    if (isSameServerState(before, this.#bySlot)) return;
    logChanges(this.#options.logger, before, this.#bySlot);
    this.#options.onChange(this.servers);
  }

  #isStopped(): boolean {
    return this.#signal.aborted;
  }

  #serversOf(looks: ReadonlyMap<Slot, SlotLook>): ReadonlyMap<string, ModelServer> {
    const seen = this.#slots.map((slot) => ({ slot, look: looks.get(slot) }));
    const found = seen.flatMap(({ slot, look }) =>
      slot.named === null && isPresent(look) ? [nameless(slot, look)] : [],
    );
    const asked = seen.flatMap(({ slot, look }) =>
      look === undefined ? (this.#bySlot.get(slot.key)?.name ?? []) : [],
    );
    const taken = [...this.#options.servers.map((named) => named.name), ...asked];
    const held = new Map([...this.#bySlot].map(([key, server]) => [key, server.name]));
    const names = nameServers(found, taken, held);
    const servers = new Map<string, ModelServer>();
    for (const { slot, look } of seen) {
      const before = this.#bySlot.get(slot.key) ?? null;
      if (look === undefined) {
        const server = before ?? (slot.named === null ? null : downServer(slot.named, 'not-asked', null));
        if (server !== null) servers.set(slot.key, server);
      } else if (slot.named !== null) {
        servers.set(
          slot.key,
          isPresent(look) ? answeringServer(slot.named, look) : downServer(slot.named, look, before),
        );
      } else if (isPresent(look)) {
        servers.set(slot.key, discoveredServer(names.get(slot.key) ?? slot.key, look));
      }
    }
    return servers;
  }
}

/** A place of the config is not looked at a second time as a default port. */
function slotsOf(options: DiscoveryOptions): readonly Slot[] {
  const details = new Map();
  const { probe, ownAddresses } = options;
  const context = { probe, ownAddresses, details, now: () => performance.now() };
  const named = options.servers.map((server) => slotOfNamed(server, context));
  if (!options.enabled) return named;
  const taken = named.flatMap((slot) => slot.addresses);
  const isFree = (address: Address): boolean =>
    !options.ignoredPorts.includes(address.port) && !taken.some((other) => isSameServer(address, other));
  const candidates = (options.candidates ?? findCandidates(options.env)).filter((one) => one.addresses.every(isFree));
  return [...named, ...candidates.map((candidate) => slotOfCandidate(candidate, context))];
}

function isPresent(look: SlotLook | undefined): look is Present {
  return typeof look === 'object';
}

function nameless(slot: Slot, { address, sighting }: Present): Nameless {
  return { slot: slot.key, kind: sighting.identity.kind, host: address.host, port: address.port };
}

async function inParallel<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
