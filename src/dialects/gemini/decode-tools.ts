import type { JsonObject } from '../../canonical/parts.ts';
import type { Tool, ToolChoice } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { listField, neededText, objectField, objectsField, restOf, textField, wrong } from '../fields.ts';
import { jsonSchemaOfOpenApi } from './open-api-schema.ts';
import { camelKeys, snakeName } from './spelling.ts';

/** `tools`: every other member of a tool than its functions is one that Google runs itself. */
export function decodeTools(body: JsonObject): readonly Tool[] {
  const tools = isObject(body['tools']) ? [body['tools']] : (objectsField(body, 'tools', '') ?? []);
  return tools.flatMap((given, index) => {
    const path = `tools[${index}]`;
    const tool = camelKeys(given);
    const functions = (objectsField(tool, 'functionDeclarations', path) ?? []).map((declaration, at) => {
      return decodeFunction(camelKeys(declaration), `${path}.functionDeclarations[${at}]`);
    });
    return [...functions, ...providerTools(tool)];
  });
}

function decodeFunction(declaration: JsonObject, path: string): Tool {
  const openApi = objectField(declaration, 'parameters', path);
  return {
    kind: 'function',
    name: neededText(declaration, 'name', path),
    description: textField(declaration, 'description', path),
    parameters:
      objectField(declaration, 'parametersJsonSchema', path) ??
      (openApi === null ? null : jsonSchemaOfOpenApi(openApi)),
    strict: null,
    namespace: null,
    cache: null,
  };
}

function providerTools(tool: JsonObject): readonly Tool[] {
  const own = restOf(tool, new Set(['functionDeclarations']));
  return Object.keys(own).map((key) => ({
    kind: 'provider',
    origin: 'gemini',
    name: snakeName(key),
    definition: { [key]: own[key] },
  }));
}

/** `toolConfig`: the choice, and what of it nobody else has a word for. */
export function decodeToolConfig(body: JsonObject): { readonly choice: ToolChoice | null; readonly rest: JsonObject } {
  const config = camelKeys(objectField(body, 'toolConfig', '') ?? {});
  const calling = camelKeys(objectField(config, 'functionCallingConfig', 'toolConfig') ?? {});
  const path = 'toolConfig.functionCallingConfig';
  const names = (listField(calling, 'allowedFunctionNames', path) ?? []).map((name, index) => {
    return typeof name === 'string' ? name : wrong(`${path}.allowedFunctionNames[${index}]`, 'must be a string');
  });
  const callingRest = restOf(calling, new Set(['mode', 'allowedFunctionNames']));
  return {
    choice: choiceOf(textField(calling, 'mode', path), names, path),
    rest: {
      ...restOf(config, new Set(['functionCallingConfig'])),
      ...(Object.keys(callingRest).length === 0 ? {} : { functionCallingConfig: callingRest }),
    },
  };
}

function choiceOf(mode: string | null, names: readonly string[], path: string): ToolChoice | null {
  const [first] = names;
  switch (mode?.toUpperCase()) {
    case undefined:
    case 'MODE_UNSPECIFIED':
      return null;
    case 'AUTO':
      return { kind: 'auto' };
    case 'NONE':
      return { kind: 'none' };
    case 'ANY':
      if (first === undefined) return { kind: 'required' };
      return names.length === 1 ? { kind: 'tool', name: first } : { kind: 'allowed', names, required: true };
    case 'VALIDATED':
      return first === undefined ? { kind: 'auto' } : { kind: 'allowed', names, required: false };
    default:
      wrong(`${path}.mode`, 'must be AUTO, ANY, NONE or VALIDATED');
  }
}
