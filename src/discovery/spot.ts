import type { ServedModel, ServerKind } from '../canonical/model.ts';
import type { Probe } from '../canonical/probe.ts';
import { absenceOf, askerOf, isBusy, patienceWith, type Absence } from './asking.ts';
import { comparable } from './comparable.ts';
import { identify, type Asking, type Identity } from './identify.ts';
import { isHttp } from './json-answer.ts';
import type { Ask, DetailMemory, ListedModel } from './kinds/kind-reader.ts';
import { readerOf } from './kinds/reader-of.ts';
import { knock, type Knock } from './knock.ts';
import { kindByMark } from './marks.ts';
import { readModelList } from './model-list.ts';
import { isLlmgw, MODEL_LIST } from './recognise.ts';
import { usableModels } from './usable.ts';

/** A model server as it was seen at an address. */
export interface Sighting {
  readonly identity: Identity;
  /** Localities are what the server says; the address has its say later. */
  readonly models: readonly ServedModel[];
}

export type Look = { readonly seen: Sighting } | { readonly seen: null; readonly why: Absence };

/** What looking needs from outside. */
export interface Looking {
  readonly probe: Probe;
  readonly details: DetailMemory;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** What answers as something else is asked again after this long. */
export const FOREIGN_REST_MS = 600_000;
/** What takes connections and never answers: first this long, then twice as long each time, up to the above. */
const SILENT_REST_MS = 10_000;
/**
 * A server that generates on its only thread does not answer meanwhile: it is kept for so many looks, which at 5 s and
 * 2 s of patience each are about five minutes. One whose port is closed is gone at once.
 */
export const MAX_SILENT_LOOKS = 40;
const DETAIL_REST_MS = 60_000;

interface Known {
  readonly kind: 'known';
  readonly sighting: Sighting;
  /** As listed, before details: what the next list is compared with. */
  readonly listed: readonly ListedModel[];
  /** What the model list said of the kind. */
  readonly mark: ServerKind | null;
  readonly detailedAt: number;
  readonly silentLooks: number;
}

/** What one question to each path of a reader gave. */
interface Reading {
  readonly listed: readonly ListedModel[];
  readonly mark: ServerKind | null;
}

type State =
  | Known
  | { readonly kind: 'unknown' }
  | { readonly kind: 'left-alone'; readonly until: number; readonly restMs: number; readonly why: Absence };

/** One address, and what was seen there. */
export class Spot {
  readonly #options: Asking;
  readonly #looking: Looking;
  #state: State = { kind: 'unknown' };
  /** A model server was here since the last time that nobody was. */
  #wasHere = false;

  constructor(options: Asking, looking: Looking) {
    this.#options = options;
    this.#looking = looking;
  }

  /** Asks as little as tells what is there now. Not to be called again before it has resolved. */
  async look(signal: AbortSignal): Promise<Look> {
    if (this.#state.kind === 'known') {
      const look = await this.#lookAgain(this.#state, signal);
      if (look !== null) return look;
    }
    if (!this.#options.certain) {
      const why = await this.#waitOutside(signal);
      if (why !== null) return absent(why);
    }
    return this.#findOut(signal);
  }

  /** Makes the next look ask what is left alone. */
  forget(): void {
    if (this.#state.kind === 'left-alone') this.#state = { kind: 'unknown' };
  }

  /** A known server: its list and nothing else, as long as that does not change. `null`: it is not what it was. */
  async #lookAgain(known: Known, signal: AbortSignal): Promise<Look | null> {
    const { identity } = known.sighting;
    const reading = await this.#readAgain(identity, signal);
    if (reading === 'locked' && identity.locked) return { seen: known.sighting };
    if (reading === 'still') {
      this.#state = { ...known, silentLooks: 0 };
      return { seen: known.sighting };
    }
    if (reading === 'closed') return this.#gone('closed');
    if (reading === 'silent') {
      // Where a refusal takes longer than the time-out (Windows), only the knock tells it from a busy server.
      if ((await this.#knock(signal)) === 'closed') return this.#gone('closed');
      if (known.silentLooks >= MAX_SILENT_LOOKS) return this.#gone('silent');
      this.#state = { ...known, silentLooks: known.silentLooks + 1 };
      return { seen: known.sighting };
    }
    if (typeof reading === 'string' || identity.locked || isOther(known, reading)) {
      this.#state = { kind: 'unknown' };
      return null;
    }
    return this.#remember(identity, reading, known, signal);
  }

  async #readAgain(identity: Identity, signal: AbortSignal): Promise<Reading | Absence | 'locked' | 'still'> {
    const { pulse } = readerOf(identity);
    if (pulse === undefined || identity.locked) return this.#readModels(identity, signal);
    const answer = await this.#asker(identity, signal)(pulse.path);
    if (!isHttp(answer)) return absenceOf(answer);
    return pulse.isStill(answer) ? 'still' : 'foreign';
  }

  #gone(why: Absence): Look {
    this.#state = { kind: 'unknown' };
    if (why === 'closed') this.#wasHere = false;
    return absent(why);
  }

