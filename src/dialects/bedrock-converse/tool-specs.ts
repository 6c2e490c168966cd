import type { JsonObject } from '../../canonical/parts.ts';
import type { CustomTool, FunctionTool } from '../../canonical/request.ts';
import { objectSchema } from '../object-schema.ts';
import type { ToolNames } from '../tool-names.ts';
import { cachePoint } from './cache.ts';
import type { ConverseModel } from './models.ts';
import type { ToolConfig, ToolSpec } from './wire.ts';

/** The one argument of a tool whose argument is free text. */
export const FREE_TEXT = 'input';

export function specsOf(
  tools: readonly (FunctionTool | CustomTool)[],
  names: ToolNames,
  model: ConverseModel,
): ToolConfig['tools'] {
  const seen = new Set<string>();
  return tools.flatMap((tool) => {
    const name = names.sent(tool.name);
    if (seen.has(name)) return [];
    seen.add(name);
    if (tool.kind === 'custom') return [customSpec(name, tool)];
    const spec = toolSpec(name, tool.description, tool.parameters);
    return model.cache === 'everywhere' && tool.cache !== null ? [spec, cachePoint(tool.cache, model)] : [spec];
  });
}

/** API_runtime_ToolSpecification. An empty description is refused. */
export function toolSpec(name: string, description: string | null, parameters: JsonObject | null): ToolSpec {
  const words = description?.trim() ?? '';
  const inputSchema = { json: objectSchema(parameters) };
  return { toolSpec: { name, ...(words === '' ? {} : { description: words }), inputSchema } };
}

/** A tool of which nothing but a call in the past is known. */
export function rememberedTool(name: string): ToolSpec {
  return toolSpec(name, 'A tool that was used before and cannot be called any more.', null);
}

function customSpec(name: string, { description, format }: CustomTool): ToolSpec {
  const grammar = format === null ? '' : `\nThe text must be: ${JSON.stringify(format)}`;
  const parameters = { type: 'object', properties: { [FREE_TEXT]: { type: 'string' } }, required: [FREE_TEXT] };
  return toolSpec(name, `${description ?? ''}${grammar}`, parameters);
}
