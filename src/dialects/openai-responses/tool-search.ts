import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';

/**
 * The search for deferred tools where the client runs it (`ToolSearchTool` with `execution: "client"`, as Codex has it
 * for models of OpenAI's). To others it is a function of this name: its call is an item `tool_search_call`, its result
 * an item
 * `tool_search_output` with the tools that were found, which can be called from there on.
 */
export const TOOL_SEARCH = 'tool_search';

export function isClientSearch(tool: unknown): boolean {
  return isObject(tool) && tool['type'] === TOOL_SEARCH && tool['execution'] === 'client';
}

/** Whether a call of that name is the client's search. */
export function hasClientSearch(body: JsonObject): boolean {
  return Array.isArray(body['tools']) && body['tools'].some(isClientSearch);
}

/** A tool that stands in an item of the input, and where. */
export interface FoundTool {
  readonly tool: JsonObject;
  readonly path: string;
}

/** Tools that came in the course of the conversation: found by the client's search, or put there by a developer. */
export function toolsInInput(body: JsonObject): readonly FoundTool[] {
  const { input } = body;
  if (!Array.isArray(input)) return [];
  return (input as unknown[]).flatMap((item, index) => {
    if (!isObject(item) || !(item['type'] === 'additional_tools' || isClientOutput(item))) return [];
    return listOf(item['tools']).flatMap((tool, place) =>
      isObject(tool) ? [{ tool, path: `input[${index}].tools[${place}]` }] : [],
    );
  });
}

/** What OpenAI itself found stays an item of OpenAI's own. */
export function isClientCall(item: JsonObject): boolean {
  return item['type'] === 'tool_search_call' && item['execution'] === 'client' && typeof item['call_id'] === 'string';
}

export function isClientOutput(item: JsonObject): boolean {
  return item['type'] === 'tool_search_output' && item['execution'] === 'client' && typeof item['call_id'] === 'string';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
