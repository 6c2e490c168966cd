import { createHash } from 'node:crypto';
import type {
  ResponseCustomToolCall,
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseOutputRefusal,
  ResponseOutputText,
  ResponseReasoningItem,
} from 'openai/resources/responses/responses';
import type { AssistantPart, CarriedState, JsonObject, ToolCallPart } from '../../canonical/parts.ts';
import type { ChatQuirks } from '../../canonical/quirks.ts';
import type { CanonicalRequest, Message, ToolResult } from '../../canonical/request.ts';
import { unreachable } from '../../std/unreachable.ts';
import { withAnsweredCalls } from '../answered-calls.ts';
import type { ToolNames } from '../tool-names.ts';
import { encodeResultContent, encodeUserContent, imageOf } from './encode-parts.ts';
import type { InputPart } from './encode-parts.ts';
import { reasoningStateOf } from './reasoning-state.ts';

/** OpenAI answers 400 to a longer `call_id`. */
const MAX_CALL_ID_CHARACTERS = 64;

/**
 * An item as it is written. The SDK's types want the `id` and `status` of an assistant's message, which only a stored
 * one has, and the `detail` of every image, which has a default.
 */
type InputItem =
  | ResponseFunctionToolCall
  | ResponseCustomToolCall
  | ResponseReasoningItem
  | Extract<ResponseInputItem, { type: 'function_call_output' | 'custom_tool_call_output' }>
  | { type: 'message'; role: 'user' | 'system' | 'developer'; content: InputPart[] }
  | { type: 'message'; role: 'assistant'; content: (ResponseOutputText | ResponseOutputRefusal)[] };

/** The whole conversation as items, in its order. */
export function encodeInput(request: CanonicalRequest, quirks: ChatQuirks, names: ToolNames): ResponseInputItem[] {
  const items = new Items(request, quirks, names);
  withAnsweredCalls(request.messages).forEach((message, index) => items.add(message, `messages[${index}]`));
  // Items of OpenAI's own stand among ours as they came, and some of ours lack what the SDK asks for (see `InputItem`).
  return items.encoded as ResponseInputItem[];
}

class Items {
  readonly encoded: (InputItem | JsonObject)[] = [];
  readonly #request: CanonicalRequest;
  readonly #quirks: ChatQuirks;
  readonly #names: ToolNames;
  /** The results of these calls are `custom_tool_call_output`. */
  readonly #customCalls = new Set<string>();
  /** Thoughts that have been sent: the state of one may stand at several places. */
  readonly #thoughts = new Set<string>();

  constructor(request: CanonicalRequest, quirks: ChatQuirks, names: ToolNames) {
    this.#request = request;
    this.#quirks = quirks;
    this.#names = names;
  }

  add(message: Message, path: string): void {
    switch (message.role) {
      case 'system': {
        const content = message.content.map(({ text }): InputPart => ({ type: 'input_text', text }));
        this.encoded.push({ type: 'message', role: this.#quirks.systemRole, content });
        return;
      }
      case 'user': {
        const content = encodeUserContent(message.content, this.#quirks, path);
        this.encoded.push({ type: 'message', role: 'user', content });
        return;
      }
      case 'assistant':
        message.content.forEach((part, index) => this.#addAssistant(part, `${path}.content[${index}]`));
        return;
      case 'tool':
        message.results.forEach((result, index) => this.#addResult(result, `${path}.results[${index}]`));
        return;
      default:
        unreachable(message);
    }
  }

  #addAssistant(part: AssistantPart, path: string): void {
    switch (part.type) {
      case 'text': {
        this.#say({ type: 'output_text', text: part.text, annotations: [] });
        return;
      }
      case 'refusal': {
        this.#say({ type: 'refusal', refusal: part.text });
        return;
      }
      case 'reasoning': {
        this.#think(part.text, part.state);
        return;
      }
      case 'tool_call': {
        this.#call(part);
        return;
      }
      case 'image': {
        // An assistant's message holds no image: the user shows it again.
        const content = [imageOf(part, this.#quirks, path)];
        this.encoded.push({ type: 'message', role: 'user', content });
        return;
      }
      case 'foreign':
        if (part.origin === 'openai-responses') this.encoded.push(part.value);
        return;
      default:
        unreachable(part);
    }
  }

  /** Texts that follow each other are parts of one message. */
  #say(part: ResponseOutputText | ResponseOutputRefusal): void {
    const last = this.encoded.at(-1);
    if (isAssistantMessage(last)) last.content.push(part);
    else this.encoded.push({ type: 'message', role: 'assistant', content: [part] });
  }

  /** OpenAI takes only thoughts that it encrypted itself, and under the id that they had. */
  #think(text: string, state: CarriedState | null): void {
    const own = reasoningStateOf(state);
    if (own === null || this.#thoughts.has(own.id)) return;
    this.#thoughts.add(own.id);
    this.encoded.push({
      type: 'reasoning',
      id: own.id,
      summary: text === '' ? [] : [{ type: 'summary_text', text }],
      encrypted_content: own.encryptedContent,
    });
  }

  #call(call: ToolCallPart): void {
    // A client that shows no thoughts brings their state back on the call that came after them.
    this.#think('', call.state);
    const tool = this.#request.tools.find(({ name }) => name === call.name);
    const namespace = tool?.kind === 'function' ? tool.namespace : null;
    const called = {
      call_id: callId(call.id),
      name: namespace?.localName ?? this.#names.sent(call.name),
      ...(namespace === null ? {} : { namespace: namespace.name }),
    };
    if (call.kind === 'custom') {
      this.#customCalls.add(call.id);
      this.encoded.push({ type: 'custom_tool_call', ...called, input: call.arguments });
    } else this.encoded.push({ type: 'function_call', ...called, arguments: call.arguments });
  }

  #addResult(result: ToolResult, path: string): void {
    const output = encodeResultContent(result, this.#quirks, path);
    const type = this.#customCalls.has(result.callId) ? 'custom_tool_call_output' : 'function_call_output';
    // The SDK's type of a custom tool's output wants the `detail` of images.
    this.encoded.push({ type, call_id: callId(result.callId), output });
  }
}

function isAssistantMessage(
  item: InputItem | JsonObject | undefined,
): item is Extract<InputItem, { type: 'message'; role: 'assistant' }> {
  return item !== undefined && 'role' in item && item.role === 'assistant' && item['type'] === 'message';
}

function callId(id: string): string {
  return id.length <= MAX_CALL_ID_CHARACTERS
    ? id
    : `call_${createHash('sha256').update(id).digest('hex').slice(0, 40)}`;
}
