import { statesOfId } from '../../canonical/carried-state.ts';
import { reasoningPart } from '../../canonical/parts.ts';
import type { AssistantPart, CacheMark, CarriedState, JsonObject, ReasoningPart } from '../../canonical/parts.ts';
import type { ToolCallPart } from '../../canonical/parts.ts';
import { neededObject, neededText, objectField, objectsField, textField } from '../fields.ts';
import { isObject } from '../../std/is-object.ts';
import { decodeSaidParts } from './decode-parts.ts';
import { stateOfDetails, stateOfExtra, textOfDetails } from './own-state.ts';
import { thinkingOfBlock } from './thinking-blocks.ts';

/**
 * What the assistant said before, as clients send it back: thoughts first, then text, then calls. `place`: which
 * message it is, for ids of calls that have none.
 */
export function decodeAssistant(
  message: JsonObject,
  path: string,
  place: number,
  cache: CacheMark | null,
): readonly AssistantPart[] {
  const said = decodeSaidParts(message['content'], `${path}.content`, cache);
  const refusal = textField(message, 'refusal', path);
  const calls = [...decodeCalls(message, path, place), ...legacyCall(message, path, place)];
  const reasoning = said.some(({ type }) => type === 'reasoning') ? [] : decodeThoughts(message, path, calls);
  const known = [...reasoning, ...said];
  const { before, rest } = thoughtsBeforeCalls(reasoning, calls);
  const [first, ...others] = calls.map((call, index) => withKnown(call, index === 0 ? [] : before[index], known));
  const foreign: AssistantPart[] = isObject(message['audio'])
    ? [{ type: 'foreign', origin: 'openai-chat', value: { audio: message['audio'] } }]
    : [];
  return [
    ...(before[0] ?? []),
    ...rest,
    // What was thought first was thought before anything was said.
    ...(first?.thoughts ?? []),
    ...said,
    ...(refusal === null || refusal === '' ? [] : [{ type: 'refusal', text: refusal } as const]),
    ...foreign,
    ...(first === undefined ? [] : [first.call]),
    ...others.flatMap(({ thoughts, call }) => [...thoughts, call]),
  ];
}

/** A call, and the thoughts before the last one that led to it: their states came in its id, and nothing else. */
interface Called {
  readonly thoughts: readonly ReasoningPart[];
  readonly call: ToolCallPart;
}

/**
 * The thoughts that come before each call: those up to the last one whose state is in the call's id too. A message of
 * this dialect has all of them in one list, beside its calls; providers refuse them in another order than they had.
 */
function thoughtsBeforeCalls(
  thoughts: readonly ReasoningPart[],
  calls: readonly Called[],
): { readonly before: readonly (readonly ReasoningPart[])[]; readonly rest: readonly ReasoningPart[] } {
  let taken = 0;
  const before = calls.map((called) => {
    const own = [...called.thoughts, called.call];
    const from = taken;
    taken = Math.max(from, thoughts.findLastIndex(({ state }) => isKnownState(own, state)) + 1);
    return thoughts.slice(from, taken);
  });
  return { before, rest: thoughts.slice(taken) };
}

/** A client that sends thoughts back with their signature has the same once more in the id of the call. */
function withKnown(
  { thoughts, call }: Called,
  before: readonly ReasoningPart[] = [],
  known: readonly AssistantPart[],
): Called {
  return {
    thoughts: [...before, ...thoughts.filter(({ state }) => !isKnownState(known, state))],
    call: isKnownState(known, call.state) ? { ...call, state: null } : call,
  };
}

function isKnownState(parts: readonly AssistantPart[], state: CarriedState | null): boolean {
  if (state === null) return false;
  return parts.some((part) => {
    if ((part.type !== 'reasoning' && part.type !== 'tool_call') || part.state === null) return false;
    return part.state.origin === state.origin && part.state.data === state.data;
  });
}

/** `thinking_blocks` (LiteLLM), `reasoning_content` (DeepSeek), `reasoning`, `reasoning_details` (OpenRouter). */
function decodeThoughts(message: JsonObject, path: string, calls: readonly Called[]): readonly ReasoningPart[] {
  const blocks = objectsField(message, 'thinking_blocks', path) ?? [];
  const thoughts = blocks.flatMap((block) => thinkingOfBlock(block) ?? []);
  const details = objectsField(message, 'reasoning_details', path) ?? [];
  const text = nonEmpty(message['reasoning_content']) ?? nonEmpty(message['reasoning']) ?? textOfDetails(details);
  const [thought, ...others] = thoughts;
  // Blocks of a stream have no text; which of it is whose is known where there is one alone.
  if (thought?.text === '' && others.length === 0 && isOnlyState(calls, thought)) return [{ ...thought, text }];
  if (thought !== undefined) return thoughts;
  const state = stateOfDetails(details);
  return text === '' && state === null ? [] : [reasoningPart(text, state)];
}

/** JavaScript's SDK keeps the last block of a stream, and the calls have the states of all. */
function isOnlyState(calls: readonly Called[], thought: ReasoningPart): boolean {
  const states = calls.flatMap(({ thoughts, call }) => [...thoughts, call].flatMap(({ state }) => state ?? []));
  return states.every((state) => isKnownState([thought], state));
}

function nonEmpty(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function decodeCalls(message: JsonObject, path: string, place: number): readonly Called[] {
  const calls = objectsField(message, 'tool_calls', path) ?? [];
  return calls.map((call, index) => decodeCall(call, `${path}.tool_calls[${index}]`, `call_${place}_${index}`));
}

function decodeCall(call: JsonObject, path: string, ownId: string): Called {
  const said = textField(call, 'id', path);
  const { id, states } = statesOfId(said === null || said === '' ? ownId : said);
  const thoughts = states.slice(0, -1).map((state) => reasoningPart('', state));
  return { thoughts, call: decodeCalled(call, path, id, states.at(-1) ?? null) };
}

function decodeCalled(call: JsonObject, path: string, id: string, state: CarriedState | null): ToolCallPart {
  const extra = objectField(call, 'extra_content', path);
  const common = { type: 'tool_call', id, state: state ?? (extra === null ? null : stateOfExtra(extra)) } as const;
  const custom = objectField(call, 'custom', path);
  if (custom !== null) {
    const input = textField(custom, 'input', `${path}.custom`) ?? '';
    return {
      ...common,
      kind: 'custom',
      cache: null,
      name: neededText(custom, 'name', `${path}.custom`),
      arguments: input,
    };
  }
  const called = neededObject(call, 'function', path);
  return { ...common, kind: 'function', cache: null, ...calledFunction(called, `${path}.function`) };
}

function legacyCall(message: JsonObject, path: string, place: number): readonly Called[] {
  const called = objectField(message, 'function_call', path);
  if (called === null) return [];
  const call = calledFunction(called, `${path}.function_call`);
  const part = { type: 'tool_call', id: `call_${place}`, kind: 'function', state: null, cache: null } as const;
  return [{ thoughts: [], call: { ...part, ...call } }];
}

function calledFunction(called: JsonObject, path: string): { readonly name: string; readonly arguments: string } {
  const given = called['arguments'];
  // Clients made for Ollama send an object.
  const text = isObject(given) ? JSON.stringify(given) : (textField(called, 'arguments', path) ?? '');
  return { name: neededText(called, 'name', path), arguments: text.trim() === '' ? '{}' : text };
}
