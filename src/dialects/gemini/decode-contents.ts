import { stateOfId } from '../../canonical/carried-state.ts';
import { reasoningPart, textPart } from '../../canonical/parts.ts';
import type { AssistantPart, CarriedState, JsonObject, TextPart, UserPart } from '../../canonical/parts.ts';
import type { Message, ToolResult } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { booleanField, neededText, objectField, objectsField, textField, wrong } from '../fields.ts';
import { decodeResult } from './decode-result.ts';
import { mediaOfFile, mediaOfInline } from './media.ts';
import { stateOfSignature } from './signatures.ts';
import { camelKeys } from './spelling.ts';

interface Call {
  readonly id: string;
  readonly name: string;
}

/** `systemInstruction`: a text, a content, or its parts. */
export function decodeSystem(instruction: unknown): readonly Message[] {
  if (instruction === undefined || instruction === null || instruction === '') return [];
  if (typeof instruction === 'string') return [{ role: 'system', content: [textPart(instruction)] }];
  const content = Array.isArray(instruction) ? { parts: instruction as unknown[] } : instruction;
  if (!isObject(content)) wrong('systemInstruction', 'must be a text or a content');
  const parts = partsOf(camelKeys(content), 'systemInstruction').map((part, index): TextPart => {
    return textPart(neededText(part, 'text', `systemInstruction.parts[${index}]`));
  });
  return parts.length === 0 ? [] : [{ role: 'system', content: parts }];
}

/** `contents`: what was said so far, with the results of functions matched to their calls. */
export function decodeContents(contents: readonly JsonObject[]): readonly Message[] {
  const reader = new ContentReader();
  contents.forEach((content, turn) => reader.take(camelKeys(content), turn));
  return reader.end();
}

class ContentReader {
  readonly #messages: Message[] = [];
  /** The model's turn that is being read: SDKs keep a streamed answer as one content for every chunk. */
  #answer: AssistantPart[] = [];
  /** Whether the part before was of another content. */
  #isBehindSeam = false;
  #calls: Call[] = [];

  take(content: JsonObject, turn: number): void {
    const path = `contents[${turn}]`;
    const role = textField(content, 'role', path) ?? 'user';
    const parts = partsOf(content, path);
    if (role === 'model') this.#takeAnswer(parts, turn);
    else if (role === 'user' || role === 'function') this.#takeUser(parts, path);
    else wrong(`${path}.role`, 'must be `user` or `model`');
  }

  end(): readonly Message[] {
    this.#closeAnswer();
    return this.#messages;
  }

  #closeAnswer(): void {
    if (this.#answer.length > 0) this.#messages.push({ role: 'assistant', content: this.#answer });
    this.#answer = [];
  }

  #takeAnswer(parts: readonly JsonObject[], turn: number): void {
    if (this.#answer.length === 0) this.#calls = [];
    this.#isBehindSeam = this.#answer.length > 0;
    parts.forEach((part, index) => {
      this.#takeAnswerPart(part, `contents[${turn}].parts[${index}]`, turn);
      this.#isBehindSeam = false;
    });
  }

