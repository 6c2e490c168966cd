import type { CallControl } from '../upstream/upstream.ts';
import { rememberContext } from './asked-contexts.ts';
import type { Attempt } from './attempt.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { ExchangeBasis } from './exchange-basis.ts';
import type { Opened } from './sending.ts';

/** Sends an attempt to its target, in the target's words. */
export function dispatch(
  { upstream, demo }: GatewayDependencies,
  { call, conversation }: ExchangeBasis,
  { target, wire, resent }: Opened,
  attempt: Attempt,
): CallControl {
  const { address, path, body, headers, passes } = wire;
  if (target.via.kind === 'demo') {
    const stream = conversation?.head.stream === true;
    return demo.send({ task: conversation?.face.task ?? 'chat', bytes: body, stream }, attempt);
  }
  // What is not sent loads nothing.
  if (wire.contextTokens !== null) rememberContext(target, wire.contextTokens);
  const { endpoint } = target.via;
  const { clientHeaders } = call;
  return upstream.send(
    { endpoint, address, path, clientHeaders, passes, headers, body, freshConnection: resent },
    attempt,
  );
}
