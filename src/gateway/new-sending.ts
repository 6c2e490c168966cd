import type { AnswerHeaders } from '../upstream/upstream.ts';
import { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import { OPENING_HELD_MS } from './relay.ts';
import { filterFails } from './filtered-answer.ts';
import { keeperOf } from './response-turns.ts';
import type { JoinedAnswer } from './joined-answer.ts';
import type { Opened, Sending } from './sending.ts';

/** What an attempt tells its exchange. */
export interface SendingHooks {
  /** Something of its answer is about to reach the client: status and headers are to be written. */
  readonly onCommit: (sending: Sending, headers: AnswerHeaders) => void;
  readonly onFirstEvent: (sending: Sending) => void;
  readonly onEnd: (sending: Sending, end: AttemptEnd) => void;
  /** Something of ours threw while it took the answer. */
  readonly onBug: (cause: unknown) => void;
}

/** An attempt that was opened, ready to be sent. `joined`: its answer, where it may be more than this one's. */
export function newSending(
  opened: Opened,
  { call }: ExchangeBasis,
  gateway: GatewayDependencies,
  hooks: SendingHooks,
  joined: JoinedAnswer | null,
): Sending {
  const { target, wire, conversation } = opened;
  const attempt = new Attempt({
    target,
    wire,
    conversation,
    exchangeId: call.exchangeId,
    asLiteLlm: call.asLiteLlm,
    response: call.response,
    maxAnswerBytes: gateway.maxAnswerBytes,
    keeper: keeperOf(opened, call.keyId, gateway),
    joined,
    openingHeldMs: openingHeldMs(opened),
    filterFails: filterFails(opened),
    commit: (headers) => hooks.onCommit(sending, headers),
    onFirstEvent: () => hooks.onFirstEvent(sending),
    onEnd: (end) => hooks.onEnd(sending, end),
    onBug: hooks.onBug,
  });
  // Not by spreading, which takes its time on every request's path.
  const sending: Sending = {
    deployment: opened.deployment,
    group: opened.group,
    fallback: opened.fallback,
    conversation,
    wishes: opened.wishes,
    deadlineAt: opened.deadlineAt,
    resent: opened.resent,
    exceededContextTokens: opened.exceededContextTokens,
    target,
    hold: opened.hold,
    call: opened.call,
    wire,
    number: opened.number,
    openedAt: opened.openedAt,
    recorded: opened.recorded,
    joined,
    attempt,
  };
  return sending;
}

/** Of two beside each other the one that answers is not the one that says first that it will. */
function openingHeldMs({ group }: Opened): number {
  return group.hedge.kind === 'off' || group.deployments.length < 2 ? OPENING_HELD_MS : Infinity;
}
