import { textPart } from '../canonical/parts.ts';
import type { Message, ToolResult } from '../canonical/request.ts';

/** Said for a call whose result never came: the client gave up, or cut its history. */
const NO_RESULT = 'The result of this tool call is not known.';

/**
 * The messages with the results of every call right behind the message that made it, each of them once, which OpenAI
 * insists on ("An assistant message with 'tool_calls' must be followed by tool messages responding to each
 * 'tool_call_id'", "No tool output found for function call"). What the client has put between the two comes behind the
 * results; a result without its call is left out, a call without its result gets one that says so.
 */
export function withAnsweredCalls(messages: readonly Message[]): readonly Message[] {
  const ordered: Message[] = [];
  messages.forEach((message, index) => {
    if (message.role === 'tool') return;
    ordered.push(message);
    const calls = callsIn(message);
    if (calls.length > 0) ordered.push({ role: 'tool', results: answersTo(calls, resultsBehind(messages, index)) });
  });
  return ordered;
}

function callsIn(message: Message): readonly string[] {
  if (message.role !== 'assistant') return [];
  return message.content.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []));
}

/** Up to the next calls; some clients make a message of each of several calls that were made at once. */
function resultsBehind(messages: readonly Message[], index: number): readonly ToolResult[] {
  let at = index + 1;
  while (messages[at]?.role === 'assistant') at += 1;
  const results: ToolResult[] = [];
  for (let next = messages[at]; next !== undefined && callsIn(next).length === 0; next = messages[++at]) {
    if (next.role === 'tool') results.push(...next.results);
  }
  return results;
}

/** In the order in which they came. An id may be that of several calls, each of which has a result of its own. */
function answersTo(calls: readonly string[], results: readonly ToolResult[]): readonly ToolResult[] {
  const open = new Map<string, number>();
  for (const id of calls) open.set(id, (open.get(id) ?? 0) + 1);
  const answers = results.filter(({ callId }) => {
    const left = open.get(callId) ?? 0;
    open.set(callId, Math.max(0, left - 1));
    return left > 0;
  });
  const missing = [...open].flatMap(([id, left]) => Array.from({ length: left }, () => missingResult(id)));
  return [...answers, ...missing];
}

function missingResult(callId: string): ToolResult {
  return { callId, name: null, content: [textPart(NO_RESULT)], isError: true, cache: null };
}
