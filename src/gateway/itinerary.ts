import { GatewayError } from '../canonical/errors.ts';
import type { RequestNeeds } from '../canonical/request-needs.ts';
import { toldPromptTokens } from '../dialects/context-overflow.ts';
import type { Asked } from '../routing/asked.ts';
import type { AutoFacts } from '../routing/auto-rules.ts';
import type { Deployment, Group } from '../routing/group.ts';
import { failedBeside, hedgeAfterMs, hedgeStep } from '../routing/hedge.ts';
import { groupOf } from '../routing/plan.ts';
import type { Progress } from '../routing/progress.ts';
import type { RouteTable } from '../routing/route-table.ts';
import { firstStep, stepAfter, stepAfterWait, stepInsteadOfWaiting } from '../routing/steps.ts';
import type { AttemptStep, Step, WaitStep } from '../routing/steps.ts';
import { admit } from './admission.ts';
import type { Admitted } from './admission.ts';
import type { AttemptEnd } from './attempt-end.ts';
import type { Conversation } from './conversation.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { conversationOf } from './fallback-conversation.ts';
import type { RequestWishes } from './request-wishes.ts';
import { mayBeAskedTwice } from './may-be-asked-twice.ts';
import type { Opened, Sending } from './sending.ts';
import { NO_TIES } from './ties.ts';
import type { Ties } from './ties.ts';
import type { Wire } from './wire.ts';

export type FailedEnd = Extract<AttemptEnd, { readonly kind: 'failed' }>;

/** What an exchange does next. */
export type Turn =
  | { readonly kind: 'attempt'; readonly admitted: Admitted }
  | WaitStep
  /** Nothing: another attempt is under way. */
  | { readonly kind: 'beside' }
  | { readonly kind: 'give_up'; readonly error: GatewayError };

/** What an exchange for a group goes by. */
export interface Journey {
  readonly basis: ExchangeBasis;
  readonly gateway: GatewayDependencies;
  /** The one in force when it began. */
  readonly table: RouteTable;
  readonly group: Group;
  readonly conversation: Conversation;
  readonly facts: AutoFacts;
  readonly wishes: RequestWishes;
}

/**
 * The way of one exchange from deployment to deployment: hands `steps.ts` what happened, and makes an admitted attempt
 * of what it answers. The one place that knows how far the exchange has come.
 */
export class Itinerary {
  readonly #journey: Journey;
  #ties: Ties = NO_TIES;
  #progress: Progress | null = null;
  #step: AttemptStep | null = null;
  /** That of the attempt beside which the last one is made; `null`: there is none. */
  #stepBefore: AttemptStep | null = null;
  #needs: RequestNeeds | null = null;
  /** The prompt surely takes no more tokens than these; infinite: that is not known. */
  #fits = Infinity;
  /** A context of this size was too small for the prompt at the deployment with this id. */
  #exceeded: { readonly id: string; readonly tokens: number } | null = null;
  /** What the client has of an answer that broke off; `null`: nothing. */
  #saidText: string | null = null;
  /** Why deployments were not asked, though their turn had come. */
  readonly #unsent: GatewayError[] = [];
  /** Of attempts that were sent. */
  #lastFailure: GatewayError | null = null;

  constructor(journey: Journey) {
    this.#journey = journey;
  }

  get group(): Group {
    return this.#journey.group;
  }

  get ties(): Ties {
    return this.#ties;
  }

  /** What ties the request to a deployment; before the first step. */
  tie(ties: Ties): void {
    this.#ties = ties;
  }

  first(): Turn {
    const { group, wishes, gateway } = this.#journey;
    return this.#follow(firstStep(group, gateway.health, this.#asked(), this.#groupOf, wishes));
  }

  /** After an attempt that has failed in the midst of an answer: somebody is to go on behind this text. */
  afterBreak(sending: Sending, end: FailedEnd, text: string): Turn {
    this.#saidText = text;
    return this.afterFailure(sending, { ...end, committed: false });
  }