  #knock(signal: AbortSignal): Promise<Knock> {
    const { address } = this.#options;
    return knock(address.host, address.port, patienceWith(address).connectTimeoutMs, signal);
  }

  /** Knocks, which no server takes for a question. `null`: somebody is there whom it is time to ask. */
  async #waitOutside(signal: AbortSignal): Promise<Absence | null> {
    const answer = await this.#knock(signal);
    if (answer === 'closed') this.#gone('closed');
    if (answer !== 'open') return answer;
    const state = this.#state;
    return state.kind === 'left-alone' && this.#looking.now() < state.until ? state.why : null;
  }

  async #findOut(signal: AbortSignal): Promise<Look> {
    const named = this.#options.certain;
    const finding = { ...this.#options, named, certain: named || this.#wasHere };
    const identity = await identify(this.#looking.probe, finding, signal);
    if (typeof identity === 'string') return this.#leaveAlone(identity);
    this.#wasHere = true;
    if (identity.locked) {
      const sighting = { identity, models: [] };
      this.#state = { kind: 'known', sighting, listed: [], mark: null, detailedAt: 0, silentLooks: 0 };
      return { seen: sighting };
    }
    const reading = await this.#readModels(identity, signal);
    if (typeof reading === 'string') return this.#leaveAlone(reading === 'locked' ? 'foreign' : reading);
    return this.#remember(identity, reading, null, signal);
  }

  #leaveAlone(why: Absence): Look {
    const state = this.#state;
    const silentMs = state.kind === 'left-alone' && state.why === 'silent' ? state.restMs * 2 : SILENT_REST_MS;
    const restMs = why === 'silent' ? Math.min(silentMs, FOREIGN_REST_MS) : FOREIGN_REST_MS;
    const until = this.#looking.now() + restMs;
    this.#state = why === 'closed' ? { kind: 'unknown' } : { kind: 'left-alone', until, restMs, why };
    return absent(why);
  }

  async #readModels(identity: Identity, signal: AbortSignal): Promise<Reading | Absence | 'locked'> {
    const ask = this.#asker(identity, signal);
    const reader = readerOf(identity);
    const [firstPath = MODEL_LIST, ...otherPaths] = identity.locked ? [MODEL_LIST] : reader.paths;
    const first = await ask(firstPath);
    if (!isHttp(first)) return absenceOf(first);
    // Another llmgw in the place of a server, perhaps with the same models.
    if (isLlmgw(first) && !identity.gateway) return 'foreign';
    if (first.status === 401 || first.status === 403) return 'locked';
    const listed = reader.read([first, ...(await Promise.all(otherPaths.map((path) => ask(path))))]);
    if (listed === null) return isBusy(first) ? 'silent' : 'foreign';
    const items = firstPath === MODEL_LIST ? readModelList(first) : null;
    return { listed: usableModels(listed), mark: items === null ? null : kindByMark(first, items) };
  }

  async #remember(
    identity: Identity,
    { listed, mark }: Reading,
    known: Known | null,
    signal: AbortSignal,
  ): Promise<Look> {
    const now = this.#looking.now();
    const isFresh = known !== null && now - known.detailedAt < DETAIL_REST_MS && isSameList(known.listed, listed);
    const models = isFresh ? known.sighting.models : await this.#detailed(identity, listed, signal);
    const sighting = { identity, models };
    const detailedAt = isFresh ? known.detailedAt : now;
    this.#state = { kind: 'known', sighting, listed, mark, detailedAt, silentLooks: 0 };
    return { seen: sighting };
  }

  async #detailed(
    identity: Identity,
    listed: readonly ListedModel[],
    signal: AbortSignal,
  ): Promise<readonly ServedModel[]> {
    const { detail } = readerOf(identity);
    const all =
      detail === undefined ? listed : await detail(listed, this.#asker(identity, signal), this.#looking.details);
    return modelsOf(all);
  }

  #asker(identity: Identity, signal: AbortSignal): Ask {
    return askerOf(this.#looking.probe, this.#options, identity.apiBase, signal);
  }
}

/**
 * Whether another server has taken the place of the known one between two looks: its list says another kind, or has no
 * model in common. An empty list says nothing.
 */
function isOther(known: Known, { listed, mark }: Reading): boolean {
  if (listed.length === 0 || known.listed.length === 0) return false;
  if (mark !== known.mark) return true;
  const before = new Set(known.listed.map(({ model }) => model.id));
  return !listed.some(({ model }) => before.has(model.id));
}

function isSameList(before: readonly ListedModel[], after: readonly ListedModel[]): boolean {
  return comparable(modelsOf(before)) === comparable(modelsOf(after)) && blobsOf(before) === blobsOf(after);
}

function modelsOf(listed: readonly ListedModel[]): readonly ServedModel[] {
  return listed.map((one) => one.model);
}

function blobsOf(listed: readonly ListedModel[]): string {
  return listed
    .map(({ model, digest }) => `${model.id} ${digest ?? ''}`)
    .sort()
    .join();
}

function absent(why: Absence): Look {
  return { seen: null, why };
}
