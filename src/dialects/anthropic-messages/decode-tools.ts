import type { JsonObject } from '../../canonical/parts.ts';
import type { FunctionTool, Tool, ToolChoice } from '../../canonical/request.ts';
import { booleanField, neededText, objectField, objectsField, textField, wrong } from '../fields.ts';
import { readCacheMark } from './cache-marks.ts';
import { ORIGIN } from './states.ts';

/**
 * The tools of a request. Those with a `type` of their own are the provider's. `defer_loading`, `input_examples` and
 * what else is about how Anthropic loads a tool is left out: Claude Code sends the schemas of those that were
 * asked for along.
 */
export function decodeTools(body: JsonObject): readonly Tool[] {
  return (objectsField(body, 'tools', '') ?? []).map((tool, index) => decodeTool(tool, `tools[${index}]`));
}

export function decodeTool(tool: JsonObject, path: string): Tool {
  const type = textField(tool, 'type', path);
  if (type !== null && type !== 'custom') {
    // `web_search_20250305` is version 2025-03-05 of `web_search`.
    return { kind: 'provider', origin: ORIGIN, name: type.replace(/_\d{8}$/, ''), definition: tool };
  }
  return {
    kind: 'function',
    name: neededText(tool, 'name', path),
    description: textField(tool, 'description', path),
    parameters: objectField(tool, 'input_schema', path),
    strict: booleanField(tool, 'strict', path),
    namespace: null,
    cache: readCacheMark(tool, path),
  } satisfies FunctionTool;
}

export interface DecodedChoice {
  readonly choice: ToolChoice | null;
  readonly parallel: boolean | null;
}

export function decodeToolChoice(body: JsonObject): DecodedChoice {
  const given = objectField(body, 'tool_choice', '');
  if (given === null) return { choice: null, parallel: null };
  const single = booleanField(given, 'disable_parallel_tool_use', 'tool_choice');
  return { choice: choiceOf(given), parallel: single === null ? null : !single };
}

function choiceOf(given: JsonObject): ToolChoice {
  switch (neededText(given, 'type', 'tool_choice')) {
    case 'auto':
      return { kind: 'auto' };
    case 'any':
      return { kind: 'required' };
    case 'none':
      return { kind: 'none' };
    case 'tool':
      return { kind: 'tool', name: neededText(given, 'name', 'tool_choice') };
    default:
      return wrong('tool_choice.type', 'must be auto, any, tool or none');
  }
}
