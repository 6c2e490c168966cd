import type { CallControl, OwnLimits } from '../upstream/upstream.ts';
import { rememberContext } from './asked-contexts.ts';
import type { Attempt } from './attempt.ts';
import { limitsOfCall } from './call-limits.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { Opened } from './sending.ts';

/** Sends an attempt to its target, in the target's words. */
export function dispatch(
  { upstream, demo, now }: GatewayDependencies,
  { call }: ExchangeBasis,
  opened: Opened,
  attempt: Attempt,
): CallControl {
  const { target, conversation, wire, resent } = opened;
  const { address, path, body, headers, secretHeaders, passes, mock } = wire;
  if (mock !== null || target.via.kind === 'demo') {
    const { stream } = conversation.head;
    return demo.send({ task: conversation.face.task, bytes: body, stream, mock, model: target.model }, attempt);
  }
  // What is not sent loads nothing.
  if (wire.contextTokens !== null) rememberContext(target, wire.contextTokens);
  const { endpoint } = target.via;
  const { clientHeaders } = call;
  const limits = limitsOf(opened, now());
  const freshConnection = resent;
  return upstream.send(
    { endpoint, address, path, clientHeaders, passes, headers, secretHeaders, limits, body, freshConnection },
    attempt,
  );
}

function limitsOf({ deployment, conversation, wishes, deadlineAt }: Opened, now: number): OwnLimits {
  const { timeoutMs, streamTimeoutMs } = wishes;
  return limitsOfCall({
    timeouts: deployment.terms.timeouts,
    stream: conversation.head.stream,
    timeoutMs,
    streamTimeoutMs,
    remainingMs: deadlineAt - now,
  });
}
