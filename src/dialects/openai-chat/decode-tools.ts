import type { CacheMark, JsonObject } from '../../canonical/parts.ts';
import type { FunctionTool, Tool, ToolChoice } from '../../canonical/request.ts';
import { booleanField, neededText, objectField, objectsField, textField, wrong } from '../fields.ts';
import { isObject } from '../../std/is-object.ts';

/** `web_search_20250305`, `bash_20250124`: tools that Anthropic's API defines carry the day of their version. */
const ANTHROPIC_TOOL = /^[a-z_]+_\d{8}$/;

export function decodeTools(body: JsonObject): readonly Tool[] {
  const tools = objectsField(body, 'tools', '') ?? [];
  const functions = objectsField(body, 'functions', '') ?? [];
  return [
    ...tools.map((tool, index) => decodeTool(tool, `tools[${index}]`)),
    ...functions.map((tool, index) => functionTool(tool, tool['parameters'], `functions[${index}]`, null)),
  ];
}

function decodeTool(tool: JsonObject, path: string): Tool {
  const type = textField(tool, 'type', path);
  const cache = cacheMarkOf(tool);
  if (tool['input_schema'] !== undefined) return functionTool(tool, tool['input_schema'], path, cache);
  if (type === 'function' || type === null) {
    const inner = objectField(tool, 'function', path);
    if (inner === null) return functionTool(tool, tool['parameters'], path, cache);
    return functionTool(inner, inner['parameters'], `${path}.function`, cache ?? cacheMarkOf(inner));
  }
  if (type === 'custom') {
    const inner = objectField(tool, 'custom', path);
    return customTool(inner ?? tool, inner === null ? path : `${path}.custom`);
  }
  const isAnthropic = ANTHROPIC_TOOL.test(type);
  const name = textField(tool, 'name', path);
  return {
    kind: 'provider',
    origin: isAnthropic ? 'anthropic-messages' : 'openai-chat',
    name: isAnthropic && name !== null ? name : type,
    definition: tool,
  };
}

function functionTool(tool: JsonObject, parameters: unknown, path: string, cache: CacheMark | null): FunctionTool {
  if (parameters !== undefined && parameters !== null && !isObject(parameters)) {
    return wrong(`${path}.parameters`, 'must be an object');
  }
  return {
    kind: 'function',
    name: neededText(tool, 'name', path),
    description: textField(tool, 'description', path),
    parameters: isObject(parameters) && !saysNothing(parameters) ? parameters : null,
    strict: booleanField(tool, 'strict', path),
    namespace: null,
    cache,
  };
}

/** `{}` and an object without a property are two ways to say that there are no arguments. */
function saysNothing(schema: JsonObject): boolean {
  const { type, properties, ...rest } = schema;
  if (Object.keys(rest).length > 0) return false;
  if (type === undefined && properties === undefined) return true;
  return type === 'object' && (properties === undefined || (isObject(properties) && !hasKeys(properties)));
}

function hasKeys(object: JsonObject): boolean {
  return Object.keys(object).length > 0;
}

function customTool(tool: JsonObject, path: string): Tool {
  return {
    kind: 'custom',
    name: neededText(tool, 'name', path),
    description: textField(tool, 'description', path),
    format: objectField(tool, 'format', path),
  };
}

/** `tool_choice`, or what it was called before there were tools. */
export function decodeToolChoice(body: JsonObject): ToolChoice | null {
  const choice = body['tool_choice'] ?? body['function_call'];
  if (choice === undefined || choice === null) return null;
  if (typeof choice === 'string') return choiceByWord(choice) ?? wrong('tool_choice', 'must be auto, none or required');
  if (!isObject(choice)) return wrong('tool_choice', 'must be a string or an object');
  return choiceByObject(choice);
}

function choiceByWord(word: string): ToolChoice | null {
  switch (word) {
    case 'auto':
    case 'none':
    case 'required':
      return { kind: word };
    // Mistral's and Anthropic's word.
    case 'any':
      return { kind: 'required' };
    default:
      return null;
  }
}

/** OpenAI's forms, the flat ones of its Responses, and Anthropic's. */
function choiceByObject(choice: JsonObject): ToolChoice {
  const path = 'tool_choice';
  const type = textField(choice, 'type', path);
  if (type === 'allowed_tools') return allowedTools(objectField(choice, 'allowed_tools', path) ?? choice);
  const word = type === null ? null : choiceByWord(type);
  if (word !== null) return word;
  if (type !== null && type !== 'function' && type !== 'custom' && type !== 'tool') {
    return wrong(`${path}.type`, 'must be function, custom or allowed_tools');
  }
  return { kind: 'tool', name: chosenName(choice, path) };
}

function allowedTools(allowed: JsonObject): ToolChoice {
  const path = 'tool_choice.allowed_tools';
  const tools = objectsField(allowed, 'tools', path) ?? [];
  return {
    kind: 'allowed',
    names: tools.map((tool, index) => chosenName(tool, `${path}.tools[${index}]`)),
    required: textField(allowed, 'mode', path) === 'required',
  };
}

function chosenName(choice: JsonObject, path: string): string {
  const inner = objectField(choice, 'function', path) ?? objectField(choice, 'custom', path);
  return neededText(inner ?? choice, 'name', path);
}

/** The functions of old were called one at a time. */
export function decodeParallel(body: JsonObject): boolean | null {
  const said = booleanField(body, 'parallel_tool_calls', '');
  if (said !== null) return said;
  const choice = body['tool_choice'];
  if (isObject(choice) && choice['disable_parallel_tool_use'] === true) return false;
  return isLegacy(body) ? false : null;
}

/** Whether the client knows `functions` and `function_call`, and nothing of tools. */
export function isLegacy(body: JsonObject): boolean {
  return Array.isArray(body['functions']) && body['tools'] === undefined;
}

/** `cache_control` on a part or a tool, as OpenRouter, Alibaba and LiteLLM take it over from Anthropic. */
export function cacheMarkOf(object: JsonObject): CacheMark | null {
  const control = object['cache_control'];
  if (!isObject(control) || control['type'] !== 'ephemeral') return null;
  return control['ttl'] === '1h' ? '1h' : '5m';
}
