import { GatewayError } from '../canonical/errors.ts';
import type { Target } from '../canonical/target.ts';
import { estimatePromptTokens } from '../dialects/prompt-estimate.ts';
import type { Deployment, Group } from '../routing/group.ts';
import { factsOfTarget } from '../routing/known-names.ts';
import { planRoute } from '../routing/plan.ts';
import type { RouteTable } from '../routing/route-table.ts';
import { select } from '../routing/select.ts';
import { isObject } from '../std/is-object.ts';
import { parseJson } from '../std/parse-json.ts';
import { NO_SECRET_HEADERS } from '../upstream/upstream.ts';
import type { AnswerHeaders, AnswerSink, CallControl } from '../upstream/upstream.ts';
import { providerOf } from './answer-headers.ts';
import { ClientAnswer } from './client-answer.ts';
import type { Conversation } from './conversation.ts';
import { ConversationFacts } from './auto-facts.ts';
import { countableBody } from './countable.ts';
import { hasLeft, watchDeparture } from './departure.ts';
import type { GatewayDependencies } from './dependencies.ts';
import { basisOf } from './exchange-basis.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { hideSecrets, secretsTo } from './hide-secrets.ts';
import type { InferenceCall } from './inference-call.ts';
import { plannedName } from './planned-name.ts';
import { readCall } from './prepare.ts';
import type { RequestWishes } from './request-wishes.ts';
import { turnOf } from './response-turns.ts';
import { CollectedBody } from './whole-answer.ts';
import { isTranslated, wireTo } from './wire.ts';
import type { Wire } from './wire.ts';

/** A number is all that is in it, or what is wrong. */
const MAX_ANSWER_BYTES = 256 * 1024;
const JSON_TYPE = 'application/json; charset=utf-8';

/** The upstream that is asked, and what it is sent. */
interface Asked {
  readonly target: Target;
  readonly wire: Wire;
}

/**
 * Answers how many tokens a prompt has: by the upstream that the model is asked at where it speaks the client's dialect
 * itself, which is free of charge; else it is counted here. No row is written, since nothing is spent.
 */
export class TokenCount {
  readonly #basis: ExchangeBasis;
  readonly #gateway: GatewayDependencies;
  readonly #onDone: () => void;
  readonly #answer: ClientAnswer;
  #control: CallControl | null = null;
  #isOver = false;
  #stopWatching: (() => void) | null = null;

  constructor(call: InferenceCall, gateway: GatewayDependencies, onDone: () => void) {
    this.#basis = basisOf(call);
    this.#gateway = gateway;
    this.#onDone = onDone;
    this.#answer = new ClientAnswer(this.#basis);
  }

  run(): void {
    const { response } = this.#basis.call;
    if (hasLeft(response)) {
      this.#onDone();
      return;
    }
    this.#stopWatching = watchDeparture(response, () => this.#leave());
    this.#guard(() => this.#begin());
  }

  #begin(): void {
    const { call } = this.#basis;
    const table = this.#gateway.routes(call.profile);
    this.#basis.profile = table.profile;
    const [conversation, wishes] = readCall(call, this.#basis);
    conversation.checkNeeded();
    const turn = turnOf(conversation, call.keyId, this.#gateway.responses);
    if (turn !== null) conversation.goOnWith(turn);
    const name = plannedName(table, call.face, conversation.head.model);
    const plan = planRoute(table, name, () => conversation.needs(), new ConversationFacts(conversation));
    this.#basis.plan = plan;
    const deployment = this.#mayBeAsked(plan.group, conversation, wishes);
    const target = deployment?.target ?? plan.targets[0];
    if (target === undefined) throw new Error('a plan without a target');
    if (deployment !== null && speaksItself(deployment, conversation)) {
      // What else the deployment has made of requests changes little of the number, and could be refused here.
      const secretHeaders = deployment.changes?.headers ?? NO_SECRET_HEADERS;
      this.#ask({ target, wire: { ...wireTo(conversation, target), secretHeaders } }, false);
    } else {
      checkReads(table, target, call.face.name);
      this.#countHere(target);
    }
  }

  /** The one of the group that may see the prompt, by its tags and region, and is well; the same each time. */
  #mayBeAsked(group: Group, conversation: Conversation, { tags, region }: RequestWishes): Deployment | null {
    const { health, now } = this.#gateway;
    const needs = () => conversation.needs();
    const asked = { needs, stream: false, tags, region, stickTo: null, now: now(), random: () => 0 };
    const selection = select(group, new Set(), health, asked, { lastResort: true });
    return selection.kind === 'chosen' ? selection.deployment : null;
  }

