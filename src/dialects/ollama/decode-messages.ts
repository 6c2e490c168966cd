import type {
  AssistantPart,
  AudioPart,
  ImagePart,
  JsonObject,
  ReasoningPart,
  ResultPart,
  ToolCallPart,
} from '../../canonical/parts.ts';
import { listField, neededText, numberField, objectsField, textField, wrong } from '../fields.ts';
import type { Message, ToolResult } from '../../canonical/request.ts';
import { isObject } from '../../std/is-object.ts';
import { mediaOf } from './media.ts';
import { mediaPart } from '../media-part.ts';
import { reasoningPart, textPart } from '../../canonical/parts.ts';
import { stateOfId, statesOfId } from '../../canonical/carried-state.ts';

/** A call that has no result yet. */
interface OpenCall {
  readonly id: string;
  readonly name: string;
}

/**
 * The messages of a client. Results of tools that follow each other are one message. Clients made for versions before
 * 0.12 send no ids: then a result belongs to the first call of its tool that has none yet.
 */
export function decodeMessages(body: JsonObject): readonly Message[] {
  const messages: Message[] = [];
  let open: OpenCall[] = [];
  for (const [index, message] of (objectsField(body, 'messages', '') ?? []).entries()) {
    const path = `messages[${index}]`;
    switch (neededText(message, 'role', path).toLowerCase()) {
      case 'system':
      case 'developer':
        messages.push({ role: 'system', content: textsIn(message, path) });
        break;
      case 'user':
        messages.push({ role: 'user', content: [...mediaIn(message, path), ...textsIn(message, path)] });
        break;
      case 'assistant': {
        const called = callsIn(message, path);
        const calls = called.filter((part) => part.type === 'tool_call');
        const content = withCalls(spokenIn(message, path), called);
        if (calls.length > 0) open = calls.map(({ id, name }) => ({ id, name }));
        messages.push({ role: 'assistant', content });
        break;
      }
      case 'tool':
        addResult(messages, decodeResult(message, path, open));
        break;
      default:
        wrong(`${path}.role`, 'must be system, user, assistant or tool');
    }
  }
  return messages;
}

function textsIn(message: JsonObject, path: string): readonly ReturnType<typeof textPart>[] {
  const content = textField(message, 'content', path) ?? '';
  return content === '' ? [] : [textPart(content)];
}

/** Images before the text: there Ollama puts them too. */
export function mediaIn(message: JsonObject, path: string): readonly (ImagePart | AudioPart)[] {
  return (listField(message, 'images', path) ?? []).map((image, index) => {
    const at = path === '' ? `images[${index}]` : `${path}.images[${index}]`;
    if (typeof image !== 'string') return wrong(at, 'must be base64');
    // Ollama takes no prefix; some clients leave it there.
    const data = image.replace(/^data:[^,]{0,200};base64,/, '');
    const { kind, mediaType } = mediaOf(data);
    const source = { kind: 'base64', mediaType, data } as const;
    return mediaPart<AudioPart | ImagePart>(
      kind === 'audio' ? { type: 'audio', source, cache: null } : { type: 'image', source, detail: null, cache: null },
      at,
    );
  });
}

function imagesIn(message: JsonObject, path: string): readonly ImagePart[] {
  return mediaIn(message, path).map((part, index) =>
    part.type === 'image' ? part : wrong(`${path}.images[${index}]`, 'must be an image'),
  );
}

function spokenIn(message: JsonObject, path: string): readonly AssistantPart[] {
  const thinking = textField(message, 'thinking', path) ?? '';
  return [...(thinking === '' ? [] : [reasoningPart(thinking)]), ...imagesIn(message, path), ...textsIn(message, path)];
}

/** What was thought before the first call was thought before anything was said, as this dialect has it. */
function withCalls(
  spoken: readonly AssistantPart[],
  called: readonly (ReasoningPart | ToolCallPart)[],
): readonly AssistantPart[] {
  const first = called.findIndex((part) => part.type === 'tool_call');
  const at = spoken[0]?.type === 'reasoning' ? 1 : 0;
  return [...spoken.slice(0, at), ...called.slice(0, first), ...spoken.slice(at), ...called.slice(first)];
}

/** Calls, and before each the thoughts whose states came in its id but for the last one, which is the call's. */
function callsIn(message: JsonObject, path: string): readonly (ReasoningPart | ToolCallPart)[] {
  return (objectsField(message, 'tool_calls', path) ?? []).flatMap((call, index) => {
    const at = `${path}.tool_calls[${index}]`;
    const called = call['function'];
    if (!isObject(called)) return wrong(`${at}.function`, 'must be an object');
    numberField(called, 'index', `${at}.function`);
    // Where the message stands makes an id that no other call of the conversation has.
    const id = textField(call, 'id', at) ?? `call_${path.replace(/\D/g, '')}_${index}`;
    const name = neededText(called, 'name', `${at}.function`);
    const text = argumentsText(called['arguments'], `${at}.function.arguments`);
    const { id: plain, states } = statesOfId(id);
    const thoughts = states.slice(0, -1).map((state) => reasoningPart('', state));
    const state = states.at(-1) ?? null;
    return [
      ...thoughts,
      { type: 'tool_call', id: plain, state, name, arguments: text, kind: 'function', cache: null } as const,
    ];
  });
}

/** An object; some clients send its text, as OpenAI has it. */
function argumentsText(value: unknown, path: string): string {
  if (value === undefined || value === null || value === '') return '{}';
  if (typeof value === 'string') return value;
  return isObject(value) ? JSON.stringify(value) : wrong(path, 'must be an object');
}

function decodeResult(message: JsonObject, path: string, open: OpenCall[]): ToolResult {
  const name = textField(message, 'tool_name', path) ?? textField(message, 'name', path);
  const given = textField(message, 'tool_call_id', path);
  const content: readonly ResultPart[] = [...imagesIn(message, path), ...textsIn(message, path)];
  const call = taken(open, given === null ? null : stateOfId(given).id, name);
  return { callId: call.id, name: name ?? call.name, content, isError: null, cache: null };
}

/** The call that a result answers, which then has its result. */
function taken(open: OpenCall[], id: string | null, name: string | null): { id: string; name: string | null } {
  const byName = open.findIndex((call) => call.name === name);
  const at = id === null ? Math.max(byName, 0) : open.findIndex((call) => call.id === id);
  const [call] = at < 0 ? [] : open.splice(at, 1);
  // A result of no call that is known.
  return call ?? { id: id ?? 'call_unknown', name: null };
}

function addResult(messages: Message[], result: ToolResult): void {
  const last = messages.at(-1);
  if (last?.role === 'tool') messages[messages.length - 1] = { role: 'tool', results: [...last.results, result] };
  else messages.push({ role: 'tool', results: [result] });
}
