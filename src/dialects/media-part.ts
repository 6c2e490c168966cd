import { mediaTypeOfBytes, statedMediaType } from '../canonical/media-types.ts';
import type { MediaType } from '../canonical/media-types.ts';
import { placed } from '../canonical/part-places.ts';
import type { AudioPart, FilePart, ImagePart, MediaSource, VideoPart } from '../canonical/parts.ts';
import { wrong } from './fields.ts';

type MediaPart = ImagePart | FilePart | AudioPart | VideoPart;
type Base64Source = Extract<MediaSource, { readonly kind: 'base64' }>;

/** What upstreams or the gateway fetch from; the last two are the clouds' own. */
const PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'gs:', 's3:']);
/** Of base64 the ends are looked at, which is where what is none shows; a file may have megabytes. */
const END_CHARACTERS = 1_024;
/** As base64, more than the bytes within which every mark of a type stands. */
const MARKED_CHARACTERS = 1_400;
const BASE64 = /^[A-Za-z0-9+/_\-\s]*={0,2}\s*$/;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+*-]+/;
const TEXT_TYPE =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml|x-yaml|javascript|typescript|toml|sql|csv)\b)/i;
/** Upstreams refuse a document of no characters, but not the rest of the request: the model is told what it is. */
const EMPTY_FILE = { kind: 'text', text: '(empty file)' } as const;

/**
 * A part as a client sent it, once it can be taken: an address that is one, bytes in base64, of the type that they show
 * where they show one: clients guess types, and name them by endings. `path`: where it stands in the client's body,
 * which errors name from here on. Throws the 400 that says what is wrong.
 */
export function mediaPart<Part extends MediaPart>(part: Part, path: string): Part {
  const { source } = part;
  if (source.kind === 'url') checkAddress(source.url, path);
  if (part.type === 'file' && isEmptyText(source)) return placed({ ...part, source: EMPTY_FILE }, path);
  if (source.kind !== 'base64') return placed(part, path);
  const mediaType = typeOf(source, part.type, path);
  const data = plainBase64(source.data, path);
  const isAsSent = data === source.data && mediaType === source.mediaType;
  return placed(isAsSent ? part : { ...part, source: { ...source, mediaType, data } }, path);
}

/** What the bytes are by their marks; `null`: none of the types that have one. */
export function shownType(base64: string): MediaType | null {
  return mediaTypeOfBytes(Buffer.from(base64.slice(0, MARKED_CHARACTERS), 'base64'));
}

function checkAddress(url: string, path: string): void {
  if (/^data:/i.test(url.slice(0, 5))) wrong(path, 'must have its data in base64 (`data:TYPE;base64,…`)');
  if (URL.canParse(url) && PROTOCOLS.has(new URL(url).protocol)) return;
  wrong(path, 'must be an address (`https://…`) or hold the data itself (`data:TYPE;base64,…`)');
}

/** A file without content that may be a text, as one that was just made is. */
function isEmptyText(source: MediaSource): boolean {
  if (source.kind === 'text') return source.text === '';
  if (source.kind !== 'base64' || source.data !== '') return false;
  return statedMediaType(source.mediaType) === 'unknown' || TEXT_TYPE.test(source.mediaType);
}

function typeOf({ mediaType, data }: Base64Source, kind: MediaPart['type'], path: string): string {
  const isType = MEDIA_TYPE.test(mediaType);
  // A text may begin with any mark, and sounds and films have none that is known here.
  const isTold = isType && statedMediaType(mediaType) === null && kind !== 'image';
  const shown = isTold || kind === 'audio' || kind === 'video' ? null : shownType(data);
  if (shown !== null && kind === 'image' && !shown.startsWith('image/')) {
    wrong(path, `is no image: its bytes are \`${shown}\``);
  }
  if (shown !== null) return shown;
  const named = `\`${mediaType.slice(0, 100)}\``;
  if (mediaType === '') wrong(path, 'does not say its media type, and its bytes show none');
  if (!isType) wrong(path, `is of the media type ${named}, which is none`);
  if (kind === 'image' && !/^image\//i.test(mediaType)) wrong(path, `is of the type ${named}, which is no image`);
  return mediaType;
}

/** Base64 as all upstreams take it: of the usual alphabet, not of the one for URLs, and in one line. */
function plainBase64(data: string, path: string): string {
  const [head, tail] = [data.slice(0, END_CHARACTERS), data.slice(-END_CHARACTERS)];
  if (data === '') wrong(path, 'is empty');
  if (!BASE64.test(head) || !BASE64.test(tail)) wrong(path, 'must be base64');
  const line = /\s/.test(head) || /\s/.test(tail) ? data.replace(/\s+/g, '') : data;
  // One character more than whole bytes stands for no bytes.
  if (line.replace(/={1,2}$/, '').length % 4 === 1) wrong(path, 'is base64 that was cut off');
  return line.includes('-') || line.includes('_') ? line.replaceAll('-', '+').replaceAll('_', '/') : line;
}
