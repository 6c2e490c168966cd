import type { AudioPart, FilePart, ImagePart, MediaSource, VideoPart } from '../../canonical/parts.ts';
import { unsupported } from '../fields.ts';
import type { ConverseModel } from './models.ts';
import type { MediaBlock, MediaBytes } from './wire.ts';

/** API_runtime_ImageBlock. */
const IMAGE_FORMATS: ReadonlyMap<string, string> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/jpg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
]);

/** API_runtime_DocumentBlock. */
const DOCUMENT_FORMATS: ReadonlyMap<string, string> = new Map([
  ['application/pdf', 'pdf'],
  ['text/csv', 'csv'],
  ['application/msword', 'doc'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['text/html', 'html'],
  ['text/plain', 'txt'],
  ['text/markdown', 'md'],
  // Texts all the same.
  ['application/json', 'txt'],
  ['application/xml', 'txt'],
]);

/** API_runtime_VideoBlock. */
const VIDEO_FORMATS: ReadonlyMap<string, string> = new Map([
  ['video/mp4', 'mp4'],
  ['video/quicktime', 'mov'],
  ['video/x-matroska', 'mkv'],
  ['video/webm', 'webm'],
  ['video/x-flv', 'flv'],
  ['video/mpeg', 'mpeg'],
  ['video/x-ms-wmv', 'wmv'],
  ['video/3gpp', 'three_gp'],
]);

/** API_runtime_AudioBlock. */
const AUDIO_FORMATS: ReadonlyMap<string, string> = new Map([
  ['audio/mpeg', 'mp3'],
  ['audio/mp3', 'mp3'],
  ['audio/wav', 'wav'],
  ['audio/x-wav', 'wav'],
  ['audio/flac', 'flac'],
  ['audio/ogg', 'ogg'],
  ['audio/opus', 'opus'],
  ['audio/aac', 'aac'],
  ['audio/mp4', 'm4a'],
  ['audio/webm', 'webm'],
]);

/** The documents of one request: their names must differ. */
export class Documents {
  readonly #names = new Set<string>();

  /**
   * A name as Bedrock takes it: letters, digits, single blanks, hyphens, brackets and parentheses, 1 to 200 characters,
   * each name once.
   */
  name(filename: string | null): string {
    const stem = (filename ?? '').replace(/\.[^.]*$/, '');
    const cleaned = stem
      .replace(/[^a-zA-Z0-9\s()[\]-]+/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 190);
    const wanted = cleaned === '' ? 'document' : cleaned;
    let name = wanted;
    for (let number = 2; this.#names.has(name); number++) name = `${wanted} ${number}`;
    this.#names.add(name);
    return name;
  }
}

export function imageBlock({ source }: ImagePart, path: string): MediaBlock {
  const format = formatOf(source, IMAGE_FORMATS, path, 'an image', 'png, jpeg, gif and webp');
  return { image: { format, source: bytesOf(source, path, 'an image') } };
}

/** `documents`: those of the request so far. */
export function documentBlock({ source, filename }: FilePart, path: string, documents: Documents): MediaBlock {
  const format = documentFormat(source, filename, path);
  const bytes = bytesOf(source, path, 'a document');
  return { document: { format, name: documents.name(filename), source: bytes } };
}

export function videoBlock({ source }: VideoPart, path: string): MediaBlock {
  const format = formatOf(source, VIDEO_FORMATS, path, 'a video', 'mp4, mov, mkv, webm, flv, mpeg, wmv and 3gp');
  return { video: { format, source: bytesOf(source, path, 'a video') } };
}

export function audioBlock({ source }: AudioPart, path: string, model: ConverseModel): MediaBlock {
  if (!model.audio) unsupported(path, 'is a sound, which this model does not take');
  const format = formatOf(source, AUDIO_FORMATS, path, 'a sound', 'mp3, wav, flac, ogg, opus, aac, m4a and webm');
  return { audio: { format, source: bytesOf(source, path, 'a sound') } };
}

function bytesOf(source: MediaSource, path: string, what: string): MediaBytes {
  switch (source.kind) {
    case 'base64':
      return { bytes: source.data };
    case 'text':
      return { bytes: Buffer.from(source.text).toString('base64') };
    case 'url':
      if (source.url.startsWith('s3://')) return { s3Location: { uri: source.url } };
      return unsupported(path, `is ${what} by its address, and Bedrock takes the bytes themselves`);
    case 'uploaded':
      return unsupported(path, `is ${what} that was uploaded to another provider`);
  }
}

function formatOf(
  source: MediaSource,
  formats: ReadonlyMap<string, string>,
  path: string,
  what: string,
  taken: string,
): string {
  const mediaType = mediaTypeOf(source);
  const format = mediaType === null ? formatOfEnding(source, formats) : formats.get(mediaType);
  if (format !== undefined) return format;
  return unsupported(path, `is ${what} of the type ${mediaType ?? 'unknown'}; Bedrock takes ${taken}`);
}

function documentFormat(source: MediaSource, filename: string | null, path: string): string {
  const mediaType = source.kind === 'text' ? 'text/plain' : mediaTypeOf(source);
  const known = mediaType === null ? undefined : DOCUMENT_FORMATS.get(mediaType);
  if (known !== undefined && mediaType !== 'text/plain') return known;
  const byName = endingOf(filename ?? (source.kind === 'url' ? source.url : ''));
  if ([...DOCUMENT_FORMATS.values()].includes(byName)) return byName;
  if (known !== undefined || mediaType?.startsWith('text/') === true) return 'txt';
  const taken = 'pdf, csv, doc, docx, xls, xlsx, html, txt and md';
  return unsupported(path, `is a document of the type ${mediaType ?? 'unknown'}; Bedrock takes ${taken}`);
}

/** Of an `s3:` address nobody says the type. */
function formatOfEnding(source: MediaSource, formats: ReadonlyMap<string, string>): string | undefined {
  const ending = source.kind === 'url' ? endingOf(source.url) : '';
  const format = ending === 'jpg' ? 'jpeg' : ending;
  return [...formats.values()].includes(format) ? format : undefined;
}

function mediaTypeOf(source: MediaSource): string | null {
  if (source.kind === 'text') return 'text/plain';
  const { mediaType } = source;
  const bare = mediaType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return bare === '' || bare === 'application/octet-stream' ? null : bare;
}

function endingOf(name: string): string {
  return /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}
