/** What the bytes in `images` are: Ollama looks at them too, and takes sounds there as well (`llm/media.go`). */
export interface Media {
  readonly kind: 'image' | 'audio';
  readonly mediaType: string;
}

/** Base64 of a file's first bytes says what it is. What is not known is taken for a photo, as Ollama does. */
export function mediaOf(base64: string): Media {
  const head = Buffer.from(base64.slice(0, 16), 'base64').toString('latin1');
  if (head.startsWith('\x89PNG')) return { kind: 'image', mediaType: 'image/png' };
  if (head.startsWith('GIF8')) return { kind: 'image', mediaType: 'image/gif' };
  if (head.startsWith('RIFF')) {
    return head.slice(8, 12) === 'WAVE'
      ? { kind: 'audio', mediaType: 'audio/wav' }
      : { kind: 'image', mediaType: 'image/webp' };
  }
  if (head.startsWith('ID3') || isMpegFrame(head)) return { kind: 'audio', mediaType: 'audio/mpeg' };
  return { kind: 'image', mediaType: 'image/jpeg' };
}

/** Eleven bits are set where an MPEG frame begins; a JPEG begins with FF D8. */
function isMpegFrame(head: string): boolean {
  return head.charCodeAt(0) === 0xff && (head.charCodeAt(1) & 0xe0) === 0xe0;
}
