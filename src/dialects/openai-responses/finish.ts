import type { AnswerEvent, Finish, FinishReason } from '../../canonical/answer.ts';
import type { JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest } from '../../canonical/request.ts';
import type { Usage } from '../../canonical/usage.ts';
import { isObject } from '../../std/is-object.ts';
import { decodeUsage } from './usage.ts';

/** How an answer ended, and what it took. */
export function decodeEnd(response: JsonObject, request: CanonicalRequest, hasCalls: boolean): readonly AnswerEvent[] {
  const usage = decodeUsage(response['usage']);
  const finish: AnswerEvent = { type: 'finish', finish: decodeFinish(response, request, usage, hasCalls) };
  return usage === null ? [finish] : [{ type: 'usage', usage }, finish];
}

function decodeFinish(response: JsonObject, request: CanonicalRequest, usage: Usage | null, hasCalls: boolean): Finish {
  const details = response['incomplete_details'];
  const why = isObject(details) && typeof details['reason'] === 'string' ? details['reason'] : null;
  const status = typeof response['status'] === 'string' ? response['status'] : null;
  // vLLM's last event is `response.completed` whatever happened; its `status` tells.
  if (status === 'incomplete' || why !== null) {
    return finish(why === 'content_filter' ? 'content_filter' : 'length', why ?? status);
  }
  if (hasCalls) return finish('tool_calls', status);
  return finish(reachedLimit(response, request, usage) ? 'length' : 'stop', status);
}

/** Ollama, llama-server and transformers say `completed` of an answer that they cut (recorded). */
function reachedLimit(response: JsonObject, request: CanonicalRequest, usage: Usage | null): boolean {
  const said = response['max_output_tokens'];
  const limit = typeof said === 'number' ? said : request.maxOutputTokens;
  return limit !== null && usage !== null && (usage.outputTokens ?? -1) >= limit;
}

function finish(reason: FinishReason, raw: string | null): Finish {
  return { reason, raw, stopSequence: null, detail: null };
}