  /** After an attempt that was sent. Its health is told already. */
  afterFailure({ wire, target, deployment }: Sending, { error, committed, staleConnection }: FailedEnd): Turn {
    this.#lastFailure = error;
    const isTooLong = error.code === 'context_length_exceeded' && !committed;
    const tokens = exceededContext(wire, error);
    if (isTooLong && tokens !== null && this.#canGrow(deployment.id, tokens, target.limits.contextTokens)) {
      this.#exceeded = { id: deployment.id, tokens };
      return this.#follow({ ...this.#stepNow, isResend: true });
    }
    return this.#after({ error, committed, staleConnection, wasSent: true });
  }

  /** What had to be fetched for an attempt could not be had. */
  afterUnready({ target }: Admitted, error: GatewayError): Turn {
    this.#journey.basis.skipped.add(target, error);
    this.#unsent.push(error);
    return this.#after({ error, committed: false, staleConnection: false, wasSent: false });
  }

  /** How long the attempt may take to say something before somebody else is asked too; `null`: it is waited for. */
  hedgeAfterMs({ group, conversation, resent }: Opened): number | null {
    if (group.hedge.kind === 'off' || resent || this.#ties.boundTo !== null) return null;
    if (!mayBeAskedTwice(conversation)) return null;
    const { health, now } = this.#journey.gateway;
    return hedgeAfterMs(group.hedge, group, health, { stream: conversation.head.stream, now: now() });
  }

  /** An attempt beside the one under way; `null`: nobody else can be asked now. Who is refused may be asked later. */
  hedge(): Admitted | null {
    const { health, waiting } = this.#journey.gateway;
    if (waiting.isClosed) return null;
    const before = this.#stepNow;
    let progress = this.#progressNow;
    for (;;) {
      const step = hedgeStep(progress, health, this.#asked());
      if (step === null) return null;
      const admitted = this.#admit(step);
      if (!(admitted instanceof GatewayError)) {
        this.#progress = step.progress;
        this.#stepBefore = before;
        return admitted;
      }
      this.#step = before;
      progress = { ...progress, tried: new Set([...progress.tried, step.deployment.id]) };
    }
  }

  /** The attempt at this deployment answers: what comes next goes by it, and not by the other one of two. */
  answeredBy(deployment: Deployment): void {
    const before = this.#stepBefore;
    if (before === null) return;
    this.#stepBefore = null;
    if (before.deployment !== deployment) return;
    this.#step = before;
    this.#progress = before.progress;
  }

  /** One of two attempts has failed, or could not be made: the other one, at this deployment, goes on. */
  afterFailureBeside({ deployment: failed }: Admitted, error: GatewayError, running: Deployment): Turn {
    const [before, last] = [this.#stepBefore, this.#stepNow];
    const step = before?.deployment === running ? before : last;
    const progress = failedBeside(this.#progressNow, { failed, running, error }, this.#journey.gateway.now());
    this.#progress = progress;
    this.#step = { ...step, progress };
    this.#stepBefore = null;
    return { kind: 'beside' };
  }

  /** The same of one that was not sent. */
  afterUnsentBeside(admitted: Admitted, error: GatewayError, running: Deployment): Turn {
    this.#unsent.push(error);
    return this.afterFailureBeside(admitted, error, running);
  }

  afterWait(): Turn {
    return this.#follow(stepAfterWait(this.#progressNow, this.#journey.gateway.health, this.#asked(), this.#groupOf));
  }

  insteadOfWaiting(): Turn {
    return this.#follow(
      stepInsteadOfWaiting(this.#progressNow, this.#journey.gateway.health, this.#asked(), this.#groupOf),
    );
  }

  /** Whether a wait for room may end when a call to this deployment is over. */
  mayAsk(deploymentId: string): boolean {
    return this.#progressNow.visits.some(({ group }) => group.deployments.some(({ id }) => id === deploymentId));
  }

  #after(failure: Parameters<typeof stepAfter>[1]): Turn {
    const { health } = this.#journey.gateway;
    return this.#follow(stepAfter(this.#progressNow, failure, health, this.#asked(), this.#groupOf));
  }

  /** Every deployment that cannot be asked, or that the limits refuse, is left out from then on: this ends. */
  #follow(step: Step): Turn {
    let next = step;
    for (;;) {
      this.#progress = next.progress;
      if (next.kind === 'wait') return next;
      if (next.kind === 'give_up') return { kind: 'give_up', error: this.#told(next.error) };
      const admitted = this.#admit(next);
      if (!(admitted instanceof GatewayError)) return { kind: 'attempt', admitted };
      this.#unsent.push(admitted);
      const { health } = this.#journey.gateway;
      const failure = { error: admitted, committed: false, staleConnection: false, wasSent: false };
      next = stepAfter(next.progress, failure, health, this.#asked(), this.#groupOf);
    }
  }

  #admit(step: AttemptStep): Admitted | GatewayError {
    const { basis, gateway, conversation, wishes } = this.#journey;
    const { deployment, group, fallback, isResend: resent, progress } = step;
    this.#step = step;
    const exceeded = this.#exceeded?.id === deployment.id ? this.#exceeded.tokens : null;
    try {
      const asked =
        fallback === null || fallback.overrides === null
          ? conversation
          : conversationOf(basis.call, conversation, fallback);
      return admit(basis, gateway, {
        deployment,
        group,
        fallback,
        conversation: this.#saidText === null ? asked : asked.continued(this.#saidText),
        wishes,
        deadlineAt: progress.deadlineAt,
        resent,
        exceededContextTokens: exceeded,
      });
    } catch (error) {
      // What a fallback says instead may be no request at all.
      if (error instanceof GatewayError) return error;
      throw error;
    }
  }

  /** Ollama's window of a model is as large as it is asked for. */
  #canGrow(id: string, tokens: number, mostTokens: number | null): boolean {
    return tokens < (mostTokens ?? Infinity) && this.#exceeded?.id !== id;
  }

  /** The error of the only attempt that was sent, as it was, with why others were not; else of all of them. */
  #told(error: GatewayError): GatewayError {
    const { failed } = this.#progressNow;
    const sent = failed.filter((one) => !this.#unsent.includes(one.error));
    if (sent.length > 1) return error;
    const only = sent[0]?.error ?? this.#lastFailure;
    if (only !== null) return this.#journey.basis.skipped.toldWith(only);
    return this.#unsent[0] ?? error;
  }

  #asked(): Asked {
    const { conversation, wishes, gateway } = this.#journey;
    const { stickTo, boundTo } = this.#ties;
    return {
      needs: this.#readNeeds,
      surelyTakesAtMost: this.#surelyTakesAtMost,
      stream: conversation.head.stream,
      tags: wishes.tags,
      region: wishes.region,
      stickTo,
      boundTo,
      now: gateway.now(),
      random: gateway.random,
    };
  }

  readonly #readNeeds = (): RequestNeeds => (this.#needs ??= this.#journey.conversation.needs());

  /** What was found once is the same for each step and deployment; nothing is guessed once it is known. */
  readonly #surelyTakesAtMost = (tokens: number): boolean => {
    if (tokens >= this.#fits) return true;
    if (this.#needs !== null) return false;
    const fits = this.#journey.conversation.surelyTakesAtMost(tokens);
    if (fits) this.#fits = tokens;
    return fits;
  };

  readonly #groupOf = (name: string): Group | null =>
    groupOf(this.#journey.table, name, this.#readNeeds, this.#journey.facts);

  get #progressNow(): Progress {
    if (this.#progress === null) throw new Error('an exchange went on before its first step');
    return this.#progress;
  }

  get #stepNow(): AttemptStep {
    if (this.#step === null) throw new Error('an attempt failed that no step had asked for');
    return this.#step;
  }
}

/** The context that proved too small, or how much of one the prompt takes where the upstream has counted it. */
function exceededContext({ contextTokens }: Wire, { message }: GatewayError): number | null {
  return contextTokens === null ? null : Math.max(contextTokens, toldPromptTokens(message) ?? 0);
}
