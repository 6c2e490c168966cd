import { PLAIN_CHAT } from '../../src/canonical/request-needs.ts';
import type { Asked } from '../../src/routing/asked.ts';
import { deploymentFailureOf } from '../../src/routing/failure-kind.ts';
import { othersBesideOne } from '../../src/routing/group.ts';
import type { Deployment, Group } from '../../src/routing/group.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import type { OpenCall } from '../../src/routing/health-book.ts';
import { firstStep, stepAfter, stepAfterWait, stepInsteadOfWaiting } from '../../src/routing/steps.ts';
import type { AttemptStep, GiveUpStep, Step, WaitStep } from '../../src/routing/steps.ts';
import type { Behaviour } from './behaviours.ts';
import { EventQueue } from './event-queue.ts';
import { NOON, seeded } from './groups.ts';

const NEEDS = { ...PLAIN_CHAT, contextTokens: 150, answerTokens: 50 };
const PROMPT_TOKENS = 100;
const OUTPUT_TOKENS = 50;
/** How long a request waits for room, as the gateway's queue lets it. */
const QUEUE_MS = 30_000;

interface World {
  /** The first one is asked for. */
  readonly groups: readonly Group[];
  /** By the id of the deployment. */
  readonly behaviours: Readonly<Record<string, Behaviour>>;
  readonly requests: number;
  readonly perSecond: number;
  readonly seed: number;
}

interface Request {
  readonly beganAt: number;
  readonly asked: Set<string>;
  groupIndex: number;
}

export interface Report {
  readonly answered: number;
  /** Requests that nobody answered though a deployment answered everything from their beginning to their end. */
  readonly wronged: number;
  readonly lost: number;
  /** Calls by the deployment, and those of them that were the trial after a cooldown, or a last resort. */
  readonly calls: ReadonlyMap<string, number>;
  readonly trials: ReadonlyMap<string, number>;
  readonly lastResorts: number;
  readonly longestMs: number;
  /** Rules that were broken, in words, each once. */
  readonly broken: ReadonlySet<string>;
}

/** Sends requests by the steps of `routing/` to deployments that behave as told, with a clock of its own. */
export function simulate(world: World): Report {
  return new Simulation(world).run();
}

class Simulation {
  readonly #world: World;
  readonly #main: Group;
  readonly #byName: ReadonlyMap<string, Group>;
  readonly #queue = new EventQueue(NOON);
  readonly #book = new HealthBook();
  readonly #random: () => number;
  /** Requests that wait until any call has ended. */
  readonly #waiting = new Set<() => void>();
  readonly #calls = new Map<string, number>();
  readonly #trials = new Map<string, number>();
  readonly #trying = new Map<string, OpenCall>();
  readonly #broken = new Set<string>();
  #answered = 0;
  #lost = 0;
  #wronged = 0;
  #lastResorts = 0;
  #longestMs = 0;

  constructor(world: World) {
    const [main] = world.groups;
    if (main === undefined) throw new Error('a simulation needs a group');
    this.#world = world;
    this.#main = main;
    this.#byName = new Map(world.groups.map((group) => [group.name, group]));
    this.#random = seeded(world.seed);
  }

