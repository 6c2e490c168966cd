import type {
  CustomTool as WireCustomTool,
  FunctionTool as WireFunctionTool,
  NamespaceTool,
  ResponseCreateParamsBase,
  Tool as WireTool,
  ToolChoiceAllowed,
} from 'openai/resources/responses/responses';
import type { JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest, CustomTool, FunctionTool, Tool } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import { objectSchema } from '../object-schema.ts';
import type { ToolNames } from '../tool-names.ts';
import type { Drop } from './encode-options.ts';

type ToolFields = Pick<ResponseCreateParamsBase, 'tools' | 'tool_choice' | 'parallel_tool_calls'>;
type Choice = NonNullable<ResponseCreateParamsBase['tool_choice']>;

/** `tools`, `tool_choice` and `parallel_tool_calls`; without a tool there is neither of the others. */
export function encodeToolFields(request: CanonicalRequest, names: ToolNames, drop: Drop): ToolFields {
  const sent = request.tools.filter((tool) => tool.kind !== 'provider' || tool.origin === 'openai-responses');
  for (const tool of request.tools) if (!sent.includes(tool)) drop(`tools.${tool.name}`);
  const { toolChoice, parallelToolCalls } = request;
  if (sent.length === 0) {
    if (toolChoice !== null) drop('tool_choice');
    if (parallelToolCalls !== null) drop('parallel_tool_calls');
    return {};
  }
  const choice = encodeToolChoice(request, sent, names, drop);
  return {
    tools: encodeTools(sent, names),
    ...(choice === null ? {} : { tool_choice: choice }),
    ...(parallelToolCalls === null ? {} : { parallel_tool_calls: parallelToolCalls }),
  };
}

/** The tools of one namespace stand together, where the first of them stood. */
function encodeTools(tools: readonly Tool[], names: ToolNames): WireTool[] {
  const encoded: WireTool[] = [];
  const namespaces = new Map<string, NamespaceTool>();
  for (const tool of tools) {
    if (tool.kind === 'custom') encoded.push(customTool(tool, names));
    else if (tool.kind === 'provider') encoded.push(providerTool(tool.definition));
    else if (tool.namespace === null) encoded.push(functionTool(tool, names.sent(tool.name)));
    else {
      const { name, localName } = tool.namespace;
      let namespace = namespaces.get(name);
      if (namespace === undefined) {
        namespace = { type: 'namespace', name, description: name, tools: [] };
        namespaces.set(name, namespace);
        encoded.push(namespace);
      }
      namespace.tools.push(functionTool(tool, localName));
    }
  }
  return encoded;
}

function functionTool(tool: FunctionTool, name: string): WireFunctionTool {
  return {
    type: 'function',
    name,
    ...(tool.description === null ? {} : { description: tool.description }),
    parameters: { ...objectSchema(tool.parameters) },
    // Left out, it means "strict where the schema allows it", which makes every parameter a required one.
    strict: tool.strict ?? false,
  };
}

function customTool(tool: CustomTool, names: ToolNames): WireCustomTool {
  return {
    type: 'custom',
    name: names.sent(tool.name),
    ...(tool.description === null ? {} : { description: tool.description }),
    ...(tool.format === null ? {} : { format: customFormat(tool.format) }),
  };
}

/** A grammar as it came: the SDK's type knows the same three fields. */
function customFormat(format: JsonObject): NonNullable<WireCustomTool['format']> {
  const { type, syntax, definition } = format;
  if (type !== 'grammar' || typeof definition !== 'string') return { type: 'text' };
  return { type, syntax: syntax === 'regex' ? 'regex' : 'lark', definition };
}

/** A tool that OpenAI runs goes back as it came: it was never read, and may be newer than the SDK's type. */
function providerTool(definition: JsonObject): WireTool {
  return definition as unknown as WireTool;
}

function encodeToolChoice(
  { toolChoice }: CanonicalRequest,
  sent: readonly Tool[],
  names: ToolNames,
  drop: Drop,
): Choice | null {
  if (toolChoice === null) return null;
  switch (toolChoice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return toolChoice.kind;
    case 'tool': {
      const chosen = sent.find((tool) => tool.name === toolChoice.name);
      if (chosen === undefined) drop('tool_choice');
      return chosen === undefined ? null : choiceOf(chosen, names);
    }
    case 'allowed': {
      const tools = toolChoice.names.flatMap((name) => {
        const tool = sent.find((candidate) => candidate.name === name);
        return tool === undefined ? [] : [{ ...choiceOf(tool, names) }];
      });
      if (tools.length < toolChoice.names.length) drop('tool_choice');
      if (tools.length === 0) return null;
      return {
        type: 'allowed_tools',
        mode: toolChoice.required ? 'required' : 'auto',
        tools,
      } satisfies ToolChoiceAllowed;
    }
    default:
      return unreachable(toolChoice);
  }
}

/** A tool that OpenAI runs is chosen by its type; the SDK lists the types of its day. */
function choiceOf(tool: Tool, names: ToolNames): Exclude<Choice, string> {
  if (tool.kind === 'provider') return { ...serverOf(tool.definition), type: tool.name } as Exclude<Choice, string>;
  if (tool.kind === 'custom') return { type: 'custom', name: names.sent(tool.name) };
  return { type: 'function', name: tool.namespace?.localName ?? names.sent(tool.name) };
}

function serverOf(definition: JsonObject): JsonObject {
  const { server_label: label } = definition;
  return typeof label === 'string' ? { server_label: label } : {};
}
