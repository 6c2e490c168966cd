import type { AudioPart, FilePart, ImagePart, JsonObject, MediaSource, VideoPart } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { sourceOfUrl } from '../data-uri.ts';
import { neededObject, neededText, textField, wrong } from '../fields.ts';
import { mediaPart } from '../media-part.ts';
import { cacheMarkOf } from './decode-tools.ts';

type MediaPart = ImagePart | FilePart | AudioPart | VideoPart;

/**
 * An image, file, sound or film of a message: OpenAI's parts, those that vLLM and Alibaba added (`audio_url`,
 * `video_url`), and those of Responses (`input_image`, `input_file`) and Anthropic (`image`, `document`) that clients
 * mix in. `null`: a part of another kind.
 */
export function decodeMedia(part: JsonObject, path: string): MediaPart | null {
  const media = mediaIn(part, path);
  return media === null ? null : mediaPart(media, path);
}

function mediaIn(part: JsonObject, path: string): MediaPart | null {
  const cache = cacheMarkOf(part);
  switch (part['type']) {
    case 'image_url':
    case 'input_image':
      return { type: 'image', ...imageOf(part, path), cache };
    case 'input_audio':
      return {
        type: 'audio',
        source: audioSource(neededObject(part, 'input_audio', path), `${path}.input_audio`),
        cache,
      };
    case 'audio_url':
      return { type: 'audio', source: urlIn(part, 'audio_url', path), cache };
    case 'video_url':
      return { type: 'video', source: urlIn(part, 'video_url', path), cache };
    case 'file':
      return { type: 'file', ...fileOf(neededObject(part, 'file', path), `${path}.file`), cache };
    case 'input_file':
      return { type: 'file', ...fileOf(part, path), cache };
    case 'image':
      return isObject(part['source'])
        ? { type: 'image', source: blockSource(part['source'], `${path}.source`), detail: null, cache }
        : null;
    case 'document':
      return {
        type: 'file',
        source: blockSource(neededObject(part, 'source', path), `${path}.source`),
        filename: textField(part, 'title', path),
        cache,
      };
    default:
      return null;
  }
}

/** The address stands in an object, or in its place. */
function imageOf(part: JsonObject, path: string): Pick<ImagePart, 'source' | 'detail'> {
  const id = textField(part, 'file_id', path);
  if (id !== null) return { source: uploaded(id), detail: textField(part, 'detail', path) };
  const image = part['image_url'];
  if (typeof image === 'string') return { source: sourceOfUrl(image), detail: textField(part, 'detail', path) };
  const object = neededObject(part, 'image_url', path);
  return {
    source: sourceOfUrl(neededText(object, 'url', `${path}.image_url`)),
    detail: textField(object, 'detail', `${path}.image_url`),
  };
}

function urlIn(part: JsonObject, key: string, path: string): MediaSource {
  const value = part[key];
  if (typeof value === 'string') return sourceOfUrl(value);
  return sourceOfUrl(neededText(neededObject(part, key, path), 'url', `${path}.${key}`));
}

/** `data` is base64; Alibaba takes an address there too. */
function audioSource(audio: JsonObject, path: string): MediaSource {
  const data = neededText(audio, 'data', path);
  const format = textField(audio, 'format', path) ?? 'wav';
  if (isAddress(data)) return sourceOfUrl(data);
  return { kind: 'base64', mediaType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}`, data };
}

/** `file_data`: a data address, base64 without one, or (OpenRouter) where it is to be had. */
function fileOf(file: JsonObject, path: string): Pick<FilePart, 'source' | 'filename'> {
  const filename = textField(file, 'filename', path);
  const id = textField(file, 'file_id', path);
  if (id !== null) return { source: uploaded(id), filename };
  const data = textField(file, 'file_data', path) ?? textField(file, 'file_url', path);
  if (data === null) return wrong(path, 'must have file_data or file_id');
  if (isAddress(data)) return { source: sourceOfUrl(data), filename };
  return { source: { kind: 'base64', mediaType: mediaTypeOf(filename), data }, filename };
}

function isAddress(text: string): boolean {
  return /^(?:data:|https?:\/\/|gs:\/\/)/i.test(text.slice(0, 8));
}

function uploaded(id: string): MediaSource {
  return { kind: 'uploaded', origin: 'openai-chat', id, mediaType: null };
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  html: 'text/html',
  json: 'application/json',
  md: 'text/markdown',
  txt: 'text/plain',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** Nobody says what bare base64 is but the name; PDF is what the API takes above all. */
function mediaTypeOf(filename: string | null): string {
  const ending = filename?.slice(filename.lastIndexOf('.') + 1).toLowerCase() ?? '';
  return MEDIA_TYPES[ending] ?? 'application/pdf';
}

/** Anthropic's `source`. */
function blockSource(source: JsonObject, path: string): MediaSource {
  const type = textField(source, 'type', path);
  const mediaType = textField(source, 'media_type', path);
  switch (type) {
    case 'base64':
      return { kind: 'base64', mediaType: mediaType ?? 'application/pdf', data: neededText(source, 'data', path) };
    case 'url':
      return sourceOfUrl(neededText(source, 'url', path));
    case 'text':
      return { kind: 'text', text: neededText(source, 'data', path) };
    case 'file':
      return {
        kind: 'uploaded',
        origin: 'anthropic-messages',
        id: neededText(source, 'file_id', path),
        mediaType,
      };
    default:
      return wrong(`${path}.type`, 'must be base64, url, text or file');
  }
}
