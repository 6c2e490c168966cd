import type { JsonObject, ToolCallPart } from '../../canonical/parts.ts';
import type { CanonicalRequest, CustomTool, FunctionTool, Tool, ToolChoice } from '../../canonical/request.ts';
import { objectField, objectsField, textField, wrong } from '../fields.ts';
import { isObject } from '../../std/is-object.ts';
import { parseJson } from '../../std/parse-json.ts';
import { parametersOf } from './schema.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { WireTool } from './wire.ts';

/** The one argument of a function that stands for a tool which takes any text. */
const INPUT = 'input';

/**
 * The tools that are offered. Ollama has no `tool_choice`: `none` offers none, a name offers that one alone, and that
 * one of them must be called cannot be said.
 */
export function encodeTools({ tools, toolChoice }: CanonicalRequest, dropped: Set<string>): readonly WireTool[] {
  const offered: WireTool[] = [];
  for (const tool of chosen(tools, toolChoice)) {
    const encoded = encodeTool(tool, dropped);
    if (encoded !== null) offered.push(encoded);
  }
  if (toolChoice !== null && toolChoice.kind !== 'auto' && toolChoice.kind !== 'none') dropped.add('tool_choice');
  return offered;
}

function chosen(tools: readonly Tool[], choice: ToolChoice | null): readonly Tool[] {
  switch (choice?.kind) {
    case undefined:
    case 'auto':
    case 'required':
      return tools;
    case 'none':
      return [];
    case 'tool':
      return named(tools, [choice.name]);
    case 'allowed':
      return named(tools, choice.names);
    default:
      return unreachable(choice);
  }
}

/** All of them where none has such a name: the request is wrong, and the model may still be right. */
function named(tools: readonly Tool[], names: readonly string[]): readonly Tool[] {
  const found = tools.filter(({ name }) => names.includes(name));
  return found.length === 0 ? tools : found;
}

function encodeTool(tool: Tool, dropped: Set<string>): WireTool | null {
  switch (tool.kind) {
    case 'function':
      if (tool.strict === true) dropped.add('tools.strict');
      return { type: 'function', function: { ...described(tool), parameters: parametersOf(tool.parameters) } };
    case 'custom':
      return { type: 'function', function: { ...described(tool), parameters: inputParameters(tool) } };
    case 'provider':
      dropped.add(`tools.${tool.name}`);
      return null;
    default:
      return unreachable(tool);
  }
}

function described({ name, description }: FunctionTool | CustomTool): { name: string; description?: string } {
  return description === null ? { name } : { name, description };
}

function inputParameters({ format }: CustomTool): JsonObject {
  const description = format === null ? {} : { description: `In this form: ${JSON.stringify(format)}` };
  return { type: 'object', properties: { [INPUT]: { type: 'string', ...description } }, required: [INPUT] };
}

/** The arguments of an earlier call. What a model wrote that is no object cannot be said here. */
export function argumentsOf({ kind, arguments: text }: ToolCallPart): JsonObject {
  if (kind === 'custom') return { [INPUT]: text };
  const value = parseJson(text);
  return isObject(value) ? value : {};
}

/** A call that the model made, by the tools that it was offered. `value`: its arguments as they came. */
export function calledTool(name: string, value: unknown, { tools }: CanonicalRequest): CalledTool {
  // Some emulations of Ollama send the arguments as OpenAI does, as a text.
  const object = typeof value === 'string' ? (parseJson(value) ?? value) : (value ?? {});
  if (!tools.some((tool) => tool.kind === 'custom' && tool.name === name)) {
    return { kind: 'function', text: typeof object === 'string' ? object : JSON.stringify(object) };
  }
  const input = isObject(object) ? object[INPUT] : object;
  return { kind: 'custom', text: typeof input === 'string' ? input : JSON.stringify(object) };
}

interface CalledTool {
  readonly kind: 'function' | 'custom';
  readonly text: string;
}

/** The tools of a request that a client sent. */
export function decodeTools(body: JsonObject): readonly Tool[] {
  return (objectsField(body, 'tools', '') ?? []).map((tool, index) => decodeTool(tool, `tools[${index}]`));
}

function decodeTool(tool: JsonObject, path: string): Tool {
  const { function: definition } = tool;
  if (definition === undefined || definition === null) {
    const type = textField(tool, 'type', path);
    if (type === null || type === 'function') return wrong(`${path}.function`, 'must be an object');
    return { kind: 'provider', origin: 'ollama', name: type, definition: tool };
  }
  if (!isObject(definition)) return wrong(`${path}.function`, 'must be an object');
  const name = textField(definition, 'name', `${path}.function`);
  if (name === null || name === '') return wrong(`${path}.function.name`, 'must be a name');
  return {
    kind: 'function',
    name,
    description: textField(definition, 'description', `${path}.function`),
    parameters: objectField(definition, 'parameters', `${path}.function`),
    strict: null,
    namespace: null,
    cache: null,
  };
}
