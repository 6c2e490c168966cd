import { encodeOpenAiRequest } from '../dialects/openai-chat/encode-request.ts';
import type { OpenAiRequest } from '../dialects/openai-chat/decode-request.ts';
import type { CallControl } from '../upstream/upstream.ts';
import type { Attempt } from './attempt.ts';
import type { GatewayDependencies } from './dependencies.ts';
import type { InferenceCall } from './inference-call.ts';
import type { Opened } from './sending.ts';

/** Sends an attempt to its target, in the target's words. */
export function dispatch(
  { upstream, demo }: GatewayDependencies,
  { clientHeaders, endpoint }: InferenceCall,
  request: OpenAiRequest,
  { target, resent }: Opened,
  attempt: Attempt,
): CallControl {
  if (target.via.kind === 'demo') return demo.send({ endpoint, bytes: request.bytes, stream: request.stream }, attempt);
  const destination = target.via.endpoint;
  const body = encodeOpenAiRequest(request, { model: target.model, takesStreamUsage: destination.takesStreamUsage });
  const path = `/${endpoint}`;
  return upstream.send({ endpoint: destination, path, clientHeaders, body, freshConnection: resent }, attempt);
}
