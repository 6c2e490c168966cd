import type { JsonObject } from '../../canonical/parts.ts';
import type { Tool } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { neededObject, neededText, objectsField } from '../fields.ts';
import { decodeTool } from './decode-tools.ts';

/**
 * The tools that can be called at the end of a conversation. Blocks `tool_addition` and `tool_removal` of its system
 * messages change what `tools` offers from there on (Anthropic's betas `mid-conversation-tool-changes` and
 * `inline-tools`, `BetaRequestToolAdditionBlock` of its SDK); Claude Code uses them for servers of tools that come and
 * go. An addition is a tool of its own or the name of one that stands in `tools`.
 */
export function toolsAtTheEnd(tools: readonly Tool[], body: JsonObject): readonly Tool[] {
  const known = new Map(tools.map((tool) => [tool.name, tool]));
  const withdrawn = new Set<string>();
  for (const { type, tool, path } of changesIn(body)) {
    switch (neededText(tool, 'type', path)) {
      case 'tool_definition': {
        const added = decodeTool(neededObject(tool, 'definition', path), `${path}.definition`);
        known.set(added.name, added);
        withdrawn.delete(added.name);
        break;
      }
      case 'tool_reference': {
        const name = neededText(tool, 'name', path);
        if (type === 'tool_removal') withdrawn.add(name);
        else withdrawn.delete(name);
      }
    }
  }
  return [...known.values()].filter(({ name }) => !withdrawn.has(name));
}

interface ToolChange {
  readonly type: 'tool_addition' | 'tool_removal';
  readonly tool: JsonObject;
  /** Of `tool`. */
  readonly path: string;
}

function changesIn(body: JsonObject): readonly ToolChange[] {
  return (objectsField(body, 'messages', '') ?? []).flatMap(({ role, content }, message) => {
    if (role !== 'system' || !Array.isArray(content)) return [];
    return (content as unknown[]).flatMap((block, index) => changeOf(block, `messages[${message}].content[${index}]`));
  });
}

function changeOf(block: unknown, path: string): readonly ToolChange[] {
  if (!isObject(block)) return [];
  const { type } = block;
  if (type !== 'tool_addition' && type !== 'tool_removal') return [];
  return [{ type, tool: neededObject(block, 'tool', path), path: `${path}.tool` }];
}
