import type { JsonObject } from '../../canonical/parts.ts';
import type { Tool, ToolChoice } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { booleanField, neededText, objectField, objectsField, textField, wrong } from '../fields.ts';
import { namespacedName } from './namespaces.ts';
import { isClientSearch, TOOL_SEARCH, toolsInInput } from './tool-search.ts';

/**
 * The request's tools, with those that came in the course of the conversation; those of a namespace stand beside the
 * others, under the name `namespace__name`.
 */
export function decodeTools(body: JsonObject): readonly Tool[] {
  const given = (objectsField(body, 'tools', '') ?? []).flatMap((tool, index) => decodeTool(tool, `tools[${index}]`));
  const found = toolsInInput(body).flatMap(({ tool, path }) => decodeTool(tool, path));
  return found.length === 0 ? given : eachOnce([...given, ...found]);
}

/**
 * A tool may come again in the course of the conversation: the last one counts, at the place of the first. Of tools
 * that OpenAI runs several may be of one type, and one may have the name of a tool of the client's.
 */
function eachOnce(tools: readonly Tool[]): readonly Tool[] {
  const keyOf = (tool: Tool): string =>
    tool.kind === 'provider' ? JSON.stringify(tool.definition) : `own ${tool.name}`;
  return [...new Map(tools.map((tool) => [keyOf(tool), tool])).values()];
}

/** One tool, or all those of a namespace. */
export function decodeTool(tool: JsonObject, path: string): readonly Tool[] {
  const type = textField(tool, 'type', path) ?? 'function';
  if (type === 'function') return [functionTool(tool, path, null)];
  if (type === 'custom') return [customTool(tool, path, null)];
  if (type === 'namespace') return namespaceTools(tool, path);
  if (isClientSearch(tool)) return [functionTool({ ...tool, name: TOOL_SEARCH }, path, null)];
  return [{ kind: 'provider', origin: 'openai-responses', name: type, definition: tool }];
}

function namespaceTools(tool: JsonObject, path: string): readonly Tool[] {
  const namespace = neededText(tool, 'name', path);
  return (objectsField(tool, 'tools', path) ?? []).map((child, index) => {
    const childPath = `${path}.tools[${index}]`;
    const isCustom = textField(child, 'type', childPath) === 'custom';
    return isCustom ? customTool(child, childPath, namespace) : functionTool(child, childPath, namespace);
  });
}

/** Flat, or with chat's `function` around it: clients of both send both. */
function functionTool(tool: JsonObject, path: string, namespace: string | null): Tool {
  const inner = objectField(tool, 'function', path);
  const flat = inner ?? tool;
  const at = inner === null ? path : `${path}.function`;
  const localName = neededText(flat, 'name', at);
  return {
    kind: 'function',
    name: namespace === null ? localName : namespacedName(namespace, localName),
    description: textField(flat, 'description', at),
    parameters: objectField(flat, 'parameters', at),
    // `false` is what the other dialects mean by nothing; here nothing means "strict where the schema allows it".
    strict: booleanField(flat, 'strict', at) === true ? true : null,
    namespace: namespace === null ? null : { name: namespace, localName },
    cache: null,
  };
}

function customTool(tool: JsonObject, path: string, namespace: string | null): Tool {
  const inner = objectField(tool, 'custom', path);
  const flat = inner ?? tool;
  const at = inner === null ? path : `${path}.custom`;
  const localName = neededText(flat, 'name', at);
  const format = objectField(flat, 'format', at);
  return {
    kind: 'custom',
    name: namespace === null ? localName : namespacedName(namespace, localName),
    description: textField(flat, 'description', at),
    format: format?.['type'] === 'text' ? null : format,
  };
}

/** Which tools the model may or must call: a word, one tool, or a list of them. */
export function decodeToolChoice(body: JsonObject, tools: readonly Tool[]): ToolChoice | null {
  const choice = body['tool_choice'] ?? null;
  if (choice === null) return null;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
  if (!isObject(choice)) wrong('tool_choice', 'must be `auto`, `none`, `required` or an object');
  const type = neededText(choice, 'type', 'tool_choice');
  if (type === 'auto' || type === 'none' || type === 'required') return { kind: type };
  if (type !== 'allowed_tools') return { kind: 'tool', name: chosenName(choice, 'tool_choice', tools) };
  const inner = objectField(choice, 'allowed_tools', 'tool_choice') ?? choice;
  const allowed = objectsField(inner, 'tools', 'tool_choice') ?? [];
  return {
    kind: 'allowed',
    names: allowed.map((tool, index) => chosenName(tool, `tool_choice.tools[${index}]`, tools)),
    required: inner['mode'] === 'required',
  };
}

/** Tools that the provider runs have no name but their type. */
function chosenName(choice: JsonObject, path: string, tools: readonly Tool[]): string {
  const type = neededText(choice, 'type', path);
  if (type !== 'function' && type !== 'custom') return type;
  const inner = objectField(choice, type, path);
  const name = inner === null ? neededText(choice, 'name', path) : neededText(inner, 'name', `${path}.${type}`);
  if (tools.some((tool) => tool.name === name)) return name;
  const local = tools.find((tool) => tool.kind === 'function' && tool.namespace?.localName === name);
  return local?.name ?? name;
}