  #takeAnswerPart(part: JsonObject, path: string, turn: number): void {
    const state = stateOfSignature(textField(part, 'thoughtSignature', path));
    const call = objectField(part, 'functionCall', path);
    if (call !== null) {
      this.#takeCall(camelKeys(call), state, `${path}.functionCall`, turn);
      return;
    }
    const text = textField(part, 'text', path);
    if (text !== null) {
      this.#takeText(
        booleanField(part, 'thought', path) === true ? reasoningPart(text, state) : textPart(text, null, state),
      );
      return;
    }
    const inline = objectField(part, 'inlineData', path);
    if (inline !== null && part['thought'] !== true && state === null) {
      const media = mediaOfInline(inline, `${path}.inlineData`);
      if (media.type === 'image') {
        this.#answer.push(media);
        return;
      }
    }
    if (Object.keys(part).length > 0) this.#answer.push({ type: 'foreign', origin: 'gemini', value: part });
  }

  /** Pieces of one text that came in several chunks are put together, and a signature that came apart joins them. */
  #takeText(part: Extract<AssistantPart, { type: 'text' | 'reasoning' }>): void {
    const last = this.#answer.at(-1);
    const goesOn = this.#isBehindSeam || part.text === '';
    if (goesOn && last?.type === part.type && last.state === null) {
      this.#answer[this.#answer.length - 1] = { ...last, text: last.text + part.text, state: part.state };
    } else if (part.text !== '' || part.state !== null) this.#answer.push(part);
  }

  #takeCall(call: JsonObject, state: CarriedState | null, path: string, turn: number): void {
    const given = textField(call, 'id', path);
    const name = neededText(call, 'name', path);
    const own = given === null || given === '' ? null : stateOfId(given);
    const id = own?.id ?? `call_${turn}_${this.#calls.length}`;
    const args = objectField(call, 'args', path);
    this.#calls.push({ id, name });
    this.#answer.push({
      type: 'tool_call',
      id,
      name,
      arguments: JSON.stringify(args ?? {}),
      kind: 'function',
      state: this.#isSaidBefore(state) ? null : (state ?? own?.state ?? null),
      cache: null,
    });
  }

  /** State of thoughts is written twice for clients that forget the thoughts; this one has kept them. */
  #isSaidBefore(state: CarriedState | null): boolean {
    if (state === null || state.origin === 'gemini') return false;
    return this.#answer.some((part) => part.type === 'reasoning' && part.state?.data === state.data);
  }

  #takeUser(parts: readonly JsonObject[], path: string): void {
    this.#closeAnswer();
    const results: ToolResult[] = [];
    const content: UserPart[] = [];
    parts.forEach((part, index) => {
      const at = `${path}.parts[${index}]`;
      const response = objectField(part, 'functionResponse', at);
      if (response === null) content.push(...userPart(part, at));
      else
        results.push(decodeResult(camelKeys(response), `${at}.functionResponse`, (id, name) => this.#callOf(id, name)));
    });
    if (results.length > 0) this.#messages.push({ role: 'tool', results });
    if (content.length > 0) this.#messages.push({ role: 'user', content });
  }

  /** By its id, else the first call of that name that has no answer yet. */
  #callOf(given: string | null, name: string): string {
    const id = given === null || given === '' ? null : stateOfId(given).id;
    let at = this.#calls.findIndex((call) => call.id === id);
    if (at < 0) at = this.#calls.findIndex((call) => call.name === name);
    if (at < 0) return id ?? `call_${name}`;
    const [call] = this.#calls.splice(at, 1);
    return call?.id ?? name;
  }
}

function userPart(part: JsonObject, path: string): readonly UserPart[] {
  const text = textField(part, 'text', path);
  if (text !== null)
    return text === '' ? [] : [textPart(text, null, stateOfSignature(textField(part, 'thoughtSignature', path)))];
  const inline = objectField(part, 'inlineData', path);
  if (inline !== null) return [mediaOfInline(inline, `${path}.inlineData`)];
  const file = objectField(part, 'fileData', path);
  if (file !== null) return [mediaOfFile(file, `${path}.fileData`)];
  if (part['functionCall'] !== undefined) wrong(`${path}.functionCall`, 'must be in a content whose role is `model`');
  return Object.keys(part).length === 0 ? [] : [{ type: 'foreign', origin: 'gemini', value: part }];
}

/** One part may stand without its list. */
function partsOf(content: JsonObject, path: string): readonly JsonObject[] {
  const { parts } = content;
  if (isObject(parts)) return [camelKeys(parts)];
  if (typeof parts === 'string') return [{ text: parts }];
  return (objectsField(content, 'parts', path) ?? []).map(camelKeys);
}
