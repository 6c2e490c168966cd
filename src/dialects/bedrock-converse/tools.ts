import type { JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest, CustomTool, FunctionTool, ToolChoice } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { ToolNames } from '../tool-names.ts';
import { COMMON_NAMES, toolNamesFor } from '../tool-names.ts';
import type { Dropped } from './dropped.ts';
import type { ConverseModel } from './models.ts';
import { ORIGIN } from './state.ts';
import { rememberedTool, specsOf, toolSpec } from './tool-specs.ts';
import type { ToolChoiceBlock, ToolConfig } from './wire.ts';

/** The names of a request's tools, and the name of the tool that stands for its JSON schema. */
export interface RequestTools {
  readonly names: ToolNames;
  readonly answerTool: string;
}

/** What is decided of a request's tools. */
export interface EncodedTools {
  /** `null`: none is sent. */
  readonly config: ToolConfig | null;
  /** For `additionalModelRequestFields`: Claude's own words for what Converse has none for. */
  readonly fields: JsonObject;
  /** A tool must be called. */
  readonly isForced: boolean;
  /** What the system prompt is to say of the form of the answer, where no tool stands for it. */
  readonly instruction: string | null;
}

/** The same request gives the same names, when it is sent and when its answer is read. */
export function requestTools(request: CanonicalRequest): RequestTools {
  const names = toolNamesFor(request, COMMON_NAMES);
  const taken = new Set(request.tools.map(({ name }) => names.sent(name)));
  let answerTool = 'json_answer';
  for (let number = 2; taken.has(answerTool); number++) answerTool = `json_answer_${number}`;
  return { names, answerTool };
}

/** `history`: the names, as they are sent, of the tools whose calls and results the messages tell of. */
export function encodeTools(
  request: CanonicalRequest,
  model: ConverseModel,
  history: ReadonlySet<string>,
  dropped: Dropped,
): EncodedTools {
  const { names, answerTool } = requestTools(request);
  const own = ownTools(request, dropped);
  const offered = offeredTools(own, request.toolChoice);
  const schema = schemaFor(request, model, offered.length, dropped);
  const tools = specsOf(offered, names, model);
  const instruction = instructionFor(request, model);
  if (schema !== null) tools.push(toolSpec(answerTool, schema.description, schema.schema));
  if (tools.length > 0) {
    const choice = schema === null ? choiceOf(request.toolChoice, names) : offered.length > 0 ? ANY : named(answerTool);
    return { ...withChoice(tools, choice, request, model, dropped), instruction };
  }
  if (history.size === 0) return { config: null, fields: {}, isForced: false, instruction };
  // Calls of the past need tools beside them, even where none may be called any more.
  const past = own.length > 0 ? specsOf(own, names, model) : [...history].map(rememberedTool);
  const saysNone = model.family === 'claude';
  if (!saysNone && own.length > 0) dropped.add('tool_choice');
  const fields = saysNone ? { tool_choice: { type: 'none' } } : {};
  return { config: { tools: past }, fields, isForced: false, instruction };
}

function ownTools(request: CanonicalRequest, dropped: Dropped): (FunctionTool | CustomTool)[] {
  return request.tools.flatMap((tool) => {
    if (tool.kind === 'provider') {
      if (tool.origin !== ORIGIN) dropped.add(`tools.${tool.name}`);
      return [];
    }
    if (tool.kind === 'function' && tool.strict === true) dropped.add('tools.strict');
    return [tool];
  });
}

/** Those that the choice leaves: what Converse cannot forbid is not offered. */
function offeredTools<T extends { readonly name: string }>(own: readonly T[], choice: ToolChoice | null): readonly T[] {
  switch (choice?.kind) {
    case undefined:
    case 'auto':
    case 'required':
      return own;
    case 'none':
      return [];
    case 'tool':
      return own.filter(({ name }) => name === choice.name);
    case 'allowed':
      return own.filter(({ name }) => choice.names.includes(name));
    default:
      return unreachable(choice);
  }
}

/** Where the client insists on a tool of its own, the form of the text does not matter yet. */
function schemaFor({ output, toolChoice }: CanonicalRequest, model: ConverseModel, offered: number, dropped: Dropped) {
  if (output?.kind !== 'schema' || model.forcedTools === 'none') return null;
  if (offered > 0 && (toolChoice?.kind === 'tool' || isRequired(toolChoice))) {
    dropped.add('response_format');
    return null;
  }
  const description = output.description ?? 'Give the answer through this tool, once, as the last thing.';
  return { description, schema: output.schema };
}

function instructionFor({ output }: CanonicalRequest, model: ConverseModel): string | null {
  if (output === null || (output.kind === 'schema' && model.forcedTools !== 'none')) return null;
  const only = 'Answer with one JSON object and nothing else: no other text, no Markdown.';
  if (output.kind === 'json') return only;
  return `${only} It must match this JSON Schema:\n${JSON.stringify(output.schema)}`;
}

type Choice = { readonly kind: 'auto' | 'any' } | { readonly kind: 'tool'; readonly name: string };
const ANY: Choice = { kind: 'any' };
const AUTO: Choice = { kind: 'auto' };

function named(name: string): Choice {
  return { kind: 'tool', name };
}

function choiceOf(choice: ToolChoice | null, names: ToolNames): Choice {
  if (choice?.kind === 'tool') return named(names.sent(choice.name));
  return isRequired(choice) ? ANY : AUTO;
}

function isRequired(choice: ToolChoice | null): boolean {
  return choice?.kind === 'required' || (choice?.kind === 'allowed' && choice.required);
}

function withChoice(
  tools: ToolConfig['tools'],
  wanted: Choice,
  { toolChoice, parallelToolCalls }: CanonicalRequest,
  model: ConverseModel,
  dropped: Dropped,
): Omit<EncodedTools, 'instruction'> {
  const choice = possible(wanted, model, dropped);
  const isForced = choice.kind !== 'auto';
  if (parallelToolCalls === false && model.family === 'claude') {
    // Alone: beside Converse's choice it "conflicts with the existing field toolConfig.toolChoice".
    return { config: { tools }, fields: { tool_choice: { ...claudeWords(choice), ...ONE_AT_A_TIME } }, isForced };
  }
  if (parallelToolCalls === false) dropped.add('parallel_tool_calls');
  const isSaid = isForced || toolChoice !== null;
  return { config: { tools, ...(isSaid ? { toolChoice: blockOf(choice) } : {}) }, fields: {}, isForced };
}

const ONE_AT_A_TIME = { disable_parallel_tool_use: true };

/** Not every model can be made to call a tool (API_runtime_ToolChoice). */
function possible(choice: Choice, { forcedTools }: ConverseModel, dropped: Dropped): Choice {
  if (choice.kind === 'auto' || forcedTools === 'tool') return choice;
  // The one tool is the only one that is offered.
  if (forcedTools === 'any') return ANY;
  dropped.add('tool_choice');
  return AUTO;
}

function blockOf(choice: Choice): ToolChoiceBlock {
  if (choice.kind === 'tool') return { tool: { name: choice.name } };
  return choice.kind === 'any' ? { any: {} } : { auto: {} };
}

function claudeWords(choice: Choice): JsonObject {
  return choice.kind === 'tool' ? { type: 'tool', name: choice.name } : { type: choice.kind };
}
