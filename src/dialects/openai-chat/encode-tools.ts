import type { ChatCompletionCustomTool, ChatCompletionFunctionTool } from 'openai/resources/chat/completions';
import type { ChatCompletionToolChoiceOption } from 'openai/resources/chat/completions';
import type { CacheMark, JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest, CustomTool, FunctionTool, Tool, ToolChoice } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { EncodeTarget } from '../dialect.ts';
import { openAiModel } from '../openai-models.ts';
import { objectSchema } from '../object-schema.ts';
import { COMMON_NAMES, toolNamesFor } from '../tool-names.ts';
import type { ToolNames } from '../tool-names.ts';
import { knowsCustomTools } from './models.ts';
import { written } from './written.ts';
import type { Written } from './written.ts';

/** Tools, which of them may be called, and whether several at once. */
export function encodeTools(request: CanonicalRequest, target: EncodeTarget): Written {
  const names = toolNamesFor(request, COMMON_NAMES);
  const choice = encodeChoice(request.toolChoice, request.tools, target, names);
  const taken = choice.tools.filter(isTaken);
  const dropped = choice.tools.filter((tool) => !isTaken(tool)).map(({ name }) => `tools.${name}`);
  if (taken.length === 0) {
    return written({}, [...dropped, ...(asksForTool(request.toolChoice) ? ['tool_choice'] : [])]);
  }
  const { parallelToolCalls } = request;
  const takesParallel = openAiModel(target.model).inChat.parallelChoice;
  const fields = {
    tools: taken.map((tool) => encodeTool(tool, target, names)),
    ...(choice.choice === null ? {} : { tool_choice: choice.choice }),
    ...(parallelToolCalls === null || !takesParallel ? {} : { parallel_tool_calls: parallelToolCalls }),
  };
  const isLost = parallelToolCalls === false && !takesParallel;
  return written(fields, [...dropped, ...choice.dropped, ...(isLost ? ['parallel_tool_calls'] : [])]);
}

/** A tool that some other dialect's provider runs cannot be run here. */
function isTaken(tool: Tool): boolean {
  return tool.kind !== 'provider' || tool.origin === 'openai-chat';
}

function asksForTool(choice: ToolChoice | null): boolean {
  return choice !== null && choice.kind !== 'auto' && choice.kind !== 'none';
}

function encodeTool(tool: Tool, target: EncodeTarget, names: ToolNames): JsonObject {
  switch (tool.kind) {
    case 'function':
      return { ...functionTool(tool, names), ...cacheControl(tool.cache, target) };
    case 'custom':
      return { ...(knowsCustomTools(target.model) ? customTool(tool, names) : wrappedTool(tool, names)) };
    case 'provider':
      return tool.definition;
    default:
      return unreachable(tool);
  }
}

function functionTool(tool: FunctionTool, names: ToolNames): ChatCompletionFunctionTool {
  return {
    type: 'function',
    function: {
      name: names.sent(tool.name),
      ...(tool.description === null ? {} : { description: tool.description }),
      parameters: { ...objectSchema(tool.parameters) },
      ...(tool.strict === null ? {} : { strict: tool.strict }),
    },
  };
}

function customTool(tool: CustomTool, names: ToolNames): ChatCompletionCustomTool {
  // The grammar's form is OpenAI's own, told in its reference and in no type that fits an object as it came.
  const format = tool.format as ChatCompletionCustomTool.Custom['format'] | null;
  return {
    type: 'custom',
    custom: {
      name: names.sent(tool.name),
      ...(tool.description === null ? {} : { description: tool.description }),
      ...(format === null || format === undefined ? {} : { format }),
    },
  };
}

