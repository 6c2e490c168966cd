import type { JsonObject } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';

/**
 * Cursor posts bodies of OpenAI's Responses to the address of chat completions and expects chat's answers (its forum,
 * thread 159298).
 */
export function isResponsesShaped(body: JsonObject): boolean {
  return isGiven(body['input']) && !isGiven(body['messages']);
}

/**
 * Whether a body is chat as every upstream of the dialect knows it, so that its bytes may pass; `false`: it has the
 * shape of Responses, or pieces of Anthropic's messages or of Responses that Cursor mixes in, and must be written anew.
 */
export function isPlainChatBody(body: JsonObject): boolean {
  if (isResponsesShaped(body) || isGiven(body['system']) || isGiven(body['stop_sequences'])) return false;
  return hasPlainTools(body) && isPlainChoice(body['tool_choice']) && hasPlainMessages(body['messages']);
}

function hasPlainTools({ tools }: JsonObject): boolean {
  if (!Array.isArray(tools)) return true;
  return tools.every((tool: unknown) => {
    if (!isObject(tool)) return true;
    const { type, name } = tool;
    // A tool with its name outside of `function` is Anthropic's, or one of Responses.
    if (isGiven(tool['input_schema'])) return false;
    return (
      !isGiven(name) || (isGiven(type) && type !== 'function' && type !== 'custom' && isObject(tool[String(type)]))
    );
  });
}

function isPlainChoice(choice: unknown): boolean {
  if (!isObject(choice)) return true;
  const { type } = choice;
  if (type === 'function' || type === 'custom' || type === 'allowed_tools') return isObject(choice[type]);
  return type !== 'auto' && type !== 'any' && type !== 'none' && type !== 'tool';
}

/** Types of parts that chat completions have no word for. */
const STRANGE_PARTS: ReadonlySet<unknown> = new Set([
  'tool_use',
  'tool_result',
  'image',
  'document',
  'redacted_thinking',
  'input_text',
  'output_text',
  'input_image',
  'input_file',
]);

function hasPlainMessages(messages: unknown): boolean {
  if (!Array.isArray(messages)) return true;
  for (const message of messages as unknown[]) {
    const content = isObject(message) ? message['content'] : null;
    if (Array.isArray(content) && content.some(isStrange)) return false;
  }
  return true;
}

/** Mistral has `thinking` too, with a list in it. */
function isStrange(part: unknown): boolean {
  if (!isObject(part)) return false;
  return STRANGE_PARTS.has(part['type']) || (part['type'] === 'thinking' && typeof part['thinking'] === 'string');
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
