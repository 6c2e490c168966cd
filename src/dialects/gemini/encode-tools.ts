import type { FunctionDeclaration, Tool as WireTool } from '@google/genai';
import type { JsonObject } from '../../canonical/parts.ts';
import type { CanonicalRequest, CustomTool, FunctionTool } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { ToolNames } from '../tool-names.ts';
import { CUSTOM_PARAMETERS, customDescription } from './custom-tools.ts';
import type { Drop } from './dropped.ts';
import { geminiParameters } from './schema.ts';
import type { WireToolConfig } from './wire.ts';

/** `tools`: all functions in one, and behind it those that Google runs. */
export function encodeTools(request: CanonicalRequest, names: ToolNames, drop: Drop): WireTool[] {
  const functions: FunctionDeclaration[] = [];
  const others: WireTool[] = [];
  for (const tool of request.tools) {
    switch (tool.kind) {
      case 'function':
        if (tool.strict === true) drop('tools.strict');
        functions.push(declaration(tool, names));
        break;
      case 'custom':
        functions.push(customDeclaration(tool, names));
        break;
      case 'provider':
        if (tool.origin === 'gemini') others.push(tool.definition);
        else drop(`tools.${tool.name}`);
        break;
      default:
        unreachable(tool);
    }
  }
  return functions.length === 0 ? others : [{ functionDeclarations: functions }, ...others];
}

/**
 * `parametersJsonSchema`, not `parameters`: the latter is OpenAPI's subset as a message of protocol buffers, in which
 * every keyword that it does not know fails the whole request ("Unknown name … Cannot find field"), and which has no
 * word for unions of types, `additionalProperties` or numbers in an `enum`. The former is in the API reference of
 * v1beta and of Vertex AI, takes any JSON Schema and reads what it knows, and is what Google's own Gemini CLI sends.
 */
function declaration({ name, description, parameters }: FunctionTool, names: ToolNames): FunctionDeclaration {
  const parametersJsonSchema = geminiParameters(parameters);
  return {
    name: names.sent(name),
    ...(description === null ? {} : { description }),
    ...(parametersJsonSchema === null ? {} : { parametersJsonSchema }),
  };
}

function customDeclaration(tool: CustomTool, names: ToolNames): FunctionDeclaration {
  return { name: names.sent(tool.name), description: customDescription(tool), parametersJsonSchema: CUSTOM_PARAMETERS };
}

/** `toolConfig`. A choice among no functions is none. `own`: what a client of Gemini's said besides. */
export function encodeToolConfig(request: CanonicalRequest, names: ToolNames, own: unknown): WireToolConfig | null {
  const rest: JsonObject = isObject(own) ? own : {};
  const restOfCalling: JsonObject = isObject(rest['functionCallingConfig']) ? rest['functionCallingConfig'] : {};
  const hasFunctions = request.tools.some((tool) => tool.kind !== 'provider');
  const calling = hasFunctions ? callingConfig(request, names) : null;
  if (calling === null) return Object.keys(rest).length === 0 ? null : rest;
  return { ...rest, functionCallingConfig: { ...restOfCalling, ...calling } };
}

function callingConfig(
  { toolChoice: choice }: CanonicalRequest,
  names: ToolNames,
): NonNullable<WireToolConfig['functionCallingConfig']> | null {
  switch (choice?.kind) {
    case undefined:
      return null;
    case 'auto':
      return { mode: 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [names.sent(choice.name)] };
    case 'allowed':
      // Only these two modes take names; VALIDATED leaves it to the model whether to call one.
      return { mode: choice.required ? 'ANY' : 'VALIDATED', allowedFunctionNames: choice.names.map(names.sent) };
    default:
      unreachable(choice);
  }
}
