import fc from 'fast-check';
import type { AudioPart, FilePart, ImagePart, MediaSource, VideoPart } from '../../src/canonical/parts.ts';
import { base64, orNull, visibleText, word } from './generate-text.ts';

export const CONTENT_KINDS = [
  'image-base64',
  'image-url',
  'file-pdf',
  'file-text',
  'file-url',
  'audio',
  'video',
] as const;

/** What a user's message can hold besides text. */
export type ContentKind = (typeof CONTENT_KINDS)[number];

const png = base64('\u0089PNG').map((data): MediaSource => ({ kind: 'base64', mediaType: 'image/png', data }));
const jpeg = base64('\u00ff\u00d8\u00ff').map((data): MediaSource => ({
  kind: 'base64',
  mediaType: 'image/jpeg',
  data,
}));
const pdf = base64('%PDF-1.7').map((data): MediaSource => ({ kind: 'base64', mediaType: 'application/pdf', data }));
const wav = base64('RIFF\u0024\u0000\u0000\u0000WAVEfmt ').map((data): MediaSource => ({
  kind: 'base64',
  mediaType: 'audio/wav',
  data,
}));
const mp4 = base64('ftyp').map((data): MediaSource => ({ kind: 'base64', mediaType: 'video/mp4', data }));
const address = (ending: string): fc.Arbitrary<MediaSource> =>
  word.map((name): MediaSource => ({ kind: 'url', url: `https://example.com/${name}.${ending}`, mediaType: null }));

const imageOf = (source: fc.Arbitrary<MediaSource>): fc.Arbitrary<ImagePart> =>
  fc.record({
    type: fc.constant('image'),
    source,
    detail: orNull(fc.constantFrom('low', 'high', 'auto'), 4),
    cache: fc.constant(null),
  });

const fileOf = (source: fc.Arbitrary<MediaSource>, ending: string): fc.Arbitrary<FilePart> =>
  fc.record({
    type: fc.constant('file'),
    source,
    filename: orNull(word.map((name) => `${name}.${ending}`)),
    cache: fc.constant(null),
  });

const text = visibleText.map((said): MediaSource => ({ kind: 'text', text: said }));

export const CONTENT_PARTS: Readonly<Record<ContentKind, fc.Arbitrary<ImagePart | FilePart | AudioPart | VideoPart>>> =
  {
    'image-base64': imageOf(fc.oneof(png, jpeg)),
    'image-url': imageOf(address('png')),
    'file-pdf': fileOf(pdf, 'pdf'),
    'file-text': fileOf(text, 'txt'),
    'file-url': fileOf(address('pdf'), 'pdf'),
    audio: fc.record({ type: fc.constant('audio'), source: wav, cache: fc.constant(null) }),
    video: fc.record({ type: fc.constant('video'), source: mp4, cache: fc.constant(null) }),
  };
