import type { Target } from '../canonical/target.ts';
import type { Deployment } from './group.ts';
import { DeploymentHealth } from './health/deployment-health.ts';
import type { FailureTerms, OpenCall, Success } from './health/deployment-health.ts';
import type { Availability, DeploymentFailure, DeploymentState } from './health/deployment-state.ts';
import { internetHostOf, Network } from './health/network.ts';

export type { FailureTerms, OpenCall, Success } from './health/deployment-health.ts';
export type { Availability, DeploymentFailure, DeploymentState } from './health/deployment-state.ts';
export type { SentAs } from './health/sent-as.ts';

/** More than any config has; of deployments the one that was met first is forgotten, of groups the one idle longest. */
const MOST_DEPLOYMENTS = 10_000;
const MOST_GROUPS = 10_000;

/** Of a deployment that nothing is known of. Never written. */
const UNKNOWN: DeploymentState = new DeploymentHealth();
const OPEN: Availability = { kind: 'open' };
const OFFLINE: Availability = { kind: 'offline' };

/**
 * What is known of every deployment, by its id: load, speed and health. It outlives the tables that are compiled from
 * config and scans. Times come from outside, as UTC milliseconds. Every call that began is settled once, by one of
 * `succeeded`, `failed` and `released`; settling it again does nothing.
 */
export class HealthBook {
  readonly network = new Network();
  readonly #deployments = new Map<string, DeploymentHealth>();
  readonly #turns = new Map<string, number>();

  stateOf(id: string): DeploymentState {
    return this.#deployments.get(id) ?? UNKNOWN;
  }

  availability({ id, target }: Deployment, now: number): Availability {
    return this.isOffline(target, now) ? OFFLINE : (this.#deployments.get(id)?.availability(now) ?? OPEN);
  }

  /** There is no network, and it is asked over one. */
  isOffline(target: Target, now: number): boolean {
    return this.network.isGone(now) && internetHostOf(target) !== null;
  }

  /** How many turns a group has had: whose turn it is, for `round-robin`. */
  turnOf(groupName: string): number {
    return this.#turns.get(groupName) ?? 0;
  }

  tookTurn(groupName: string): void {
    const turn = this.turnOf(groupName);
    // Behind all others, so that the one that was idle longest is the first.
    this.#turns.delete(groupName);
    this.#turns.set(groupName, (turn + 1) % Number.MAX_SAFE_INTEGER);
    if (this.#turns.size > MOST_GROUPS) this.#forgetFirst(this.#turns);
  }

  /** A call is about to be sent. `promptTokens`: counted or guessed; 0 where nothing is limited by them. */
  began(deployment: Deployment, promptTokens: number, now: number): OpenCall {
    return this.#healthOf(deployment.id).began(deployment, promptTokens, now);
  }

  /** `ms`: since the call was sent. `stream`: else it is the whole answer, whose time says nothing by itself. */
  firstToken(call: OpenCall, ms: number, stream: boolean, now: number): void {
    this.#heardFrom(call);
    call.health.firstToken(call, ms, stream, now);
  }

  succeeded(call: OpenCall, success: Success, now: number): void {
    this.#heardFrom(call);
    call.health.succeeded(call, success, now);
  }

  failed(call: OpenCall, failure: DeploymentFailure, terms: FailureTerms, now: number): void {
    const host = failure.network === undefined ? null : internetHostOf(call.deployment.target);
    if (host !== null && failure.network === 'gone') {
      this.network.gone(host, now);
      // It says nothing about the deployment, which is as well as it was once there is a network again.
      call.health.released(call);
      return;
    }
    if (host !== null) this.network.unknownHost(host, now);
    call.health.failed(call, failure, terms, now);
  }

  /** The client left, or the call was never sent. */
  released(call: OpenCall): void {
    call.health.released(call);
  }

  /** What a free probe of a deployment's server found. */
  probed(id: string, isUp: boolean): void {
    if (isUp) this.#deployments.get(id)?.probed(true);
    else this.#healthOf(id).probed(false);
  }

  /** Forgets all others; calls under way keep theirs until they are settled. */
  retain(ids: ReadonlySet<string>): void {
    for (const [id, { inFlight }] of this.#deployments) {
      if (!ids.has(id) && inFlight === 0) this.#deployments.delete(id);
    }
  }

  states(): ReadonlyMap<string, DeploymentState> {
    return this.#deployments;
  }

  /** Of the network only an answer that came over it tells. */
  #heardFrom({ deployment }: OpenCall): void {
    const host = internetHostOf(deployment.target);
    if (host !== null) this.network.heard(host);
  }

  #healthOf(id: string): DeploymentHealth {
    const found = this.#deployments.get(id);
    if (found !== undefined) return found;
    if (this.#deployments.size >= MOST_DEPLOYMENTS) this.#forgetFirst(this.#deployments);
    const health = new DeploymentHealth();
    this.#deployments.set(id, health);
    return health;
  }

  #forgetFirst(map: Map<string, unknown>): void {
    for (const [key] of map) {
      map.delete(key);
      return;
    }
  }
}
