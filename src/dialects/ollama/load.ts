import type { Endpoint } from './answer-lines.ts';
import type { JsonObject } from '../../canonical/parts.ts';

/**
 * Whether a body of `/api/chat` or `/api/generate` asks for nothing but that its model be loaded (or unloaded, with
 * `keep_alive: 0`): it has no messages and no prompt.
 */
export function isLoadRequest(body: JsonObject): boolean {
  const { messages, prompt } = body;
  if (messages !== undefined && messages !== null && !(Array.isArray(messages) && messages.length === 0)) return false;
  return prompt === undefined || prompt === null || prompt === '';
}

export function isUnloadRequest(body: JsonObject): boolean {
  return isLoadRequest(body) && isZero(body['keep_alive']);
}

/** A number of seconds, or a duration as Go writes it: `0s`, `0h0m0s`. */
function isZero(duration: unknown): boolean {
  return duration === 0 || (typeof duration === 'string' && /^(?:0+(?:\.0+)?(?:[nuµm]?s|[hm])?)+$/.test(duration));
}

/** The answer to it, always whole, as JSON text; `createdAt`: UTC milliseconds. */
export function loadAnswer(
  model: string,
  asked: { readonly endpoint: Endpoint; readonly body: JsonObject; readonly createdAt: number },
): string {
  const said = asked.endpoint === 'chat' ? { message: { role: 'assistant', content: '' } } : { response: '' };
  return JSON.stringify({
    model,
    created_at: new Date(asked.createdAt).toISOString(),
    ...said,
    done: true,
    done_reason: isUnloadRequest(asked.body) ? 'unload' : 'load',
  });
}
