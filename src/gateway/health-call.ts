import type { GatewayError } from '../canonical/errors.ts';
import { deploymentFailureOf } from '../routing/failure-kind.ts';
import { othersBesideOne } from '../routing/group.ts';
import type { Deployment, Group } from '../routing/group.ts';
import type { OpenCall } from '../routing/health-book.ts';
import type { AnswerFacts } from './attempt-end.ts';
import type { GatewayDependencies } from './dependencies.ts';

type HealthParts = Pick<GatewayDependencies, 'health' | 'waiting' | 'now'>;

/** What the health of a deployment is told of one call to it. It is settled once; settling it again does nothing. */
export class HealthCall {
  readonly #gateway: HealthParts;
  readonly #group: Group;
  readonly #call: OpenCall;
  #sentAt: number | null = null;

  /** The call takes room from now on. `promptTokens`: 0 where nothing is limited by them. */
  constructor(gateway: HealthParts, group: Group, deployment: Deployment, promptTokens: number) {
    this.#gateway = gateway;
    this.#group = group;
    this.#call = gateway.health.began(deployment, promptTokens, gateway.now());
  }

  sent(): void {
    this.#sentAt = this.#gateway.now();
  }

  /** The first event of a stream has come. */
  firstEvent(): void {
    const now = this.#gateway.now();
    this.#gateway.health.firstToken(this.#call, now - this.#since, true, now);
  }

  succeeded({ usage, doneAt }: AnswerFacts): void {
    const now = this.#gateway.now();
    const [input, output] = [usage?.inputTokens ?? null, usage?.outputTokens ?? null];
    const totalTokens = input === null && output === null ? null : (input ?? 0) + (output ?? 0);
    const success = { durationMs: (doneAt ?? now) - this.#since, outputTokens: output, totalTokens };
    this.#gateway.health.succeeded(this.#call, success, now);
    this.#gateway.waiting.freed(this.#call.deployment.id);
  }

  failed(error: GatewayError): void {
    const now = this.#gateway.now();
    const terms = { policy: this.#group.resilience.cooldown, others: othersBesideOne(this.#group) };
    this.#gateway.health.failed(this.#call, deploymentFailureOf(error, now), terms, now);
    this.#gateway.waiting.freed(this.#call.deployment.id);
  }

  /** The client left, it was never sent, or it was never heard. */
  released(): void {
    this.#gateway.health.released(this.#call);
    this.#gateway.waiting.freed(this.#call.deployment.id);
  }

  get #since(): number {
    return this.#sentAt ?? this.#call.beganAt;
  }
}
