import { createHash } from 'node:crypto';
import type { ContentBlockParam, ToolResultBlockParam, ToolUseBlockParam } from '@anthropic-ai/sdk/resources/messages';

/** What one side said until the other spoke. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: ContentBlockParam[];
}

/** Ids of tool calls must be `^[a-zA-Z0-9_-]{1,64}$`. */
const ID_CHARACTERS = 64;
const FORBIDDEN_IN_ID = /[^a-zA-Z0-9_-]/g;
const HASH_CHARACTERS = 12;

/** Said for a call whose result never came: the client gave up, or cut its history. */
const NO_RESULT = 'The result of this tool call is not known.';
/** A conversation must begin with the user. */
const OPENING = '.';

/** Adds what was said: to the last turn, where it was the same side. */
export function addToTurns(turns: Turn[], role: Turn['role'], content: readonly ContentBlockParam[]): void {
  if (content.length === 0) return;
  const last = turns.at(-1);
  if (last?.role === role) last.content.push(...content);
  else turns.push({ role, content: [...content] });
}

/**
 * Turns as the API wants them: every call is answered at the beginning of the turn after it, once, and nothing else is;
 * ids are unique and of the allowed characters; the user speaks first; nothing ends in white space. A result without
 * its call is left out, a call without its result gets one that says so.
 */
export function orderTurns(turns: readonly Turn[]): Turn[] {
  const ordered: Turn[] = [];
  const used = new Set<string>();
  let open: OpenCalls = new Map();
  for (const { role, content } of turns) {
    if (role === 'assistant') {
      addToTurns(ordered, 'user', missingResults(open));
      open = new Map();
      const calls = open;
      const renamed = content.map((block) => (block.type === 'tool_use' ? renamedCall(block, used, calls) : block));
      addToTurns(ordered, 'assistant', renamed);
    } else {
      const results = content.flatMap((block) => (block.type === 'tool_result' ? matchedResult(block, open) : []));
      const others = content.filter((block) => block.type !== 'tool_result');
      addToTurns(ordered, 'user', [...results, ...missingResults(open), ...others]);
      open = new Map();
    }
  }
  addToTurns(ordered, 'user', missingResults(open));
  trimEnd(ordered);
  if (ordered[0]?.role !== 'user') ordered.unshift({ role: 'user', content: [{ type: 'text', text: OPENING }] });
  return ordered;
}

/** By the id that the client knows: those that are sent for it, without the answered ones. */
type OpenCalls = Map<string, string[]>;

function renamedCall(call: ToolUseBlockParam, used: Set<string>, open: OpenCalls): ToolUseBlockParam {
  const id = freeId(allowedId(call.id), used);
  used.add(id);
  open.set(call.id, [...(open.get(call.id) ?? []), id]);
  return id === call.id ? call : { ...call, id };
}

function matchedResult(result: ToolResultBlockParam, open: OpenCalls): ToolResultBlockParam[] {
  const id = open.get(result.tool_use_id)?.shift();
  return id === undefined ? [] : [{ ...result, tool_use_id: id }];
}

function missingResults(open: OpenCalls): ToolResultBlockParam[] {
  return [...open.values()].flat().map((id) => ({
    type: 'tool_result',
    tool_use_id: id,
    content: NO_RESULT,
    is_error: true,
  }));
}

/** The same id always becomes the same one, so that prompts stay the same and are found in caches. */
function allowedId(id: string): string {
  const cleaned = id.replace(FORBIDDEN_IN_ID, '_');
  if (cleaned === id && id !== '' && id.length <= ID_CHARACTERS) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_CHARACTERS);
  return `${cleaned.slice(0, ID_CHARACTERS - HASH_CHARACTERS - 1)}_${hash}`;
}

/** Some number their calls anew in every turn. */
function freeId(id: string, used: ReadonlySet<string>): string {
  if (!used.has(id)) return id;
  for (let number = 2; ; number++) {
    const suffix = `_${number}`;
    const other = id.slice(0, ID_CHARACTERS - suffix.length) + suffix;
    if (!used.has(other)) return other;
  }
}

/** The beginning of the answer, which the client wrote itself, must not end in white space. */
function trimEnd(turns: Turn[]): void {
  const last = turns.at(-1);
  const block = last?.content.at(-1);
  if (last?.role === 'assistant' && block?.type === 'text') {
    last.content[last.content.length - 1] = { ...block, text: block.text.trimEnd() };
  }
}
