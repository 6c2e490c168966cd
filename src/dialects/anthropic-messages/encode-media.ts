import type { Base64ImageSource, DocumentBlockParam, ImageBlockParam } from '@anthropic-ai/sdk/resources/messages';
import type { FilePart, ImagePart, MediaSource } from '../../canonical/parts.ts';
import { unreachable } from '../../std/unreachable.ts';
import { unsupported } from '../fields.ts';
import { cacheControl } from './cache-marks.ts';
import { ORIGIN } from './states.ts';
import type { Writing } from './writing.ts';

const FILES_BETA = 'files-api-2025-04-14';
const PDF = 'application/pdf';
/** Files that are text whatever they are called. */
const TEXT_TYPES = /^(?:text\/.*|application\/(?:json|xml|yaml|x-yaml|javascript|typescript|toml|sql|csv))$/;

const IMAGE_TYPES: Readonly<Record<string, Base64ImageSource['media_type']>> = {
  'image/jpeg': 'image/jpeg',
  'image/jpg': 'image/jpeg',
  'image/png': 'image/png',
  'image/gif': 'image/gif',
  'image/webp': 'image/webp',
};

export function encodeImage(part: ImagePart, path: string, writing: Writing): ImageBlockParam {
  if (writing.target.quirks.images === 'none') unsupported(path, 'is an image, and the model takes none');
  // `auto` is what all others are.
  if (part.detail !== null && part.detail !== 'auto') writing.dropped.add('image_detail');
  return { type: 'image', source: imageSource(part.source, path, writing), ...cacheControl(part.cache) };
}

function imageSource(source: MediaSource, path: string, writing: Writing): ImageBlockParam['source'] {
  switch (source.kind) {
    case 'base64': {
      const type = IMAGE_TYPES[source.mediaType];
      if (type === undefined) {
        return unsupported(path, `is ${source.mediaType || 'of no media type'}; JPEG, PNG, GIF and WebP are taken`);
      }
      return { type: 'base64', media_type: type, data: source.data };
    }
    case 'url':
      return { type: 'url', url: fetchable(source.url, path, writing) };
    case 'uploaded':
      return { type: 'file', file_id: ownFile(source, path, writing) };
    case 'text':
      return unsupported(path, 'is text where an image belongs');
    default:
      return unreachable(source);
  }
}

export function encodeFile(part: FilePart, path: string, writing: Writing): DocumentBlockParam | ImageBlockParam {
  const { source, filename, cache } = part;
  if (source.kind === 'base64' && source.mediaType.startsWith('image/')) {
    return encodeImage({ type: 'image', source, detail: null, cache }, path, writing);
  }
  return {
    type: 'document',
    source: documentSource(source, path, writing),
    ...(filename === null || filename === '' ? {} : { title: filename }),
    ...cacheControl(cache),
  };
}

function documentSource(source: MediaSource, path: string, writing: Writing): DocumentBlockParam['source'] {
  switch (source.kind) {
    case 'base64':
      if (source.mediaType === PDF) return { type: 'base64', media_type: PDF, data: source.data };
      if (TEXT_TYPES.test(source.mediaType)) return textSource(Buffer.from(source.data, 'base64').toString());
      return unsupported(path, `is ${source.mediaType || 'of no media type'}; PDF, text and images are taken`);
    case 'url':
      return { type: 'url', url: fetchable(source.url, path, writing) };
    case 'uploaded':
      return { type: 'file', file_id: ownFile(source, path, writing) };
    case 'text':
      return textSource(source.text);
    default:
      return unreachable(source);
  }
}

function textSource(data: string): DocumentBlockParam['source'] {
  return { type: 'text', media_type: 'text/plain', data };
}

/** Anthropic fetches over HTTPS. All others have been fetched by the gateway, or could not be. */
function fetchable(url: string, path: string, { target }: Writing): string {
  if (target.quirks.images === 'url' && /^https:/i.test(url)) return url;
  return unsupported(path, 'is an address that the model cannot fetch');
}

function ownFile(source: Extract<MediaSource, { kind: 'uploaded' }>, path: string, writing: Writing): string {
  if (source.origin !== ORIGIN) return unsupported(path, 'is a file that was uploaded to another provider');
  writing.betas.add(FILES_BETA);
  return source.id;
}
