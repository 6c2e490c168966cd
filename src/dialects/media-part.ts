import { mediaTypeOfBytes, statedMediaType } from '../canonical/media-types.ts';
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

/**
 * A part as a client sent it, once it can be what it says: an address that is one, bytes in base64 of the type that is
 * said. `path`: where it stands in the client's body, which errors name from here on. Throws the 400 that says what is
 * wrong.
 */
export function mediaPart<Part extends MediaPart>(part: Part, path: string): Part {
  const { source } = part;
  if (source.kind === 'url') checkAddress(source.url, path);
  if (source.kind !== 'base64') return placed(part, path);
  checkType(source, part.type, path);
  const data = plainBase64(source.data, path);
  return placed(data === source.data ? part : { ...part, source: { ...source, data } }, path);
}

function checkAddress(url: string, path: string): void {
  if (/^data:/i.test(url.slice(0, 5))) wrong(path, 'must have its data in base64 (`data:TYPE;base64,…`)');
  if (URL.canParse(url) && PROTOCOLS.has(new URL(url).protocol)) return;
  wrong(path, 'must be an address (`https://…`) or hold the data itself (`data:TYPE;base64,…`)');
}

function checkType({ mediaType, data }: Base64Source, kind: MediaPart['type'], path: string): void {
  if (mediaType === '') wrong(path, 'does not say its media type');
  const named = `\`${mediaType.slice(0, 100)}\``;
  if (!MEDIA_TYPE.test(mediaType)) wrong(path, `is of the media type ${named}, which is none`);
  if (kind === 'image' && !mediaType.startsWith('image/')) wrong(path, `is of the type ${named}, which is no image`);
  const stated = statedMediaType(mediaType);
  // A text may begin with any mark.
  if (stated === 'unknown' || (stated === null && kind !== 'image')) return;
  const found = mediaTypeOfBytes(Buffer.from(data.slice(0, MARKED_CHARACTERS), 'base64'));
  if (found !== null && found !== stated) wrong(path, `is said to be ${named}, and its bytes are \`${found}\``);
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
