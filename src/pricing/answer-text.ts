import { dataOf, SseBlocks } from '../std/sse-blocks.ts';
import { addToolCalls } from './request-text.ts';
import { isObject } from '../std/is-object.ts';

/** Longer than any answer that is kept for counting. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;

/**
 * The texts that a model wrote, by choice: its content, its reasoning, the calls of tools. Pieces of one text are
 * joined, since tokens do not end where the pieces of a stream do. `null`: it is no answer of a model.
 */
export function answerText(answer: Uint8Array, kind: 'json' | 'sse' | 'text'): readonly string[] | null {
  if (kind === 'text') return [Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength).toString('utf8')];
  return kind === 'json' ? wholeAnswer(answer) : streamedAnswer(answer);
}

function wholeAnswer(answer: Uint8Array): readonly string[] | null {
  const body = parse(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength).toString('utf8'));
  if (!isObject(body)) return null;
  const texts = new ChoiceTexts();
  if (Array.isArray(body['choices'])) {
    texts.add(body['choices']);
    return texts.all();
  }
  // Embeddings are numbers: nothing is written.
  return Array.isArray(body['data']) ? [] : null;
}

function streamedAnswer(answer: Uint8Array): readonly string[] | null {
  const texts = new ChoiceTexts();
  let events = 0;
  const onBlock = (block: Buffer): void => {
    const data = dataOf(block.toString('utf8'));
    const event = data === null ? undefined : parse(data);
    if (!isObject(event)) return;
    events++;
    if (Array.isArray(event['choices'])) texts.add(event['choices']);
  };
  const blocks = new SseBlocks(MAX_BLOCK_BYTES);
  blocks.push(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength), onBlock);
  const rest = blocks.rest();
  if (rest !== null) onBlock(rest);
  return events === 0 ? null : texts.all();
}

/** Collects texts, the pieces of one kind of one choice together. */
class ChoiceTexts {
  readonly #pieces = new Map<string, string[]>();

  add(choices: readonly unknown[]): void {
    for (const choice of choices) {
      if (!isObject(choice)) continue;
      const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
      this.#addText(`${index} text`, choice['text']);
      const message = choice['delta'] ?? choice['message'];
      if (!isObject(message)) continue;
      this.#addText(`${index} content`, message['content']);
      this.#addText(`${index} refusal`, message['refusal']);
      this.#addText(`${index} reasoning`, message['reasoning_content'] ?? message['reasoning']);
      this.#addCalls(index, message['tool_calls']);
    }
  }

  all(): readonly string[] {
    return [...this.#pieces.values()].map((pieces) => pieces.join(''));
  }

  #addText(place: string, text: unknown): void {
    if (typeof text === 'string') this.#push(place, text);
    if (!Array.isArray(text)) return;
    // Mistral's content in parts, its thinking among them.
    for (const part of text as readonly unknown[]) {
      if (isObject(part)) this.#addText(place, part['text'] ?? part['thinking']);
    }
  }

  #addCalls(index: number, calls: unknown): void {
    if (!Array.isArray(calls)) return;
    for (const [position, call] of (calls as readonly unknown[]).entries()) {
      const number = isObject(call) && typeof call['index'] === 'number' ? call['index'] : position;
      const texts: string[] = [];
      addToolCalls([call], texts);
      for (const text of texts) this.#push(`${index} call ${number}`, text);
    }
  }

  #push(place: string, text: string): void {
    const pieces = this.#pieces.get(place);
    if (pieces === undefined) this.#pieces.set(place, [text]);
    else pieces.push(text);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
