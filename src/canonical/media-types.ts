/** The types that can be fetched: those whose bytes say what they are. */
export const MEDIA_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** What a type is called besides its name. */
const OTHER_NAMES: ReadonlyMap<string, MediaType> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['application/x-pdf', 'application/pdf'],
]);
/** What servers say that do not know: those of buckets, mostly. */
const SAYS_NOTHING = new Set(['', 'application/octet-stream', 'binary/octet-stream', 'application/x-download']);

/** How far into a PDF its mark may stand (Adobe's reader takes the same). */
const PDF_MARK_WITHIN = 1_024;

/**
 * What a `content-type` says, as far as it can be one of ours; `unknown`: it says nothing; `null`: it is something
 * else, a page with an error mostly.
 */
export function statedMediaType(contentType: string | undefined): MediaType | 'unknown' | null {
  const name = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (SAYS_NOTHING.has(name)) return 'unknown';
  return MEDIA_TYPES.find((type) => type === name) ?? OTHER_NAMES.get(name) ?? null;
}

/** What the bytes are by the marks that they begin with; `null`: none of ours. */
export function mediaTypeOfBytes(bytes: Buffer): MediaType | null {
  if (begins(bytes, '\x89PNG\r\n\x1a\n')) return 'image/png';
  if (begins(bytes, '\xff\xd8\xff')) return 'image/jpeg';
  if (begins(bytes, 'GIF87a') || begins(bytes, 'GIF89a')) return 'image/gif';
  if (begins(bytes, 'RIFF') && bytes.toString('latin1', 8, 12) === 'WEBP') return 'image/webp';
  if (bytes.subarray(0, PDF_MARK_WITHIN).includes('%PDF-')) return 'application/pdf';
  return null;
}

function begins(bytes: Buffer, mark: string): boolean {
  return bytes.toString('latin1', 0, mark.length) === mark;
}
