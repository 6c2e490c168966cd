import type { AssistantPart, FilePart, ImagePart, MediaSource, ToolCallPart, UserPart } from '../../canonical/parts.ts';
import type { AudioPart, ResultPart } from '../../canonical/parts.ts';
import type { ChatQuirks } from '../../canonical/quirks.ts';
import type { Message, ToolResult } from '../../canonical/request.ts';
import { argumentsOf } from './tools.ts';
import { placeOf } from '../../canonical/part-places.ts';
import { unreachable } from '../../std/unreachable.ts';
import { unsupported } from '../fields.ts';
import type { WireMessage, WireToolCall } from './wire.ts';

/** What a message says besides its role: the texts in one, and the images apart, so that their places are lost. */
interface Content {
  readonly texts: string[];
  readonly images: string[];
}

/**
 * Messages in their order; Ollama takes a system message at any place (`chatPrompt` in `server/prompt.go`). A result of
 * a tool is a message of its own.
 */
export function encodeMessages(messages: readonly Message[], quirks: ChatQuirks): readonly WireMessage[] {
  const toolNames = namesOfCalls(messages);
  return messages.flatMap((message, index): WireMessage[] => {
    const path = `messages[${index}]`;
    switch (message.role) {
      case 'system':
        return [{ role: 'system', content: message.content.map(({ text }) => text).join('\n') }];
      case 'user':
        return [{ role: 'user', ...joined(contentOf(message.content, `${path}.content`, quirks), '\n') }];
      case 'assistant':
        return [encodeAssistant(message.content, `${path}.content`, quirks)];
      case 'tool':
        return message.results.map((result, at) =>
          encodeResult(result, `${path}.results[${at}].content`, quirks, toolNames),
        );
      default:
        return unreachable(message);
    }
  });
}

/** Dialects that name a result by the call's id alone leave the tool's name to be looked up; templates may want it. */
function namesOfCalls(messages: readonly Message[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const message of messages) {
    if (message.role !== 'assistant') continue;
    for (const part of message.content) if (part.type === 'tool_call') names.set(part.id, part.name);
  }
  return names;
}

function joined({ texts, images }: Content, separator: string): { content: string; images?: readonly string[] } {
  return { content: texts.join(separator), ...(images.length === 0 ? {} : { images }) };
}

function encodeAssistant(parts: readonly AssistantPart[], path: string, quirks: ChatQuirks): WireMessage {
  const thoughts = parts.flatMap((part) => (part.type === 'reasoning' && part.text !== '' ? [part.text] : []));
  const calls = parts.filter((part) => part.type === 'tool_call');
  return {
    role: 'assistant',
    ...joined(contentOf(parts, path, quirks), ''),
    ...(thoughts.length === 0 ? {} : { thinking: thoughts.join('\n') }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(encodeCall) }),
  };
}

function encodeCall(call: ToolCallPart, index: number): WireToolCall {
  return { id: call.id, function: { index, name: call.name, arguments: argumentsOf(call) } };
}

function encodeResult(
  result: ToolResult,
  path: string,
  quirks: ChatQuirks,
  toolNames: ReadonlyMap<string, string>,
): WireMessage {
  const content = joined(contentOf(result.content, path, quirks), '\n');
  const name = result.name ?? toolNames.get(result.callId);
  return {
    role: 'tool',
    ...content,
    // There is no other place to say it.
    content: result.isError === true ? `Error: ${content.content}` : content.content,
    ...(name === undefined ? {} : { tool_name: name }),
    tool_call_id: result.callId,
  };
}

function contentOf(
  parts: readonly (UserPart | AssistantPart | ResultPart)[],
  path: string,
  quirks: ChatQuirks,
): Content {
  const content: Content = { texts: [], images: [] };
  parts.forEach((part, index) => addPart(content, part, `${path}[${index}]`, quirks));
  return content;
}

function addPart(content: Content, part: UserPart | AssistantPart | ResultPart, at: string, quirks: ChatQuirks): void {
  const path = placeOf(part, at);
  switch (part.type) {
    case 'text':
    case 'refusal':
      if (part.text !== '') content.texts.push(part.text);
      return;
    case 'image':
      content.images.push(imageData(part, path, quirks));
      return;
    case 'file':
      content.texts.push(fileText(part, path));
      return;
    case 'audio':
      content.images.push(audioData(part, path, quirks));
      return;
    case 'video':
      return unsupported(path, 'is a video, which Ollama does not take');
    case 'reasoning':
    case 'tool_call':
    case 'foreign':
      return;
    default:
      unreachable(part);
  }
}

function imageData({ source }: ImagePart, path: string, quirks: ChatQuirks): string {
  if (quirks.images === 'none') return unsupported(path, 'is an image, which this model does not take');
  return dataOf(source, path, 'an image');
}

/** Sounds go where images go; few models take them. */
function audioData({ source }: AudioPart, path: string, quirks: ChatQuirks): string {
  if (!quirks.audio) return unsupported(path, 'is audio, which this model does not take');
  return dataOf(source, path, 'audio');
}

function dataOf(source: MediaSource, path: string, what: string): string {
  if (source.kind === 'base64') return source.data;
  return unsupported(path, `is ${what} whose bytes are elsewhere, which Ollama does not fetch`);
}

function fileText({ source, filename }: FilePart, path: string): string {
  if (source.kind === 'text') return source.text;
  if (source.kind === 'base64' && source.mediaType.startsWith('text/')) {
    return Buffer.from(source.data, 'base64').toString('utf8');
  }
  const name = filename === null ? '' : ` (${filename.slice(0, 100)})`;
  return unsupported(path, `is a file${name} that is no plain text, which Ollama does not take`);
}