  run(): Report {
    this.#queue.at(NOON, () => this.#arrive(0));
    this.#queue.run();
    if (this.#answered + this.#lost !== this.#world.requests) this.#broken.add('a request never ended');
    for (const [id, { inFlight }] of this.#book.states()) if (inFlight !== 0) this.#broken.add(`${id} is still busy`);
    return {
      answered: this.#answered,
      wronged: this.#wronged,
      lost: this.#lost,
      calls: this.#calls,
      trials: this.#trials,
      lastResorts: this.#lastResorts,
      longestMs: this.#longestMs,
      broken: this.#broken,
    };
  }

  readonly #groupOf = (name: string): Group | null => this.#byName.get(name) ?? null;

  #asked(): Asked {
    return {
      needs: () => NEEDS,
      stream: true,
      tags: [],
      region: null,
      stickTo: null,
      now: this.#queue.now,
      random: this.#random,
    };
  }

  #arrive(count: number): void {
    if (count === this.#world.requests) return;
    const gapMs = (-Math.log(1 - this.#random()) * 1000) / this.#world.perSecond;
    this.#queue.at(this.#queue.now + gapMs, () => this.#arrive(count + 1));
    const request: Request = { beganAt: this.#queue.now, asked: new Set(), groupIndex: 0 };
    this.#take(request, firstStep(this.#main, this.#book, this.#asked(), this.#groupOf));
  }

  #take(request: Request, step: Step): void {
    if (step.kind === 'attempt') this.#send(request, step);
    else if (step.kind === 'wait') this.#wait(request, step);
    else this.#giveUp(request, step);
  }

  #wait(request: Request, { cause, untilMs, progress }: WaitStep): void {
    const { now } = this.#queue;
    if (untilMs <= now) this.#broken.add('a wait was over before it began');
    if (cause === 'backoff') {
      this.#queue.at(untilMs, () => this.#take(request, stepAfterWait(progress, ...this.#around())));
      return;
    }
    const patientUntil = request.beganAt + QUEUE_MS;
    let isOver = false;
    const wake = (): void => {
      if (isOver) return;
      isOver = true;
      this.#waiting.delete(wake);
      const isPatient = this.#queue.now < patientUntil;
      const next = isPatient ? stepAfterWait : stepInsteadOfWaiting;
      this.#take(request, next(progress, ...this.#around()));
    };
    this.#waiting.add(wake);
    this.#queue.at(Math.min(untilMs, patientUntil), wake);
  }

  #around(): [HealthBook, Asked, (name: string) => Group | null] {
    return [this.#book, this.#asked(), this.#groupOf];
  }

  #send(request: Request, step: AttemptStep): void {
    const { deployment, group, progress } = step;
    const { now } = this.#queue;
    this.#check(request, step);
    const behaviour = this.#world.behaviours[deployment.id];
    if (behaviour === undefined) throw new Error(`nobody says how ${deployment.id} behaves`);
    const call = this.#book.began(deployment, PROMPT_TOKENS, now);
    this.#count(call);
    if (group.strategy === 'round-robin') this.#book.tookTurn(group.name);
    const { ms, error } = behaviour.call(now, this.#random);
    this.#queue.at(now + ms, () => {
      const endedAt = this.#queue.now;
      if (this.#trying.get(deployment.id) === call) this.#trying.delete(deployment.id);
      if (error === null) {
        this.#book.firstToken(call, ms, true, endedAt);
        const tokens = { outputTokens: OUTPUT_TOKENS, totalTokens: PROMPT_TOKENS + OUTPUT_TOKENS };
        this.#book.succeeded(call, { durationMs: ms, ...tokens }, endedAt);
        this.#answered++;
        this.#longestMs = Math.max(this.#longestMs, endedAt - request.beganAt);
      } else {
        const terms = { policy: group.resilience.cooldown, others: othersBesideOne(group) };
        this.#book.failed(call, deploymentFailureOf(error, endedAt), terms, endedAt);
        const failure = { error, committed: false, staleConnection: false, wasSent: true };
        this.#take(request, stepAfter(progress, failure, ...this.#around()));
      }
      const [first] = this.#waiting;
      first?.();
    });
  }

  #count(call: OpenCall): void {
    const { id } = call.deployment;
    this.#calls.set(id, (this.#calls.get(id) ?? 0) + 1);
    if (call.sentAs === 'last_resort') this.#lastResorts++;
    if (call.sentAs !== 'trial') return;
    if (this.#trying.has(id)) this.#broken.add(`${id} was tried by two at once`);
    this.#trying.set(id, call);
    this.#trials.set(id, (this.#trials.get(id) ?? 0) + 1);
  }

  /** The rules that hold whenever a request is sent. */
  #check(request: Request, { deployment, group, progress }: AttemptStep): void {
    const { now } = this.#queue;
    const main = this.#main;
    if (now >= request.beganAt + main.resilience.deadlineMs) this.#broken.add('an attempt began after the deadline');
    if (progress.fallbacksAsked > main.resilience.maxFallbacks) this.#broken.add('too many fallbacks were asked');
    const { kind } = this.#book.availability(deployment, now);
    if (!this.#hasRoom(deployment)) this.#broken.add(`${deployment.id} was asked beyond its limits`);
    const isLastResort = kind === 'cooled' || kind === 'down';
    const groupIndex = this.#world.groups.indexOf(group);
    if (groupIndex < request.groupIndex && request.asked.has(deployment.id)) {
      this.#broken.add(`${deployment.id} was asked again after the fallbacks of its group`);
    }
    // Whoever is passed over for a fallback, or for one that is left alone, was asked before or cannot be asked.
    const better = this.#world.groups.slice(...(isLastResort ? [0] : [request.groupIndex, groupIndex]));
    for (const other of better.flatMap(({ deployments }) => deployments)) {
      if (!request.asked.has(other.id) && this.#isFree(other)) {
        this.#broken.add(`${deployment.id} was asked though ${other.id} was free`);
      }
    }
    request.asked.add(deployment.id);
    request.groupIndex = Math.max(request.groupIndex, groupIndex);
  }

  #isFree(deployment: Deployment): boolean {
    const { kind } = this.#book.availability(deployment, this.#queue.now);
    return kind !== 'cooled' && kind !== 'down' && this.#hasRoom(deployment);
  }

  #hasRoom({ id, terms }: Deployment): boolean {
    const { now } = this.#queue;
    const { maxParallel, requestsPerMinute, tokensPerMinute } = terms;
    const state = this.#book.stateOf(id);
    if (maxParallel !== null && state.inFlight >= maxParallel) return false;
    if (requestsPerMinute !== null && state.requestsInMinute(now) >= requestsPerMinute) return false;
    return tokensPerMinute === null || state.tokensInMinute(now) + PROMPT_TOKENS <= tokensPerMinute;
  }

  #giveUp(request: Request, { error }: GiveUpStep): void {
    const { now } = this.#queue;
    this.#lost++;
    if (error.message.length > 3000) this.#broken.add('an error is too long');
    const { behaviours, groups } = this.#world;
    const reachable = groups.flatMap(({ deployments }) => deployments);
    const isWronged = reachable.some(({ id, terms }) => {
      return terms.maxParallel === null && behaviours[id]?.isLiving(request.beganAt, now) === true;
    });
    if (isWronged) this.#wronged++;
  }
}
