import type { Part } from '@google/genai';
import { statedMediaType } from '../../canonical/media-types.ts';
import { placeOf } from '../../canonical/part-places.ts';
import type { AudioPart, FilePart, ImagePart, JsonObject, MediaSource, VideoPart } from '../../canonical/parts.ts';
import type { ChatQuirks } from '../../canonical/quirks.ts';
import { sourceOfUrl } from '../data-uri.ts';
import { neededText, textField, unsupported } from '../fields.ts';
import { mediaPart, shownType } from '../media-part.ts';
import { checkImageType } from '../image-types.ts';
import { camelKeys } from './spelling.ts';

export type MediaPart = ImagePart | FilePart | AudioPart | VideoPart;
/** Of what a MIME type is. */
type Kind = MediaPart['type'];

/** What only Google can read: its Files API, Cloud Storage, videos of YouTube. */
const UPLOADED = /^(?:gs:\/\/|files\/|https:\/\/generativelanguage\.googleapis\.com\/)/;
const YOUTUBE = /^https:\/\/(?:www\.)?(?:youtube\.com\/|youtu\.be\/)/;

const TYPES_BY_ENDING: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  xml: 'text/xml',
  wav: 'audio/wav',
  mp3: 'audio/mp3',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
};
/** A picture whose address does not tell its type: Google goes by what it fetches. */
const USUAL: Readonly<Record<Kind, string>> = {
  image: 'image/jpeg',
  file: 'application/pdf',
  audio: 'audio/wav',
  video: 'video/mp4',
};
/** Types that Gemini reads (ai.google.dev/gemini-api/docs/document-processing and /file-input-methods). */
const READABLE = /^(?:image|audio|video|text)\//;
const READABLE_APPLICATIONS = new Set(
  ['pdf', 'json', 'xml', 'rtf', 'javascript', 'x-javascript', 'x-python', 'typescript', 'x-typescript'].map(
    (name) => `application/${name}`,
  ),
);

/** `inlineData: {mimeType, data, displayName}`. */
export function mediaOfInline(inline: JsonObject, path: string): MediaPart {
  const blob = camelKeys(inline);
  const mediaType = neededText(blob, 'mimeType', path);
  const data = neededText(blob, 'data', path);
  const filename = textField(blob, 'displayName', path);
  const given = part(kindOfBytes(mediaType, data), { kind: 'base64', mediaType, data }, filename, path);
  if (!/^text\/plain\b/i.test(mediaType)) return given;
  return part('file', { kind: 'text', text: Buffer.from(data, 'base64').toString('utf8') }, filename, path);
}

/** `fileData: {fileUri, mimeType, displayName}`. */
export function mediaOfFile(file: JsonObject, path: string): MediaPart {
  const reference = camelKeys(file);
  const uri = neededText(reference, 'fileUri', path);
  const filename = textField(reference, 'displayName', path);
  const mediaType = textField(reference, 'mimeType', path) ?? typeByEnding(uri);
  if (YOUTUBE.test(uri)) return part('video', { kind: 'url', url: uri, mediaType }, filename, path);
  const kind = kindOf(mediaType ?? '');
  if (UPLOADED.test(uri)) return part(kind, { kind: 'uploaded', origin: 'gemini', id: uri, mediaType }, filename, path);
  const source = sourceOfUrl(uri);
  return part(kind, source.kind === 'url' ? { ...source, mediaType } : source, filename, path);
}

/**
 * A part of a request with the same bytes, or their address, which Gemini fetches itself (since 2.5; `images` says
 * where it does not). `at` names the part where it cannot be taken.
 */
export function partOfMedia(media: MediaPart, at: string, images: ChatQuirks['images']): Part {
  const path = placeOf(media, at);
  const { source } = media;
  if (images === 'none' && media.type === 'image') unsupported(path, 'is an image, and the upstream takes none');
  switch (source.kind) {
    case 'text':
      return { inlineData: { mimeType: 'text/plain', data: Buffer.from(source.text).toString('base64') } };
    case 'base64':
      if (media.type === 'image') checkImageType(source.mediaType, path, ['heic', 'heif']);
      return { inlineData: { mimeType: readable(source.mediaType, path), data: source.data } };
    case 'uploaded':
      if (source.origin !== 'gemini') unsupported(path, 'is a file that was uploaded to another provider');
      return { fileData: fileData(source.id, source.mediaType) };
    case 'url':
      if (images !== 'url' && !YOUTUBE.test(source.url))
        unsupported(path, 'is an address, and the upstream fetches none');
      return { fileData: fileData(source.url, source.mediaType ?? typeByEnding(source.url) ?? USUAL[media.type]) };
  }
}

function readable(mediaType: string, path: string): string {
  if (READABLE.test(mediaType) || READABLE_APPLICATIONS.has(mediaType)) return mediaType;
  unsupported(path, `is of a type that Gemini does not read (\`${mediaType}\`)`);
}

function fileData(fileUri: string, mimeType: string | null): NonNullable<Part['fileData']> {
  return mimeType === null || YOUTUBE.test(fileUri) ? { fileUri } : { fileUri, mimeType };
}

function part(kind: Kind, source: MediaSource, filename: string | null, path: string): MediaPart {
  if (kind === 'image') return mediaPart({ type: 'image', source, detail: null, cache: null }, path);
  if (kind === 'file') return mediaPart({ type: 'file', source, filename, cache: null }, path);
  return mediaPart<MediaPart>({ type: kind, source, cache: null }, path);
}

/** Nothing but the type says here what a part is, and clients guess it: what the bytes show counts more. */
function kindOfBytes(mediaType: string, data: string): Kind {
  const isOther = mediaType.includes('/') && statedMediaType(mediaType) === null;
  return kindOf(isOther ? mediaType : (shownType(data) ?? mediaType));
}

function kindOf(mediaType: string): Kind {
  const [main] = mediaType.toLowerCase().split('/', 1);
  return main === 'image' || main === 'audio' || main === 'video' ? main : 'file';
}

function typeByEnding(address: string): string | null {
  const path = address.split(/[?#]/, 1)[0] ?? '';
  const ending = /\.([a-z0-9]{2,5})$/i.exec(path)?.[1]?.toLowerCase();
  return ending !== undefined && Object.hasOwn(TYPES_BY_ENDING, ending) ? (TYPES_BY_ENDING[ending] ?? null) : null;
}
