import type { MediaSource } from '../canonical/parts.ts';

/** An address as a source: the bytes themselves where it is a `data:` address in base64. */
export function sourceOfUrl(url: string): MediaSource {
  const match = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i.exec(url.slice(0, 256));
  if (match === null) return { kind: 'url', url, mediaType: null };
  return { kind: 'base64', mediaType: (match[1] ?? '').toLowerCase(), data: url.slice(match[0].length) };
}

export function dataUri(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}