  #ask(asked: Asked, freshConnection: boolean): void {
    const { target, wire } = asked;
    if (target.via.kind !== 'network') throw new Error('the demo was to be asked over a network');
    const { address, path, headers, secretHeaders, body } = wire;
    const { clientHeaders } = this.#basis.call;
    const sent = { endpoint: target.via.endpoint, address, path, clientHeaders, passes: true, headers, body };
    const call = { ...sent, secretHeaders, limits: null };
    const sink = this.#sinkFor(asked, freshConnection);
    this.#control = this.#gateway.upstream.send({ ...call, freshConnection }, sink);
  }

  #sinkFor(asked: Asked, resent: boolean): AnswerSink {
    const collected = new CollectedBody(MAX_ANSWER_BYTES);
    const head: { status: number; headers: AnswerHeaders } = { status: 0, headers: {} };
    return {
      onHead: (status, headers) => Object.assign(head, { status, headers }),
      onData: (chunk) => {
        if (collected.push(chunk)) return;
        this.#control?.abort();
        const message = `${providerOf(asked.target)} answered with more than ${MAX_ANSWER_BYTES} bytes.`;
        this.#fail(new GatewayError('upstream_answer_too_large', message));
      },
      onEnd: () => {
        this.#guard(() => this.#answered(asked, head.status, head.headers, collected.take()));
      },
      onFailure: (error, staleConnection) => {
        if (staleConnection && !resent) this.#guard(() => this.#ask(asked, true));
        else this.#fail(error);
      },
    };
  }

  #answered({ target, wire }: Asked, status: number, headers: AnswerHeaders, body: Buffer): void {
    const provider = providerOf(target);
    if (status >= 300 && status < 400) {
      throw new GatewayError('upstream_redirect', `${provider} answered with a redirect (${status}).`);
    }
    const text = body.toString('utf8');
    if (status < 300) {
      if (!isObject(parseJson(text))) {
        throw new GatewayError('upstream_invalid_answer', `${provider} answered something that is no JSON object.`);
      }
      this.#answer.sendWhole({ headers, target, dropped: [] }, { body, contentType: null }, null, performance.now());
      return;
    }
    const error = this.#errorIn({ target, wire }, status, headers, text);
    // Servers there are that imitate the dialect and do not count.
    if (NOT_THERE.has(status) && error.type === 'upstream_error') this.#countHere(target);
    else throw error;
  }

  #errorIn({ target, wire }: Asked, status: number, headers: AnswerHeaders, text: string): GatewayError {
    const provider = providerOf(target);
    const secrets = secretsTo(target, wire);
    const { 'retry-after': wait } = headers;
    const retryAfter = typeof wait === 'string' ? wait : null;
    if (wire.back === null) throw new Error('what is counted is a conversation');
    return wire.back.decodeError({ provider, status, retryAfter, body: hideSecrets(text, secrets) });
  }

  #countHere(target: Target): void {
    const { conversation } = this.#basis;
    if (conversation === null) throw new Error('nothing was read that could be counted');
    const request = countableBody(conversation, target.model);
    if (request === null) {
      this.#tell(target, estimatePromptTokens(conversation.request));
      return;
    }
    const input = { model: target.model, request, answer: [], answerKind: 'text' } as const;
    this.#gateway.countTokens(input, (usage) => {
      this.#guard(() => this.#tell(target, usage?.inputTokens ?? estimatePromptTokens(conversation.request)));
    });
  }

  #tell(target: Target, tokens: number): void {
    const { countAnswer, name } = this.#basis.call.face;
    if (countAnswer === null) throw new Error(`${name} counts nothing`);
    if (this.#isOver) return;
    const body = Buffer.from(countAnswer(tokens));
    const origin = { headers: {}, target, dropped: [] };
    this.#answer.sendWhole(origin, { body, contentType: JSON_TYPE }, null, performance.now());
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof GatewayError) this.#fail(error);
      else this.#failInside(error);
    }
  }

  #failInside(cause: unknown): void {
    const exchange = this.#basis.call.exchangeId;
    this.#gateway.logger.error({ err: cause, exchange }, 'tokens could not be counted');
    this.#fail(new GatewayError('internal_error', 'The gateway failed.', { cause }));
  }

  #fail(error: GatewayError): void {
    if (!this.#isOver) this.#answer.sendError({ headers: {}, target: null, dropped: [] }, error);
  }

  /** The answer has left, or its client. */
  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopWatching?.();
    this.#control?.abort();
    this.#onDone();
  }
}

const NOT_THERE: ReadonlySet<number> = new Set([404, 405, 501]);

/** What draws, or embeds, has no prompt of that kind: a number for it would be made up. */
function checkReads(table: RouteTable, target: Target, face: string): void {
  const { capabilities } = factsOfTarget(table, target);
  if (capabilities === null || capabilities.includes('chat') || capabilities.includes('completion')) return;
  const message = `${target.name} does not answer ${face}: it is for ${capabilities.join(', ')}.`;
  throw new GatewayError('endpoint_not_supported', message, { param: 'model' });
}

/** Where it would have to be translated, what is sent would be a prompt that is answered, and paid for. */
function speaksItself({ target, changes }: Deployment, conversation: Conversation): boolean {
  const { via } = target;
  if ((changes?.mock ?? null) !== null) return false;
  if (via.kind !== 'network' || via.endpoint.dialect !== conversation.face.dialect) return false;
  return !isTranslated(conversation, target);
}
