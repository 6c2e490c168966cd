import type { ContentBlockParam, Tool, ToolChoice, ToolUnion } from '@anthropic-ai/sdk/resources/messages';
import type { CanonicalRequest, FunctionTool, OutputFormat } from '../../canonical/request.ts';
import type { ToolChoice as CanonicalChoice } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import { objectSchema } from '../object-schema.ts';
import { cacheControl } from './cache-marks.ts';
import { customAsFunction } from './custom-tools.ts';
import { jsonToolName } from './json-tool.ts';
import { strictSchema } from './schema.ts';
import { ORIGIN } from './states.ts';
import type { Turn } from './turns.ts';
import type { Writing } from './writing.ts';

/** More strict tools than this are refused (Anthropic's documentation on strict tool use). */
const MAX_STRICT_TOOLS = 20;

export interface EncodedTools {
  readonly tools: ToolUnion[];
  readonly choice: ToolChoice | null;
}

/** `answer`: the schema of the answer, where it has to be asked for as a tool. */
export function encodeTools(
  request: CanonicalRequest,
  answer: Extract<OutputFormat, { kind: 'schema' }> | null,
  turns: readonly Turn[],
  writing: Writing,
): EncodedTools {
  const tools = definedTools(request, writing);
  const jsonName = answer === null ? null : jsonToolName(request);
  const wanted = withoutForce(asksFor(request.toolChoice, jsonName, tools.length > 0), writing);
  const given = chosenTools(tools, wanted, writing);
  if (answer !== null && jsonName !== null) given.push(jsonTool(answer, jsonName));
  if (given.length > 0) return { tools: given, choice: encodeChoice(wanted, request, jsonName !== null, writing) };
  // Calls in the history need tools; these must not be called again.
  const mentioned = mentionedTools(turns);
  return { tools: mentioned, choice: mentioned.length === 0 ? null : { type: 'none' } };
}

/** What is asked for where the answer itself is a tool: it or another, but one of them, and not with another beside. */
function asksFor(choice: CanonicalChoice | null, jsonName: string | null, hasOthers: boolean): CanonicalChoice | null {
  if (jsonName === null || choice?.kind === 'tool') return choice;
  if (choice?.kind === 'allowed') return { ...choice, names: [...choice.names, jsonName], required: true };
  return choice?.kind === 'none' || !hasOthers ? { kind: 'tool', name: jsonName } : { kind: 'required' };
}

function definedTools(request: CanonicalRequest, writing: Writing): ToolUnion[] {
  const strictCount = request.tools.filter((tool) => tool.kind === 'function' && tool.strict === true).length;
  const takesStrict = writing.traits.structuredOutput && strictCount <= MAX_STRICT_TOOLS;
  const tools: ToolUnion[] = [];
  for (const tool of request.tools) {
    switch (tool.kind) {
      case 'function':
        tools.push(functionTool(tool, takesStrict, writing));
        break;
      case 'custom':
        tools.push(customAsFunction(tool, writing.names.sent(tool.name)));
        break;
      case 'provider':
        // Its definition came from a client of this dialect.
        if (tool.origin === ORIGIN) tools.push({ ...tool.definition } as unknown as ToolUnion);
        else writing.dropped.add(`tools.${tool.name}`);
        break;
      default:
        unreachable(tool);
    }
  }
  return tools;
}

function functionTool(tool: FunctionTool, takesStrict: boolean, { names, dropped }: Writing): Tool {
  const schema = objectSchema(tool.parameters);
  const isStrict = tool.strict === true && takesStrict;
  if (tool.strict === true && !takesStrict) dropped.add('tools.strict');
  return {
    name: names.sent(tool.name),
    ...(tool.description === null || tool.description === '' ? {} : { description: tool.description }),
    input_schema: isStrict ? { ...strictSchema(schema), type: 'object' } : schema,
    ...(isStrict ? { strict: true } : {}),
    ...cacheControl(tool.cache),
  };
}

function jsonTool({ schema, description }: Extract<OutputFormat, { kind: 'schema' }>, name: string): Tool {
  return {
    name,
    description: description ?? 'Gives the answer. Its input is the whole answer.',
    input_schema: objectSchema(schema),
  };
}

/** A tool for every name that was called before: without any, a history with calls is refused. */
function mentionedTools(turns: readonly Turn[]): ToolUnion[] {
  const calls = turns.flatMap(({ content }) => content).filter(isCall);
  return [...new Set(calls.map(({ name }) => name))].map((name) => ({ name, input_schema: objectSchema(null) }));
}

function isCall(block: ContentBlockParam): block is Extract<ContentBlockParam, { type: 'tool_use' }> {
  return block.type === 'tool_use';
}

/** The choice for a model that cannot be made to call a tool. */
function withoutForce(choice: CanonicalChoice | null, { traits, dropped }: Writing): CanonicalChoice | null {
  if (traits.forcedTools || choice === null) return choice;
  switch (choice.kind) {
    case 'auto':
    case 'none':
      return choice;
    case 'required':
      dropped.add('tool_choice');
      return { kind: 'auto' };
    case 'tool':
      dropped.add('tool_choice');
      return { kind: 'allowed', names: [choice.name], required: false };
    case 'allowed':
      if (choice.required) dropped.add('tool_choice');
      return { ...choice, required: false };
    default:
      return unreachable(choice);
  }
}

/**
 * The tools that may be called. The API has no list of allowed ones: leaving the others out is what keeps the model
 * from calling them, at the price of the cache of the prompt.
 */
function chosenTools(tools: readonly ToolUnion[], choice: CanonicalChoice | null, { names }: Writing): ToolUnion[] {
  if (choice?.kind !== 'allowed') return [...tools];
  const allowed = new Set(choice.names.map(names.sent));
  return tools.filter((tool) => 'name' in tool && allowed.has(tool.name));
}

function encodeChoice(
  choice: CanonicalChoice | null,
  request: CanonicalRequest,
  hasJsonTool: boolean,
  { names }: Writing,
): ToolChoice | null {
  const parallel = hasJsonTool ? false : request.parallelToolCalls;
  const single = parallel === null ? {} : { disable_parallel_tool_use: !parallel };
  switch (choice?.kind) {
    case undefined:
      return parallel === false ? { type: 'auto', ...single } : null;
    case 'auto':
      return { type: 'auto', ...single };
    case 'none':
      return { type: 'none' };
    case 'required':
      return { type: 'any', ...single };
    case 'tool':
      return { type: 'tool', name: names.sent(choice.name), ...single };
    case 'allowed':
      return { type: choice.required ? 'any' : 'auto', ...single };
    default:
      return unreachable(choice);
  }
}