/** A tool that takes any text, for upstreams that only know functions: its text is the argument `input`. */
function wrappedTool(tool: CustomTool, names: ToolNames): ChatCompletionFunctionTool {
  const grammar =
    tool.format?.['type'] === 'grammar' ? ` It must fit this grammar: ${JSON.stringify(tool.format)}` : '';
  const input = { type: 'string', description: `The text that the tool takes.${grammar}` };
  return {
    type: 'function',
    function: {
      name: names.sent(tool.name),
      ...(tool.description === null ? {} : { description: tool.description }),
      parameters: { type: 'object', properties: { input }, required: ['input'], additionalProperties: false },
    },
  };
}

export function cacheControl(cache: CacheMark | null, { quirks }: EncodeTarget): JsonObject {
  if (cache === null || !quirks.cacheMarks) return {};
  return { cache_control: { type: 'ephemeral', ...(cache === '1h' ? { ttl: '1h' } : {}) } };
}

interface Choice {
  /** The tools that are sent: fewer, where that is how a choice among them is said. */
  readonly tools: readonly Tool[];
  readonly choice: JsonObject | string | null;
  readonly dropped: readonly string[];
}

function encodeChoice(
  choice: ToolChoice | null,
  tools: readonly Tool[],
  target: EncodeTarget,
  names: ToolNames,
): Choice {
  const as = (word: JsonObject | string | null): Choice => ({ tools, choice: word, dropped: [] });
  if (choice === null) return as(null);
  if (target.quirks.requiredChoice === 'auto') return choiceByTools(choice, tools);
  switch (choice.kind) {
    case 'auto':
    case 'none':
      return as(choice.kind);
    case 'required':
      return as(target.quirks.requiredChoice);
    case 'tool': {
      const tool = tools.find(({ name }) => name === choice.name);
      if (tool === undefined || !isTaken(tool)) return { tools, choice: null, dropped: ['tool_choice'] };
      return as({ ...namedTool(tool, target, names) });
    }
    case 'allowed':
      return encodeAllowed(choice, tools, target, names);
    default:
      return unreachable(choice);
  }
}

/** Where a choice cannot be said, the tools that are shown are all that there is to it; a demand is lost. */
function choiceByTools(choice: ToolChoice, tools: readonly Tool[]): Choice {
  switch (choice.kind) {
    case 'auto':
      return { tools, choice: 'auto', dropped: [] };
    case 'none':
      return { tools: [], choice: null, dropped: [] };
    case 'required':
      return { tools, choice: 'auto', dropped: ['tool_choice'] };
    case 'tool':
      return { tools: tools.filter(({ name }) => name === choice.name), choice: 'auto', dropped: ['tool_choice'] };
    case 'allowed': {
      const allowed = tools.filter(({ name }) => choice.names.includes(name));
      return { tools: allowed, choice: 'auto', dropped: choice.required ? ['tool_choice'] : [] };
    }
    default:
      return unreachable(choice);
  }
}

type NamedTool = Extract<ChatCompletionToolChoiceOption, { type: 'function' | 'custom' }>;

function namedTool(tool: Tool, { model }: EncodeTarget, names: ToolNames): NamedTool | JsonObject {
  if (tool.kind === 'provider') return { type: tool.name };
  const name = names.sent(tool.name);
  if (tool.kind === 'custom' && knowsCustomTools(model)) return { type: 'custom', custom: { name } };
  return { type: 'function', function: { name } };
}

/** Where the choice has no word, the other tools are not shown at all. */
function encodeAllowed(
  choice: Extract<ToolChoice, { kind: 'allowed' }>,
  tools: readonly Tool[],
  target: EncodeTarget,
  names: ToolNames,
): Choice {
  const allowed = tools.filter(({ name }) => choice.names.includes(name));
  const mode = choice.required ? target.quirks.requiredChoice : 'auto';
  if (!knowsCustomTools(target.model)) return { tools: allowed, choice: mode, dropped: [] };
  const named = allowed.filter(isTaken).map((tool) => ({ ...namedTool(tool, target, names) }));
  const word = { type: 'allowed_tools', allowed_tools: { mode: choice.required ? 'required' : 'auto', tools: named } };
  return { tools, choice: word, dropped: [] };
}
