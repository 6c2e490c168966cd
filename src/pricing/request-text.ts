import { isObject } from '../std/is-object.ts';
/**
 * What a chat prompt costs beside its texts, as OpenAI's cookbook documents it for its models since gpt-3.5-turbo-0613:
 * 3 tokens a message, 1 for a name, 3 for the beginning of the answer.
 */
const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_NAME = 1;
const TOKENS_OF_ANSWER_START = 3;

/** A prompt reduced to what is counted. */
export interface PromptText {
  readonly texts: readonly string[];
  /** Tokens that no text stands for. */
  readonly extraTokens: number;
}

/**
 * The texts of a request: chat messages, a prompt of completions, or the input of embeddings. `null`: its tokens cannot
 * be counted from text, since it holds images, audio or files, or is none of the three.
 */
export function promptText(body: unknown): PromptText | null {
  if (!isObject(body)) return null;
  if (Array.isArray(body['messages'])) return chatText(body['messages'], body['tools']);
  return listText(body['prompt'] ?? body['input']);
}

function chatText(messages: readonly unknown[], tools: unknown): PromptText | null {
  const texts: string[] = [];
  let extraTokens = TOKENS_OF_ANSWER_START;
  for (const message of messages) {
    if (!isObject(message) || !addContent(message['content'], texts)) return null;
    extraTokens += TOKENS_PER_MESSAGE;
    if (typeof message['role'] === 'string') texts.push(message['role']);
    if (typeof message['name'] === 'string') {
      texts.push(message['name']);
      extraTokens += TOKENS_PER_NAME;
    }
    addToolCalls(message['tool_calls'], texts);
  }
  // How a model is shown its tools is not documented; their JSON is about as long.
  if (Array.isArray(tools) && tools.length > 0) texts.push(JSON.stringify(tools));
  return { texts, extraTokens };
}

/** `false`: the content holds more than text. */
function addContent(content: unknown, texts: string[]): boolean {
  if (content === null || content === undefined) return true;
  if (typeof content === 'string') {
    texts.push(content);
    return true;
  }
  if (!Array.isArray(content)) return false;
  return content.every((part) => {
    if (!isObject(part)) return false;
    const text = part['text'] ?? part['refusal'];
    if (typeof text !== 'string') return false;
    texts.push(text);
    return true;
  });
}

/** Adds the names and arguments of tool calls, of a message or of a delta. */
export function addToolCalls(calls: unknown, texts: string[]): void {
  if (!Array.isArray(calls)) return;
  for (const call of calls as readonly unknown[]) {
    const called = isObject(call) ? call['function'] : undefined;
    if (!isObject(called)) continue;
    if (typeof called['name'] === 'string') texts.push(called['name']);
    if (typeof called['arguments'] === 'string') texts.push(called['arguments']);
  }
}

/** A text, texts, tokens, or lists of tokens: the forms of `prompt` and of embeddings' `input`. */
function listText(value: unknown): PromptText | null {
  if (typeof value === 'string') return { texts: [value], extraTokens: 0 };
  if (!Array.isArray(value) || value.length === 0) return null;
  const texts: string[] = [];
  let extraTokens = 0;
  for (const item of value as readonly unknown[]) {
    if (typeof item === 'string') texts.push(item);
    else if (typeof item === 'number') extraTokens += 1;
    else if (Array.isArray(item) && item.every((token) => typeof token === 'number')) extraTokens += item.length;
    else return null;
  }
  return { texts, extraTokens };
}
