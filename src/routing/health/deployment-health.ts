import type { CooldownPolicy, FailureKind } from '../../canonical/resilience.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { Deployment } from '../group.ts';
import { cooldownAfter, isItsOwn } from './cooldown.ts';
import type { Cooldown } from './cooldown.ts';
import type { Availability, DeploymentFailure, DeploymentState } from './deployment-state.ts';
import { MinuteWindow } from './minute-window.ts';
import { Samples } from './samples.ts';
import type { SentAs } from './sent-as.ts';

/** While a trial is under way, after how long it is worth to ask again. */
export const TRIAL_LOOK_MS = 1_000;
/** A trial that is not settled after this no longer keeps others from trying. */
const TRIAL_MS = 60_000;

const OPEN: Availability = { kind: 'open' };
const TRIAL: Availability = { kind: 'trial' };
const DOWN: Availability = { kind: 'down' };

/** A call that has begun and is to be settled: by success, by failure, or by letting go of it. */
export interface OpenCall {
  readonly deployment: Deployment;
  /** Where it is settled, even if its deployment was forgotten meanwhile. */
  readonly health: DeploymentHealth;
  /** As counted here before it was sent. */
  readonly promptTokens: number;
  /** UTC milliseconds. */
  readonly beganAt: number;
  readonly sentAs: SentAs;
}

/** What a call that succeeded tells. */
export interface Success {
  /** From sending it to its end. */
  readonly durationMs: number;
  /** `null`: nobody knows. */
  readonly outputTokens: number | null;
  readonly totalTokens: number | null;
}

/** What a failure is judged by. */
export interface FailureTerms {
  /** Of the group. */
  readonly policy: CooldownPolicy;
  /** How many can take its requests meanwhile: others of its group, and the groups that it falls back to. */
  readonly others: number;
}

/** Load and health of one deployment. Nothing here reads a clock. */
export class DeploymentHealth implements DeploymentState {
  readonly #open = new Set<OpenCall>();
  readonly #requests = new MinuteWindow();
  readonly #tokens = new MinuteWindow();
  readonly #firstTokens = new Samples();
  readonly #perToken = new Samples();
  readonly #ended = new MinuteWindow();
  readonly #failures = new MinuteWindow();
  /** Those that happened; there are no more than there are kinds. */
  readonly #failuresByKind = new Map<FailureKind, MinuteWindow>();
  #lastFailure: DeploymentState['lastFailure'] = null;
  #cooldown: Cooldown | null = null;
  #trial: OpenCall | null = null;
  #isDown = false;

  get inFlight(): number {
    return this.#open.size;
  }

  get sampleCount(): number {
    return this.#firstTokens.count + this.#perToken.count;
  }

  get lastFailure(): DeploymentState['lastFailure'] {
    return this.#lastFailure;
  }

  get cooledUntilMs(): number | null {
    return this.#cooldown?.untilMs ?? null;
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  requestsInMinute(now: number): number {
    return this.#requests.sum(now);
  }

  tokensInMinute(now: number): number {
    return this.#tokens.sum(now);
  }

  requestsFallTo(count: number, now: number): number {
    return this.#requests.fallsTo(count, now);
  }

  tokensFallTo(count: number, now: number): number {
    return this.#tokens.fallsTo(count, now);
  }

  firstTokenMs(now: number, ttlMs: number): number | null {
    return this.#firstTokens.mean(now, ttlMs);
  }

  msPerToken(now: number, ttlMs: number): number | null {
    return this.#perToken.mean(now, ttlMs);
  }

  firstTokenSamples(now: number, ttlMs: number): readonly number[] {
    return this.#firstTokens.values(now, ttlMs);
  }

  availability(now: number): Availability {
    if (this.#isDown) return DOWN;
    if (this.#cooldown === null) return OPEN;
    if (now < this.#cooldown.untilMs) return this.#cooldown.availability;
    const isTried = this.#trial !== null && now - this.#trial.beganAt < TRIAL_MS;
    return isTried ? { kind: 'cooled', untilMs: now + TRIAL_LOOK_MS } : TRIAL;
  }

  began(deployment: Deployment, promptTokens: number, now: number): OpenCall {
    const sentAs = sentAsIn(this.availability(now));
    const call: OpenCall = { deployment, health: this, promptTokens, beganAt: now, sentAs };
    this.#open.add(call);
    if (sentAs === 'trial') this.#trial = call;
    this.#requests.add(1, now);
    this.#tokens.add(promptTokens, now);
    return call;
  }

  /** The answer of a stream has begun: whoever answers is well, however long the answer takes. */
  firstToken(call: OpenCall, ms: number, stream: boolean, now: number): void {
    if (!this.#open.has(call)) return;
    if (stream) this.#firstTokens.add(ms, now);
    if (call.sentAs !== 'usual') this.#recover();
  }

  succeeded(call: OpenCall, { durationMs, outputTokens, totalTokens }: Success, now: number): void {
    if (!this.#settle(call)) return;
    if (totalTokens !== null) this.#tokens.add(Math.max(0, totalTokens - call.promptTokens), now);
    if (outputTokens !== null && outputTokens > 0) this.#perToken.add(durationMs / outputTokens, now);
    this.#ended.add(1, now);
    // What was sent before it was cooled down says nothing about what came after.
    if (call.sentAs !== 'usual') this.#recover();
  }

  failed(call: OpenCall, failure: DeploymentFailure, { policy, others }: FailureTerms, now: number): void {
    if (!this.#settle(call)) return;
    const { kind, message } = failure;
    if (!isItsOwn(kind, policy)) {
      // It has read the request and refused it, so it is there.
      if (call.sentAs !== 'usual') this.#recover();
      return;
    }
    this.#lastFailure = { kind, message, at: now };
    this.#ended.add(1, now);
    this.#failures.add(1, now);
    const ofKind = this.#windowOf(kind);
    ofKind.add(1, now);
    this.#cooldown = cooldownAfter(failure, {
      terms: call.deployment.terms.cooldown,
      policy,
      others,
      failures: this.#failures.sum(now),
      failuresOfKind: ofKind.sum(now),
      ended: this.#ended.sum(now),
      sentAs: call.sentAs,
      running: this.#cooldown,
      now,
    });
  }

  /** The client left, or it was never sent: nothing is known of how it would have ended. */
  released(call: OpenCall): void {
    this.#settle(call);
  }

  probed(isUp: boolean): void {
    this.#isDown = !isUp;
    // A probe needs no key and meets no limit: it disproves only that nobody is there.
    if (isUp && this.#cooldown?.isUnreachable === true) this.#recover();
  }

  #settle(call: OpenCall): boolean {
    if (this.#trial === call) this.#trial = null;
    return this.#open.delete(call);
  }

  #recover(): void {
    this.#isDown = false;
    if (this.#cooldown === null) return;
    this.#cooldown = null;
    this.#trial = null;
    // What it was cooled down for is paid: the next failure is the first one.
    this.#ended.clear();
    this.#failures.clear();
    for (const window of this.#failuresByKind.values()) window.clear();
  }

  #windowOf(kind: FailureKind): MinuteWindow {
    const found = this.#failuresByKind.get(kind);
    if (found !== undefined) return found;
    const window = new MinuteWindow();
    this.#failuresByKind.set(kind, window);
    return window;
  }
}

function sentAsIn({ kind }: Availability): SentAs {
  switch (kind) {
    case 'open':
      return 'usual';
    case 'trial':
      return 'trial';
    case 'cooled':
    case 'down':
    case 'offline':
      return 'last_resort';
    default:
      return unreachable(kind);
  }
}
