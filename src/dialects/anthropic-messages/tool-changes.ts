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
  const known = [...tools];
  const withdrawn = new Set<string>();
  for (const { type, tool, path } of changesIn(body)) {
    switch (neededText(tool, 'type', path)) {
      case 'tool_definition': {
        const added = decodeTool(neededObject(tool, 'definition', path), `${path}.definition`);
        const name = calledName(added);
        const at = name === null ? -1 : known.findIndex((one) => one.kind === added.kind && calledName(one) === name);
        known.splice(at < 0 ? known.length : at, 1, added);
        if (name !== null) withdrawn.delete(name);
        break;
      }
      case 'tool_reference': {
        const name = neededText(tool, 'name', path);
        if (type === 'tool_removal') withdrawn.add(name);
        else withdrawn.delete(name);
      }
    }
  }
  return known.filter((tool) => !withdrawn.has(calledName(tool) ?? ''));
}

/**
 * What the model calls it by; `null`: a set of tools. What we call a tool of the provider's is its type: a tool of the
 * client's may be called so too, and there may be several of one type.
 */
function calledName(tool: Tool): string | null {
  if (tool.kind !== 'provider') return tool.name;
  const { name } = tool.definition;
  return typeof name === 'string' && name !== '' ? name : null;
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
