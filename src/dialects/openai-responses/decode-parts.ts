import { textPart } from '../../canonical/parts.ts';
import type {
  AssistantPart,
  AudioPart,
  FilePart,
  ImagePart,
  JsonObject,
  MediaSource,
  ResultPart,
  TextPart,
  UserPart,
} from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { sourceOfUrl } from '../data-uri.ts';
import { neededObject, neededText, textField, unsupported, wrong } from '../fields.ts';
import { mediaPart } from '../media-part.ts';

/** What a user says: a text, or a list of texts, images and files. */
export function decodeUserContent(message: JsonObject, path: string): readonly UserPart[] {
  return partsOf(message, 'content', path, userPart);
}

/** What stands in a system or developer message: texts alone. */
export function decodeSystemContent(message: JsonObject, path: string): readonly TextPart[] {
  return partsOf(
    message,
    'content',
    path,
    (part, at) => textOf(part, at) ?? unsupported(at, 'must be a text: a system message holds nothing else'),
  );
}

/** What the assistant said before: texts and refusals. */
export function decodeAssistantContent(message: JsonObject, path: string): readonly AssistantPart[] {
  return partsOf<AssistantPart>(message, 'content', path, (part, at) => {
    if (part['type'] === 'refusal') return { type: 'refusal', text: neededText(part, 'refusal', at) };
    return textOf(part, at) ?? wrong(`${at}.type`, 'must be `output_text` or `refusal`');
  });
}

/** What a tool gave: a text, or a list of texts, images and files. */
export function decodeResultContent(item: JsonObject, path: string): readonly ResultPart[] {
  if ((item['output'] ?? null) === null) return [];
  return partsOf<ResultPart>(item, 'output', path, (part, at) => {
    const decoded = userPart(part, at);
    if (decoded.type === 'audio' || decoded.type === 'video') unsupported(at, 'cannot be part of the result of a tool');
    return decoded;
  });
}

function partsOf<T>(
  holder: JsonObject,
  key: string,
  path: string,
  decode: (part: JsonObject, path: string) => T,
): readonly (T | TextPart)[] {
  const content = holder[key] ?? null;
  const at = `${path}.${key}`;
  if (typeof content === 'string') return [textPart(content)];
  if (content === null || !Array.isArray(content)) wrong(at, 'must be a string or a list');
  return (content as unknown[]).map((part, index) => {
    const partPath = `${at}[${index}]`;
    return decode(isObject(part) ? part : wrong(partPath, 'must be an object'), partPath);
  });
}

function userPart(part: JsonObject, path: string): UserPart {
  const type = neededText(part, 'type', path);
  if (type === 'input_image') return mediaPart(imagePart(part, path), path);
  if (type === 'input_file') return mediaPart(filePart(part, path), path);
  if (type === 'input_audio') return mediaPart(audioPart(part, path), path);
  return textOf(part, path) ?? wrong(`${path}.type`, 'must be `input_text`, `input_image` or `input_file`');
}

/** `null`: it is no text. All three names are met on all sides. */
function textOf(part: JsonObject, path: string): TextPart | null {
  const { type } = part;
  if (type !== 'input_text' && type !== 'output_text' && type !== 'text') return null;
  return textPart(neededText(part, 'text', path));
}

function imagePart(part: JsonObject, path: string): ImagePart {
  return { type: 'image', source: imageSource(part, path), detail: textField(part, 'detail', path), cache: null };
}

function imageSource(part: JsonObject, path: string): MediaSource {
  const fileId = textField(part, 'file_id', path);
  if (fileId !== null) return uploaded(fileId);
  const { image_url: url } = part;
  // Chat's form, an object with the address in it, is met here as well.
  return sourceOfUrl(isObject(url) ? neededText(url, 'url', `${path}.image_url`) : neededText(part, 'image_url', path));
}

function filePart(part: JsonObject, path: string): FilePart {
  return { type: 'file', source: fileSource(part, path), filename: textField(part, 'filename', path), cache: null };
}

function fileSource(part: JsonObject, path: string): MediaSource {
  const fileId = textField(part, 'file_id', path);
  if (fileId !== null) return uploaded(fileId);
  const url = textField(part, 'file_url', path);
  if (url !== null) return sourceOfUrl(url);
  const data = neededText(part, 'file_data', path);
  // The bytes may come without `data:` before them; PDF is what OpenAI then takes them for.
  return data.startsWith('data:') ? sourceOfUrl(data) : { kind: 'base64', mediaType: 'application/pdf', data };
}

/** The SDK has the type (`ResponseInputAudio`), OpenAI no model for it here; other upstreams do. */
function audioPart(part: JsonObject, path: string): AudioPart {
  const audio = neededObject(part, 'input_audio', path);
  const format = neededText(audio, 'format', `${path}.input_audio`);
  const data = neededText(audio, 'data', `${path}.input_audio`);
  const mediaType = `audio/${format === 'mp3' ? 'mpeg' : format}`;
  return { type: 'audio', source: { kind: 'base64', mediaType, data }, cache: null };
}

function uploaded(id: string): MediaSource {
  return { kind: 'uploaded', origin: 'openai-responses', id, mediaType: null };
}
