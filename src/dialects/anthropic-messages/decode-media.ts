import type { FilePart, ImagePart, JsonObject, MediaSource, TextPart } from '../../canonical/parts.ts';
import { textPart } from '../../canonical/parts.ts';
import { isObject } from '../../std/is-object.ts';
import { sourceOfUrl } from '../data-uri.ts';
import { neededObject, neededText, textField, wrong } from '../fields.ts';
import { mediaPart } from '../media-part.ts';
import { readCacheMark } from './cache-marks.ts';
import { ORIGIN } from './states.ts';

export function decodeImage(block: JsonObject, path: string): ImagePart {
  const source = neededObject(block, 'source', path);
  const image: ImagePart = {
    type: 'image',
    source: decodeSource(source, `${path}.source`),
    detail: null,
    cache: readCacheMark(block, path),
  };
  return mediaPart(image, path);
}

/**
 * A document: one part, and before it the `context` that the client tells of it, which no other dialect has a place
 * for. One that is made of blocks is its text, with its images behind it.
 */
export function decodeDocument(block: JsonObject, path: string): readonly (TextPart | FilePart | ImagePart)[] {
  const source = neededObject(block, 'source', path);
  const context = textField(block, 'context', path);
  const before = context === null || context === '' ? [] : [textPart(context)];
  const cache = readCacheMark(block, path);
  const filename = textField(block, 'title', path);
  if (source['type'] !== 'content') {
    const file: FilePart = { type: 'file', source: decodeSource(source, `${path}.source`), filename, cache };
    return [...before, mediaPart(file, path)];
  }
  const { text, images } = decodeBlocks(source['content'], `${path}.source.content`);
  return [...before, { type: 'file', source: { kind: 'text', text }, filename, cache }, ...images];
}

/** What a client found itself, with where it comes from. Other dialects have no such part: it is said as text. */
export function decodeSearchResult(block: JsonObject, path: string): TextPart {
  const { text } = decodeBlocks(block['content'], `${path}.content`);
  const head = [textField(block, 'title', path), textField(block, 'source', path)].filter((line) => line !== null);
  return textPart([...head, text].join('\n'), readCacheMark(block, path));
}

/** The sources of images and documents: `base64`, `url`, `file`, `text`. */
function decodeSource(source: JsonObject, path: string): MediaSource {
  const type = neededText(source, 'type', path);
  switch (type) {
    case 'base64': {
      const mediaType = neededText(source, 'media_type', path).toLowerCase();
      return { kind: 'base64', mediaType, data: neededText(source, 'data', path) };
    }
    case 'url':
      return sourceOfUrl(neededText(source, 'url', path));
    case 'file':
      return { kind: 'uploaded', origin: ORIGIN, id: neededText(source, 'file_id', path), mediaType: null };
    case 'text':
      return { kind: 'text', text: neededText(source, 'data', path) };
    default:
      return wrong(`${path}.type`, 'must be base64, url, file or text');
  }
}

/** The content of a document or a search result: text, or blocks of text and images. */
function decodeBlocks(
  content: unknown,
  path: string,
): { readonly text: string; readonly images: readonly ImagePart[] } {
  if (typeof content === 'string') return { text: content, images: [] };
  if (!Array.isArray(content)) return wrong(path, 'must be a string or a list');
  const texts: string[] = [];
  const images: ImagePart[] = [];
  (content as unknown[]).forEach((block, index) => {
    const at = `${path}[${index}]`;
    if (!isObject(block)) wrong(at, 'must be an object');
    else if (block['type'] === 'image') images.push(decodeImage(block, at));
    else texts.push(neededText(block, 'text', at));
  });
  return { text: texts.join('\n'), images };
}
